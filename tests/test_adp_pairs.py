"""The Agent Data Protocol's own raw -> std pairs agree with ours, in actions and observations.

For each data set whose raw rows one of our sources reads, our reading of `sample_raw.json` is
compared with our reading of `sample_std.json`. Every difference is a transformation that the
protocol's converter makes; it is named in the table, applied to the raw side, and must be needed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from trajset.sources import adp, swe_smith
from trajset.sources.discover import claim
from trajset.sources.files import read_head
from trajset.sources.tally import Tally
from trajset.trajectory import Message, Observation, ToolCall, Trajectory, response_spans

SETS = Path(__file__).parents[2] / "shared" / "sessions" / "adp"

Kinds = list[tuple[str, str]]
"""(kind, tool): told, called, said, result; the tool for calls only."""


def kinds(trajectory: Trajectory) -> Kinds:
    """What happened: messages to the model, calls, results, and responses without a call."""
    found: Kinds = []
    silent = set()
    for start, end in response_spans(trajectory.steps):
        if not any(isinstance(step, ToolCall) for step in trajectory.steps[start:end]):
            silent |= set(range(start + 1, end))  # one `said` a response
        else:
            silent |= {i for i in range(start, end) if isinstance(trajectory.steps[i], Message)}
    for index, step in enumerate(trajectory.steps):
        if isinstance(step, ToolCall):
            found.append(("called", step.tool))
        elif isinstance(step, Observation):
            found.append(("result", ""))
        elif isinstance(step, Message) and index not in silent:
            found.append(("said" if step.origin == "model" else "told", ""))
    return found


def one_by_one(raw: Kinds) -> Kinds:
    """Parallel calls and then their results become call, result, call, result."""
    found: Kinds = []
    at = 0
    while at < len(raw):
        calls = at
        while calls < len(raw) and raw[calls][0] == "called":
            calls += 1
        results = calls
        while results < len(raw) and raw[results][0] == "result" and results - calls < calls - at:
            results += 1
        if calls - at > 1 and results - calls == calls - at:
            for offset in range(calls - at):
                found += [raw[at + offset], raw[calls + offset]]
            at = results
        else:
            found.append(raw[at])
            at += 1
    return found


def finish_is_said(raw: Kinds) -> Kinds:
    """A last call of `finish` becomes a message (`<finish> … </finish>`)."""
    return [*raw[:-1], ("said", "")] if raw[-1] == ("called", "finish") else raw


def closing_is_made_up(raw: Kinds) -> Kinds:
    """A run that ends in a call gets an invented result and an invented closing message."""
    return [*raw, ("result", ""), ("said", "")] if raw[-1][0] == "called" else raw


Transformation = Callable[[Kinds], Kinds]
PAIRS: dict[str, tuple[str, tuple[Transformation, ...]]] = {
    "codeactinstruct": ("adp", ()),
    "mini-coder": ("swe_smith", (closing_is_made_up,)),
    "nebius_SWE-agent-trajectories": ("swe_smith", (closing_is_made_up,)),
    "swe-smith": ("swe_smith", (closing_is_made_up,)),
    "swe-gym_openhands_sampled_trajectories": (
        "swe_smith",
        (one_by_one, finish_is_said, closing_is_made_up),
    ),
}
NOT_OURS = {
    "agenttuning_db": "ReAct text in a form of the data set's own; no harness's log",
    "agenttuning_os": "ReAct text in a form of the data set's own; no harness's log",
    "code_feedback": "plain chat messages; no code in them was run by an agent",
    "eto": "ShareGPT conversations in a form of the data set's own",
    "orca_agentinstruct": "plain chat messages without any action",
    "toucan_1_5m": "OpenAI messages without the marks of an agent's run",
}


def read(path: Path) -> tuple[str, list[Trajectory]]:
    """(source, trajectories) of a file, by whichever of the two sources claims it."""
    source = claim(read_head(str(path)), (adp, swe_smith))
    assert source is not None
    tally = Tally()
    found = [t for unit in source.units([str(path)]) for t in source.read(unit, tally)]
    assert not tally.skipped
    return source.NAME, found


pytestmark = pytest.mark.skipif(not SETS.is_dir(), reason="needs the shared sample sessions")


@pytest.mark.parametrize("name", PAIRS)
def test_raw_and_std_tell_the_same(name: str) -> None:
    reader, transformations = PAIRS[name]
    raw_path, std_path = SETS / name / "sample_raw.json", SETS / name / "sample_std.json"
    raw_source, raw = read(raw_path)
    std_source, std = read(std_path)
    assert (raw_source, std_source) == (reader, "adp")
    raw_rows = json.loads(raw_path.read_text())
    assert [row.get("id", row.get("instance_id")) for row in raw_rows] == [
        t.session_id for t in std
    ]
    assert len(raw) == len(std)
    needed = set()
    for ours, theirs in zip(raw, std, strict=True):
        found = kinds(ours)
        for transformation in transformations:
            changed = transformation(found)
            if changed != found:
                needed.add(transformation)
            found = changed
        assert [kind for kind, _ in found] == [kind for kind, _ in kinds(theirs)]
    assert needed == set(transformations), "an explanation that explains nothing"


def test_every_data_set_is_accounted_for() -> None:
    with_raw = {p.parent.name for p in SETS.glob("*/sample_raw.json")}
    assert with_raw <= PAIRS.keys() | NOT_OURS.keys()
    for name in NOT_OURS.keys() & with_raw:
        head = read_head(str(SETS / name / "sample_raw.json"))
        assert claim(head, (adp, swe_smith)) is None
