"""Random trajectories for the laws, put together by the same `Assembler` that sources use."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from trajset.sources.assemble import Assembler
from trajset.sources.tally import Tally
from trajset.trajectory import (
    Failure,
    Observation,
    Recovery,
    Trajectory,
    calls,
)

words = st.text(alphabet='abcdefghij {}"\\\n<|>äß🙂', min_size=1, max_size=40).filter(str.strip)
tools = st.sampled_from(["Bash", "Read", "Edit"])
arguments = st.dictionaries(st.sampled_from(["path", "command", "n"]), words | st.integers(0, 9))


@st.composite
def trajectories(draw: st.DrawFn, max_turns: int = 4, branch: int = 0) -> Trajectory:
    """A trajectory of a few turns with parallel calls, open calls, segments and failures."""
    assembler = Assembler(Tally())
    number = 0
    key = 0

    def at() -> dict[str, Any]:
        nonlocal key
        key += 1
        return {"key": f"k{key}", "timestamp": 1_700_000_000_000 + key, "line": key}

    for turn in range(draw(st.integers(1, max_turns))):
        if turn and draw(st.booleans()) and draw(st.booleans()):
            assembler.segment()
            assembler.message("user", "SUMMARY " + draw(words), "summary", **at())
        if turn == 0 or draw(st.booleans()):
            assembler.message("user", "USER " + draw(words), "human", **at())
        for _ in range(draw(st.integers(0, 4))):
            number += 1
            response = f"m{number}"
            if draw(st.booleans()):
                assembler.reasoning("THINK " + draw(words), response_id=response, **at())
            learn = draw(st.integers(0, 9)) > 0
            if draw(st.booleans()):
                assembler.message(
                    "assistant",
                    "SAY " + draw(words),
                    "model",
                    response_id=response,
                    learn=learn,
                    **at(),
                )
            made = [
                assembler.call(
                    draw(tools),
                    draw(arguments),
                    call_id=f"c{number}-{i}",
                    response_id=response,
                    **at(),
                )
                for i in range(draw(st.integers(0, 3)))
            ]
            for call_id in made:
                if draw(st.integers(0, 9)):
                    text = "RESULT " + draw(words) * draw(st.sampled_from([1, 1, 60]))
                    status: Any = draw(st.sampled_from(["ok", "ok", "error"]))
                    assembler.observation(text, call_id=call_id, status=status, **at())
    if not len(assembler):
        assembler.message("user", "USER alone", "human", **at())
    trajectory = assembler.build(
        id="0" * 16, session_id="s", harness="made_up", branch=branch, system_prompt="SYSTEM"
    )
    assert trajectory is not None
    return _with_failures(draw, trajectory)


def _with_failures(draw: st.DrawFn, trajectory: Trajectory) -> Trajectory:
    steps = trajectory.steps
    observations = [(i, s) for i, s in enumerate(steps) if isinstance(s, Observation)]
    at_call = calls(steps)
    failures: list[Failure] = []
    recoveries: list[Recovery] = []
    for index, step in observations:
        if step.status != "error":
            continue
        later = [s for i, s in observations if s.status == "ok" and at_call[s.call_id] > index]
        fix = draw(st.sampled_from(later)) if later and draw(st.booleans()) else None
        category: Any = draw(st.sampled_from(["model", "tool_schema", "command_exit", "network"]))
        failures.append(
            Failure(
                step=index,
                call_id=step.call_id,
                category=category,
                kind="made_up",
                status_source="reported",
                why="because",
                recovered_by=fix.call_id if fix else None,
            )
        )
    ends = {s.call_id: i for i, s in observations}
    for call_id in dict.fromkeys(f.recovered_by for f in failures if f.recovered_by):
        members = tuple(i for i, f in enumerate(failures) if f.recovered_by == call_id)
        recoveries.append(
            Recovery(
                start=failures[members[0]].step,
                end=ends[call_id],
                call_id=call_id,
                failures=members,
                why="because",
            )
        )
    return trajectory.with_(failures=tuple(failures), recoveries=tuple(recoveries))
