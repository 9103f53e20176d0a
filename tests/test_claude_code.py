"""Claude Code: what reading must keep true of every log, real, damaged or growing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from trajset.sources import claude_code
from trajset.sources.claude_code.tree import MAX_BRANCHES
from trajset.sources.files import read_head, walk
from trajset.sources.stores import places
from trajset.sources.tally import Tally
from trajset.trajectory import Message, Observation, ToolCall, Trajectory, written_by_model

CASES = Path(__file__).parent / "cases" / "claude_code"
LOGS = [p.read_bytes() for p in sorted(CASES.glob("*/input/**/*.jsonl")) if "demo" not in p.parts]
JUNK = st.sampled_from([None, 7, -0.5, True, "", "x", [], [1, None], {}, {"a": {}}, [{"type": 3}]])
LEAN = settings(max_examples=60, deadline=None, derandomize=True)


def read(path: Path) -> tuple[list[Trajectory], Tally]:
    """Read one log and hold it to the law of counting."""
    tally = Tally()
    (unit,) = claude_code.units([str(path)])
    found = claude_code.read(unit, tally)
    assert tally.read == tally.used + sum(tally.skipped.values())
    return found, tally


def real_logs(sessions: Path) -> Iterator[Path]:
    found = sorted(p for p in sessions.glob("claude-code*/**/*.jsonl"))
    assert found
    yield from found


def raw_records(path: Path) -> list[Any]:
    """All JSON values of a log, read without the code under test."""
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        rest = line.strip()
        while rest:
            try:
                value, end = json.JSONDecoder(strict=False).raw_decode(rest)
            except ValueError:
                break
            found.append(value)
            rest = rest[end:].strip()
    return found


def raw_blocks(path: Path, kind: str) -> list[dict[str, Any]]:
    messages = [r.get("message") for r in raw_records(path) if isinstance(r, dict)]
    contents = [m.get("content") for m in messages if isinstance(m, dict)]
    blocks = [b for c in contents if isinstance(c, list) for b in c if isinstance(b, dict)]
    return [b for b in blocks if b.get("type") == kind]


def call_ids(found: list[Trajectory]) -> set[str]:
    return {s.id for t in found for s in t.steps if isinstance(s, ToolCall)}


def test_every_record_of_a_real_log_is_counted(sessions: Path) -> None:
    for path in real_logs(sessions):
        _, tally = read(path)
        assert tally.read == len(raw_records(path)), path.name


def test_calls_and_results_are_those_of_the_raw_log(sessions: Path) -> None:
    for path in real_logs(sessions):
        found, _ = read(path)
        results = [s for t in found for s in t.steps if isinstance(s, Observation)]
        raw_results = raw_blocks(path, "tool_result")
        failed = {b["tool_use_id"] for b in raw_results if b.get("is_error")}
        assert call_ids(found) == {b["id"] for b in raw_blocks(path, "tool_use")}, path.name
        assert {r.call_id for r in results} == {b["tool_use_id"] for b in raw_results}, path.name
        assert {r.call_id for r in results if r.status != "ok"} >= failed, path.name


def test_a_response_takes_the_usage_of_its_last_piece(sessions: Path) -> None:
    for path in real_logs(sessions):
        found, _ = read(path)
        tokens: dict[str, int] = {}
        for record in raw_records(path):
            message = record.get("message") if isinstance(record, dict) else None
            usage = message.get("usage") if isinstance(message, dict) else None
            if isinstance(message, dict) and message.get("id") and isinstance(usage, dict):
                tokens[message["id"]] = max(
                    tokens.get(message["id"], 0), usage.get("output_tokens", 0)
                )
        for trajectory in found:
            for name, response in trajectory.responses.items():
                if response.output_tokens is not None and name in tokens:
                    assert response.output_tokens == tokens[name], path.name


def test_no_trajectory_mixes_branches(sessions: Path) -> None:
    """Each prompt of a trajectory is an ancestor, in the raw log, of the model's last word."""
    for path in [*real_logs(sessions), *sorted(CASES.glob("*/input/**/*.jsonl"))]:
        if "claude-code-fixtures" in path.parts or path.name == "plain.jsonl":
            continue  # hand-made without parents
        parents = {
            r["uuid"]: r.get("parentUuid") or r.get("logicalParentUuid")
            for r in raw_records(path)
            if isinstance(r, dict) and r.get("uuid") and r.get("sessionId") != "damage"
        }
        for trajectory in read(path)[0]:
            keys = [(s.key or "").split("#")[0] for s in trajectory.steps]
            spoken = [i for i, s in enumerate(trajectory.steps) if written_by_model(s)]
            if not spoken or keys[spoken[-1]] not in parents:
                continue
            ancestors = set()
            at: str | None = keys[spoken[-1]]
            while at is not None and at not in ancestors:
                ancestors.add(at)
                at = parents.get(at)
            for i, step in enumerate(trajectory.steps[: spoken[-1]]):
                if isinstance(step, Message) and step.origin == "human":
                    assert keys[i] in ancestors, path.name


def test_a_slice_continues_the_record_before_its_first(sessions: Path) -> None:
    slices = sorted((sessions / "claude-code-snapshots").glob("*/*.jsonl"))
    assert len(slices) == 3
    for path in slices:
        first = next(r for r in raw_records(path) if r.get("uuid"))
        (trajectory,), _ = read(path)
        assert trajectory.continues == first["parentUuid"] is not None
    assert trajectory.continues in {r.get("uuid") for r in raw_records(slices[1])}


def test_a_fork_shares_its_keys_with_its_origin(sessions: Path) -> None:
    origin, fork = (
        read(next((sessions / "claude-code").glob(f"*/*/{name}*.jsonl")))[0][0]
        for name in ("dcce4143", "e0a6db83")
    )
    keys = [step.key for step in origin.steps]
    assert len(keys) > 200
    assert keys == [step.key for step in fork.steps[: len(keys)]]


def test_it_claims_its_own_logs_and_no_others(sessions: Path) -> None:
    for place in walk(str(sessions)):
        if place.endswith((".json", ".jsonl")):
            assert claude_code.claims(read_head(place)) is ("/claude-code" in place), place


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_the_store_follows_the_config_folder(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path))
    found = places(claude_code, platform)
    assert str(tmp_path / "projects") in found
    assert str(Path("~/.claude/projects").expanduser()) in found


TYPES = {"string": str, "boolean": bool, "array": list, "object": dict, "number": (int, float)}


def accepts(schema: dict[str, Any], value: Any) -> bool:
    """Whether a value fits the part of JSON Schema that the catalogue uses."""
    kind = schema["type"]
    if not isinstance(value, TYPES[kind]) or (kind == "number" and isinstance(value, bool)):
        return False
    if kind == "array":
        return all(accepts(schema["items"], item) for item in value)
    if kind == "object" and "properties" in schema:
        known = schema["properties"]
        return set(schema.get("required", ())) <= set(value) <= set(known) and all(
            accepts(known[name], item) for name, item in value.items()
        )
    return True


def test_the_catalogue_knows_every_call_that_did_not_fail(sessions: Path) -> None:
    catalogue = {t["function"]["name"]: t["function"]["parameters"] for t in claude_code.TOOLS}
    assert len(catalogue) == len(claude_code.TOOLS)
    seen = set()
    for path in real_logs(sessions):
        if "claude-code-fixtures" in path.parts:
            continue  # hand-made calls that no tool ever accepted
        failed = {b["tool_use_id"] for b in raw_blocks(path, "tool_result") if b.get("is_error")}
        for block in raw_blocks(path, "tool_use"):
            schema = catalogue.get(block["name"])
            if schema is not None and block["id"] not in failed:
                seen.add(block["name"])
                assert accepts(schema, block["input"]), (path.name, block["name"])
    assert {"Bash", "Read", "Edit", "Task", "Agent", "AskUserQuestion"} <= seen


@LEAN
@given(log=st.sampled_from(LOGS), data=st.data())
def test_a_cut_log_is_read_as_far_as_it_goes(
    log: bytes, data: DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.jsonl"
    path.write_bytes(log[: data.draw(st.integers(0, len(log)))])
    found, tally = read(path)
    whole = path.with_name("whole.jsonl")
    whole.write_bytes(log)
    assert call_ids(found) <= call_ids(read(whole)[0])
    assert tally.read <= read(whole)[1].read + 1


@LEAN
@given(log=st.sampled_from(LOGS), data=st.data())
def test_overwritten_bytes_are_survived(
    log: bytes, data: DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    at = data.draw(st.integers(0, len(log)))
    noise = data.draw(st.binary(min_size=1, max_size=40))
    path = tmp_path_factory.getbasetemp() / "noise.jsonl"
    path.write_bytes(log[:at] + noise + log[at + len(noise) :])
    read(path)


@settings(LEAN, max_examples=150)
@given(log=st.sampled_from(LOGS), data=st.data())
def test_values_of_wrong_types_are_survived(
    log: bytes, data: DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lines = [line for line in log.split(b"\n") if line.startswith(b"{")]
    try:
        records = [json.loads(line) for line in lines]
    except ValueError:
        return  # the damaged case: the two tests above are for it
    for _ in range(3):
        place: Any = data.draw(st.sampled_from(records))
        while True:
            keys = list(place) if isinstance(place, dict) else range(len(place))
            if not keys:
                break
            key = data.draw(st.sampled_from(list(keys)))
            if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
                place[key] = deepcopy(data.draw(JUNK))
                break
            place = place[key]
    path = tmp_path_factory.getbasetemp() / "junk.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    _, tally = read(path)
    assert tally.read == len(records)


def test_the_id_of_a_conversation_survives_its_growth(tmp_path: Path) -> None:
    log = (CASES / "rewound_prompt" / "input" / "rewind.jsonl").read_bytes().splitlines(True)
    path = tmp_path / "growing.jsonl"
    ids = set()
    for lines in range(1, len(log) + 1):
        path.write_bytes(b"".join(log[:lines]))
        ids |= {t.id for t in read(path)[0] if t.branch == 0}
    assert len(ids) == 1


def test_branches_without_end_are_left_out_and_counted(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = []

    def add(kind: str, uuid: str, parent: str | None, content: str) -> None:
        message = {"role": kind, "content": content} | ({"id": uuid} if kind != "user" else {})
        row = {"parentUuid": parent, "isSidechain": False, "sessionId": "s", "type": kind}
        rows.append(row | {"message": message, "uuid": uuid})

    add("user", "root", None, "Begin.")
    add("assistant", "begun", "root", "Begun.")
    for n in range(MAX_BRANCHES + 10):
        add("user", f"u{n}", "begun", f"Try {n}.")
        add("assistant", f"a{n}", f"u{n}", f"Tried {n}.")
    path = tmp_path / "forks.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    found, tally = read(path)
    assert [t.branch for t in found] == list(range(MAX_BRANCHES + 1))
    assert all(len(t.steps) == 4 for t in found)
    assert tally.seen["branches_left_out"] == 9
    assert found[0].steps[-1].key == f"a{MAX_BRANCHES + 9}"
