"""Sources of run files and data sets: OpenHands, SWE-agent, mini-swe-agent, SWE-smith, ADP.

Laws (every record counted once, damage never gives a traceback) over all case logs, and counts
taken independently from the raw JSON of the shared sample sessions, where those are present.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trajset.sources import adp, mini_swe_agent, openhands, swe_agent, swe_smith
from trajset.sources.discover import claim, discover
from trajset.sources.files import read_head
from trajset.sources.lenient import mapping
from trajset.sources.prompt_tools import declared_tools, typed
from trajset.sources.tally import Tally
from trajset.sources.text_calls import last_fenced, one_fenced, xml_functions
from trajset.sources.text_results import status_in
from trajset.sources.unit import SourceError, Unit
from trajset.trajectory import Observation, ToolCall, Trajectory

MINE = (adp, mini_swe_agent, openhands, swe_agent, swe_smith)
BY_NAME = {source.NAME: source for source in MINE}
SHARED = Path(__file__).parents[2] / "shared" / "sessions"
CASES = Path(__file__).parent / "cases"
LOGS = sorted(p for s in MINE for p in (CASES / s.NAME).glob("*/input/**/*") if p.is_file())
shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared sample sessions")


def read(units: list[Unit]) -> tuple[list[Trajectory], Tally]:
    """Read units of these sources; the law of counting holds for each."""
    total, found = Tally(), []
    for unit in units:
        tally = Tally()
        found += list(BY_NAME[unit.harness].read(unit, tally))
        assert tally.read == tally.used + sum(tally.skipped.values())
        total.add(tally)
    return found, total


def counts(trajectories: list[Trajectory]) -> tuple[int, int, int]:
    """(calls, results, results that the log calls an error)."""
    steps = [step for t in trajectories for step in t.steps]
    results = [step for step in steps if isinstance(step, Observation)]
    errors = sum(step.status == "error" for step in results)
    return sum(isinstance(step, ToolCall) for step in steps), len(results), errors


def rows_of(path: Path) -> list[Any]:
    text = path.read_text()
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines()]
    return list(json.loads(text))


def openhands_events(path: Path) -> list[dict[str, Any]]:
    if path.is_dir():
        files = sorted(path.glob("events/*.json"))
        return [json.loads(file.read_text()) for file in files]
    return [e for row in rows_of(path) for e in row.get("history", [row])]


OPENHANDS = [
    "v0-trajectories/basic.json",
    "v0-trajectories/basic_interactions.json",
    "eval/resolver_output.jsonl",
    "v1-conversations/20260121-223755/3fdb316098bb48e1aa029ce56805792a",
    "v1-conversations/event-json/cd94562403b9487ebdd4018e3f531dfd",
]


@shared
@pytest.mark.parametrize("place", OPENHANDS)
def test_openhands_counts_are_those_of_the_raw_events(place: str) -> None:
    path = SHARED / "openhands" / place
    events = openhands_events(path)
    results = [e for e in events if "observation" in e]
    codes = [mapping(e["observation"]).get("exit_code", e.get("exit_code")) for e in results]
    if path.is_dir():
        calls = sum(e["kind"] == "ActionEvent" for e in events)
    else:
        calls = sum(e.get("action") not in (None, "message") for e in events)
    errors = sum(code not in (None, 0, -1) for code in codes)
    found, tally = read(discover([str(path)], MINE).units)
    assert counts(found) == (calls, len(results), errors)
    assert tally.read == len(events) + path.is_dir()  # and the conversation's state
    assert not tally.unknown


@shared
@pytest.mark.parametrize("path", sorted(SHARED.glob("swe-agent/**/*.traj")), ids=lambda p: p.stem)
def test_swe_agent_counts_are_those_of_the_raw_file(path: Path) -> None:
    document = json.loads(path.read_text())
    history, steps = document["history"], document.get("trajectory", [])
    written = [e for e in history if e["role"] == "assistant" and not e.get("is_demo")]
    beyond = max(0, len(steps) - len(written))
    calls = sum(len(e.get("tool_calls") or [1]) for e in written) + beyond
    results = len(steps) or sum(e["role"] == "tool" for e in history)
    found, tally = read(discover([str(path)], MINE).units)
    assert counts(found) == (calls, results, 0)
    assert tally.read == len(history) + beyond


@shared
def test_mini_swe_agent_counts_are_those_of_the_raw_file() -> None:
    path = SHARED / "mini-swe-agent" / "github_issue.traj.json"
    messages = rows_of(path)
    calls = sum(m["role"] == "assistant" and "```" in m["content"] for m in messages)
    told = [m["content"] for m in messages if m["role"] == "user"][1:]
    errors = sum(t.startswith("<returncode>") and t[12] != "0" for t in told)
    found, tally = read(discover([str(path)], MINE).units)
    assert counts(found) == (calls, len(told), errors)
    assert tally.read == len(messages)


@shared
@pytest.mark.parametrize(
    "place",
    [
        "swe-smith/ft_xml_example.jsonl",
        "adp/swe-smith/sample_raw.json",
        "adp/mini-coder/sample_raw.json",
        "adp/nebius_SWE-agent-trajectories/sample_raw.json",
        "adp/swe-gym_openhands_sampled_trajectories/sample_raw.json",
    ],
)
def test_swe_smith_counts_are_those_of_the_raw_rows(place: str) -> None:
    rows = rows_of(SHARED / place)
    calls = results = errors = 0
    for row in rows:
        open_call = False
        for message in row.get("messages") or row["trajectory"]:
            text = message.get("content") or message.get("text") or ""
            if message["role"] in ("assistant", "ai"):
                structured = message.get("tool_calls") or []
                fence = "\n```\n" if message["role"] == "ai" else "\n```bash\n"
                in_text = not structured and ("<function=" in text or fence in text)
                calls += len(structured) + in_text
                open_call = bool(in_text)
            elif message["role"] == "tool" or (message["role"] == "user" and open_call):
                results += 1
                failed = "OBSERVATION:\nERROR:", "<returncode>1"
                code = text.rstrip().rpartition("[Command finished with exit code ")[2]
                errors += text.startswith(failed) or (code != text.rstrip() and code != "0]")
    found, tally = read(discover([str(SHARED / place)], MINE).units)
    assert counts(found) == (calls, results, errors)
    assert tally.read == sum(len(r.get("messages") or r["trajectory"]) for r in rows)
    assert len(found) == len(rows)


@shared
@pytest.mark.parametrize(
    "path", sorted(SHARED.glob("adp/*/sample_std.json")), ids=lambda p: p.parent.name
)
def test_adp_counts_are_those_of_the_raw_rows(path: Path) -> None:
    rows = rows_of(path)
    classes = [[item["class_"] for item in row["content"]] for row in rows]
    calls = sum(c in ("api_action", "code_action") for row in classes for c in row)
    answered = sum(
        a in ("api_action", "code_action") and b.endswith("_observation")
        for row in classes
        for a, b in pairwise(row)
    )
    found, tally = read(discover([str(path)], MINE).units)
    assert counts(found) == (calls, answered, 0)
    assert tally.read == tally.used == sum(map(len, classes))


@shared
def test_no_other_sample_is_claimed() -> None:
    own = {"adp", "mini-swe-agent", "openhands", "swe-agent", "swe-smith"}
    for place in sorted(SHARED.iterdir()):
        if not place.is_dir() or place.name in own:
            continue
        for path in sorted(p for p in place.rglob("*") if p.is_file()):
            head = read_head(str(path))
            assert claim(head, MINE) is None, path.relative_to(SHARED)


JSON_TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


@shared
@pytest.mark.parametrize("source", [openhands, swe_agent], ids=lambda s: s.NAME)
def test_the_catalogue_accepts_every_call_that_did_not_fail(source: Any) -> None:
    folder = SHARED / source.NAME.replace("_", "-")
    known = {tool["function"]["name"]: tool["function"]["parameters"] for tool in source.TOOLS}
    found, _ = read(discover([str(folder)], MINE).units)
    checked = 0
    for trajectory in found:
        failed = {
            s.call_id
            for s in trajectory.steps
            if isinstance(s, Observation) and s.status == "error"
        }
        for call in trajectory.steps:
            if not isinstance(call, ToolCall) or call.id in failed:
                continue
            schema = known[call.tool]
            assert set(schema.get("required", ())) <= call.arguments.keys(), call.tool
            for name, value in call.arguments.items():
                assert isinstance(value, JSON_TYPES[schema["properties"][name]["type"]]), name
            checked += 1
    assert checked > 30


def attempt(path: Path, source: Any) -> None:
    """Read a damaged log: all of it counted, or a SourceError that holds no log text."""
    head = read_head(str(path))
    if not head.data.strip():
        return
    for other in MINE:
        other.claims(head)
    unit = Unit(harness=source.NAME, path=str(path), files=(str(path),))
    tally = Tally()
    try:
        list(source.read(unit, tally))
    except SourceError as error:
        assert str(error).startswith(f"{path}: expected ")  # noqa: PT017
        return
    assert tally.read == tally.used + sum(tally.skipped.values())


@pytest.mark.parametrize("log", LOGS, ids=lambda p: f"{p.relative_to(CASES)}")
def test_a_log_cut_anywhere_is_counted_or_refused(log: Path, tmp_path: Path) -> None:
    data = log.read_bytes()
    source = BY_NAME[log.relative_to(CASES).parts[0]]
    cut = tmp_path / log.name
    for end in range(1, len(data), 1 + len(data) // 25):
        cut.write_bytes(data[:end])
        attempt(cut, source)


def spoilt(value: Any) -> Iterator[Any]:
    """The value with each of its nodes replaced by values of wrong types, one at a time."""
    for wrong in (None, 7, "x", [], {}, [[None]]):
        yield wrong
    children = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in list(children):
        if isinstance(child, dict | list):
            inner: Iterator[Any] = spoilt(child)
        else:
            inner = iter((None, 7, [], {"a": 1}))
        for wrong in inner:
            copy = value.copy()
            copy[key] = wrong
            yield copy


@pytest.mark.parametrize("source", MINE, ids=lambda s: s.NAME)
def test_wrong_types_anywhere_are_counted(source: Any, tmp_path: Path) -> None:
    place = tmp_path / "log.json"
    for log in (p for p in LOGS if p.relative_to(CASES).parts[0] == source.NAME):
        text = log.read_text()
        try:
            document = json.loads(text.splitlines()[0] if log.suffix == ".jsonl" else text)
        except ValueError:
            continue  # damaged already
        variants = list(spoilt(document))
        for variant in variants[:: 1 + len(variants) // 30]:
            place.write_text(json.dumps(variant))
            attempt(place, source)


TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=60)


@given(before=TEXT, values=st.dictionaries(st.sampled_from(["a", "b_c", "d"]), TEXT, min_size=1))
def test_xml_functions_give_back_what_was_written(before: str, values: dict[str, str]) -> None:
    body = "\n".join(f"<parameter={k}>\n{v}\n</parameter>" for k, v in values.items())
    written = xml_functions(f"{before}<function=f>\n{body}\n</function>")
    assert [(call.tool, call.arguments) for call in written.calls] == [("f", values)]
    assert written.text == before.strip()


def test_what_is_no_call_stays_text() -> None:
    prose = "I use <function=bash> and </function> as words."
    assert xml_functions(prose).calls == ()
    assert xml_functions(prose).text == prose
    call = "<function=bash>\n<parameter=command>ls</parameter>\n</function>"
    assert [c.arguments for c in xml_functions(prose + call).calls] == [{"command": "ls"}]
    assert xml_functions("<function=bash>\n<parameter=command>ls").calls == ()


def test_dialects_stay_linear_on_hostile_text() -> None:
    for piece in ("<function=a>", "<function=a><parameter=b>", "</parameter>", "```a\n", " \n"):
        xml_functions(piece * 50_000)
        one_fenced(piece * 50_000, frozenset({"a"}))
        last_fenced(piece * 50_000)


def test_declared_types_turn_text_into_values() -> None:
    prompt = (
        "---- BEGIN FUNCTION #1: f ----\nDescription: Does.\nMore.\n\nParameters:\n"
        "  (1) n (integer, required): A count.\n  (2) r (array, optional): A range.\n"
        "  (3) s (string, optional): A text.\n---- END FUNCTION #1 ----\n"
        "---- BEGIN FUNCTION #2: g ----\nDescription: Ends.\n"
        "No parameters are required for this function.\n---- END FUNCTION #2 ----\n"
    )
    tools = declared_tools(prompt)
    first, second = (tool["function"] for tool in tools)
    assert (first["description"], second["description"]) == ("Does.\nMore.", "Ends.")
    assert first["parameters"]["required"] == ["n"]
    assert typed("f", {"n": "3", "r": "[1, 2]", "s": "3"}, tools) == {
        "n": 3,
        "r": [1, 2],
        "s": "3",
    }
    assert typed("f", {"n": "three"}, tools) == {"n": "three"}
    assert typed("h", {"n": "3"}, tools) == {"n": "3"}


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("<returncode>0</returncode>\n<output>x</output>", ("ok", 0)),
        ("<returncode>-1</returncode>", ("unknown", -1)),
        ("x\n[Command finished with exit code 2]", ("error", 2)),
        ("x\n[The command completed with exit code 0.]\n", ("ok", 0)),
        ("[Command finished with exit code 2]\nthat was another log", ("unknown", None)),
        ("ERROR:\nno such file", ("error", None)),
        ("no ERROR: here", ("unknown", None)),
    ],
)
def test_status_stands_in_the_harness_own_words_only(
    text: str, status: tuple[str, int | None]
) -> None:
    assert status_in(text) == status
