"""Laws of the sources codex, copilot_cli, cursor, gemini_cli and grok_cli.

Counts over the real logs are taken twice: by the source, and here with a few lines straight from
the raw JSON. Damaged logs are made from the cases: cut at bytes, and with wrong types in fields.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from trajset.sources import codex, copilot_cli, cursor, gemini_cli, grok_cli
from trajset.sources.files import read_head, walk
from trajset.sources.tally import Tally
from trajset.sources.unit import Source, SourceError
from trajset.trajectory import Observation, ToolCall, Trajectory, check

SOURCES: tuple[Source, ...] = (codex, copilot_cli, cursor, gemini_cli, grok_cli)
FOLDERS = {source.NAME: source.NAME.replace("_", "-") for source in SOURCES}
CASES = Path(__file__).parent / "cases"
INPUTS = [
    (source, path)
    for source in SOURCES
    for path in sorted((CASES / source.NAME).glob("*/input/**/*"))
    if path.is_file()
]


def named(value: Any) -> str:
    """`harness` for a source, `case/file` for a path: together the id of a damage test."""
    return f"{value.parts[-3]}/{value.name}" if isinstance(value, Path) else value.NAME


BAD_CODE = re.compile(r"exited with code [1-9-]|Exit code: [1-9-]|apply_patch verification failed")
BAD_SHELL = re.compile(r"exit code [1-9]\d*>\s*$")


def read_all(source: Source, files: Iterable[Path]) -> tuple[list[Trajectory], Tally]:
    """All trajectories of some files; the law of counting is checked on the way."""
    tally = Tally()
    found = []
    for unit in source.units([str(file) for file in files]):
        with contextlib.suppress(SourceError):
            found += list(source.read(unit, tally))
    assert tally.read == tally.used + sum(tally.skipped.values())
    assert sum(tally.unknown.values()) == tally.skipped.get("unknown_type", 0)
    return found, tally


def counted(trajectories: Iterable[Trajectory]) -> tuple[int, int, int]:
    """(calls, observations, those that the log calls an error) on the kept paths."""
    steps = [step for t in trajectories if t.branch == 0 for step in t.steps]
    observations = [step for step in steps if isinstance(step, Observation)]
    return (
        sum(isinstance(step, ToolCall) for step in steps),
        len(observations),
        sum(step.status == "error" for step in observations),
    )


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line.strip()]


def raw_codex(path: Path) -> tuple[int, int, int]:
    items = [r["payload"] for r in lines(path) if r["type"] == "response_item"]
    kinds = [item["type"] for item in items]
    calls = sum(kind.endswith("_call") for kind in kinds)
    # A hosted search is call and result in one record.
    results = sum(kind.endswith("_output") or kind == "web_search_call" for kind in kinds)
    outputs = (item["output"] for item in items if isinstance(item.get("output"), str))
    return calls, results, sum(bool(BAD_CODE.search(text[:200])) for text in outputs)


def raw_copilot(path: Path) -> tuple[int, int, int]:
    events = lines(path)
    calls = [len(e["data"]["toolRequests"]) for e in events if e["type"] == "assistant.message"]
    done = [e["data"] for e in events if e["type"] == "tool.execution_complete"]
    texts = [(d.get("result") or {}).get("content", "") for d in done]
    bad = sum(
        d["success"] is False or bool(BAD_SHELL.search(text))
        for d, text in zip(done, texts, strict=True)
    )
    return sum(calls), len(done), bad


def raw_gemini(path: Path) -> tuple[int, int, int]:
    text = path.read_text(encoding="utf-8")
    messages = json.loads(text)["messages"] if path.suffix == ".json" else lines(path)
    newest = {m["id"]: m for m in messages if "id" in m}
    calls = [call for m in newest.values() for call in m.get("toolCalls", [])]
    return len(calls), len(calls), sum(call["status"] == "error" for call in calls)


def raw_cursor(path: Path) -> tuple[int, int, int]:
    blocks = [b for r in lines(path) for b in r.get("message", {}).get("content", [])]
    kinds = [block["type"] for block in blocks]
    bad = sum(block.get("is_error") is True for block in blocks)
    return kinds.count("tool_use"), kinds.count("tool_result"), bad


def raw_grok(path: Path) -> tuple[int, int, int]:
    if path.suffix == ".json":
        return 0, 0, 0
    updates = [r["params"]["update"] for r in lines(path)]
    calls = sum(u["sessionUpdate"] == "tool_call" for u in updates)
    done = [u for u in updates if u.get("status") in ("completed", "failed")]
    bad = sum(u["status"] == "failed" or bool(u["rawOutput"].get("exit_code")) for u in done)
    return calls, len(done), bad


RAW: dict[str, Callable[[Path], tuple[int, int, int]]] = {
    "codex": raw_codex,
    "copilot_cli": raw_copilot,
    "cursor": raw_cursor,
    "gemini_cli": raw_gemini,
    "grok_cli": raw_grok,
}


def real_files(sessions: Path, source: Source) -> list[Path]:
    files = sorted(p for p in (sessions / FOLDERS[source.NAME]).glob("**/*") if p.is_file())
    if not files:
        pytest.skip(f"no real logs of {source.TITLE}")
    return files


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: s.NAME)
def test_counts_agree_with_counts_from_the_raw_logs(sessions: Path, source: Source) -> None:
    files = real_files(sessions, source)
    units = [files] if source is grok_cli else [[file] for file in files]
    for unit in units:
        trajectories, tally = read_all(source, unit)
        raw = [RAW[source.NAME](file) for file in unit]
        assert counted(trajectories) == tuple(map(sum, zip(*raw, strict=True)))
        assert not tally.repaired
        records = sum(len(lines(f)) if f.suffix == ".jsonl" else 1 for f in unit)
        assert tally.read == records or source is gemini_cli


def test_each_real_log_is_claimed_by_its_own_source_alone(sessions: Path) -> None:
    for file in walk(str(sessions)):
        folder = Path(file).relative_to(sessions).parts[0]
        head = read_head(file)
        claims = {source.NAME for source in SOURCES if source.claims(head)}
        assert claims == {name for name, own in FOLDERS.items() if own == folder}, file


def test_recorded_api_responses_are_no_gemini_chat(tmp_path: Path) -> None:
    recorded = tmp_path / "agent-resume-session.json"
    recorded.write_text('{"method": "generateContentStream", "response": [{"candidates": []}]}\n')
    head = read_head(str(recorded))
    assert not any(source.claims(head) for source in SOURCES)


JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
    "boolean": (bool,),
}


@pytest.mark.parametrize("source", [codex, copilot_cli], ids=lambda s: s.NAME)
def test_the_catalog_accepts_every_call_that_did_not_fail(sessions: Path, source: Any) -> None:
    catalog = {tool["function"]["name"]: tool["function"] for tool in source.TOOLS}
    assert len(catalog) == len(source.TOOLS)
    for trajectory in read_all(source, real_files(sessions, source))[0]:
        recorded = {tool["function"]["name"]: tool["function"] for tool in trajectory.tools}
        failed = {
            step.call_id
            for step in trajectory.steps
            if isinstance(step, Observation) and step.status == "error"
        }
        for call in trajectory.steps:
            if not isinstance(call, ToolCall) or call.id in failed:
                continue
            schema = (catalog | recorded)[call.tool]["parameters"]
            assert set(schema.get("required", ())) <= set(call.arguments), call.tool
            if call.tool in recorded:
                continue
            for name, value in call.arguments.items():
                assert isinstance(value, JSON_TYPES[schema["properties"][name]["type"]]), name


@pytest.mark.parametrize("source", [codex, copilot_cli, gemini_cli], ids=lambda s: s.NAME)
def test_an_abandoned_branch_begins_like_the_kept_path(source: Source) -> None:
    case = next(p for p in (CASES / source.NAME).iterdir() if p.name in ("rewound", "rolled_back"))
    kept, abandoned = read_all(source, (case / "input").iterdir())[0]
    assert (kept.branch, abandoned.branch) == (0, 1)
    assert kept.id != abandoned.id
    pairs = zip(kept.steps, abandoned.steps, strict=False)
    shared = list(itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
    assert 0 < len(shared) < min(len(kept.steps), len(abandoned.steps))


def survives(source: Source, path: Path, place: Path, data: bytes) -> None:
    """Reading a damaged copy raises nothing, keeps the law of counting and the invariants."""
    copy = place / path.name
    copy.write_bytes(data)
    for trajectory in read_all(source, [copy])[0]:
        check(trajectory)


def cuts(data: bytes, number: int) -> Iterator[int]:
    yield from range(0, len(data), max(1, len(data) // number))


@pytest.mark.parametrize(("source", "path"), INPUTS, ids=named)
def test_a_log_may_end_at_any_byte(source: Source, path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    for cut in cuts(data, 25):
        survives(source, path, tmp_path, data[:cut])
        survives(source, path, tmp_path, data[cut:])


@pytest.mark.slow
@pytest.mark.parametrize(("source", "path"), INPUTS, ids=named)
def test_a_log_may_end_at_every_single_byte(source: Source, path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    for cut in range(len(data)):
        survives(source, path, tmp_path, data[:cut])


def with_wrong_types(value: Any) -> Iterator[Any]:
    """Copies of a JSON value, each with one part of it replaced by a value of another type."""
    for wrong in (None, 7, "x", [], {}, [[]], {"x": {}}):
        if type(wrong) is not type(value):
            yield wrong
    if isinstance(value, dict):
        for key, part in value.items():
            yield {k: v for k, v in value.items() if k != key}
            for changed in with_wrong_types(part):
                yield value | {key: changed}
    elif isinstance(value, list):
        for index, part in enumerate(value):
            for changed in with_wrong_types(part):
                yield [*value[:index], changed, *value[index + 1 :]]


def damaged_copies(path: Path) -> Iterator[bytes]:
    if path.suffix == ".json":
        for value in with_wrong_types(json.loads(path.read_bytes())):
            yield json.dumps(value).encode()
        return
    raw = path.read_bytes().splitlines(keepends=True)
    for index, line in enumerate(raw):
        for value in with_wrong_types(json.loads(line)):
            changed = json.dumps(value).encode() + b"\n"
            yield b"".join([*raw[:index], changed, *raw[index + 1 :]])


WHOLE = [(source, path) for source, path in INPUTS if path.parts[-3] != "damaged"]


@pytest.mark.parametrize(("source", "path"), WHOLE, ids=named)
def test_a_field_may_have_a_wrong_type(source: Source, path: Path, tmp_path: Path) -> None:
    copies = list(damaged_copies(path))
    for data in copies[:: max(1, len(copies) // 60)]:
        survives(source, path, tmp_path, data)


@pytest.mark.slow
@pytest.mark.parametrize(("source", "path"), WHOLE, ids=named)
def test_any_field_may_have_any_wrong_type(source: Source, path: Path, tmp_path: Path) -> None:
    for data in damaged_copies(path):
        survives(source, path, tmp_path, data)
