"""Laws of annotate on any trajectory, and the agreement with hand labels that must be kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from label_scores import scores
from trajset.annotate import annotate
from trajset.trajectory import Message, Observation, Reasoning, Step, ToolCall, Trajectory

SHARED = Path(__file__).resolve().parents[2] / "shared"

COMMANDS = st.sampled_from(
    ["pytest -q | tail", "cat a.py", "cd x && make", "git push", "rg a b || true", "'((", "", "ls"]
)
TEXTS = st.sampled_from(
    [
        "",
        "ok",
        "Exit code 1\nerror: x",
        "1 failed in 0.1s",
        "File does not exist.",
        "The user doesn't want to proceed with this tool use.",
        "bash: line 1: rg: command not found",
        "Traceback (most recent call last):\nKeyError: 1",
        "Process running with session ID 4",
    ]
) | st.text(max_size=30)
ARGUMENTS = st.dictionaries(
    st.sampled_from(["command", "cmd", "file_path", "old_string", "new_string", "input", "url"]),
    COMMANDS | st.none() | st.integers() | st.lists(st.text(max_size=4), max_size=3),
    max_size=3,
)
TOOLS = st.sampled_from(
    [
        "Bash",
        "exec_command",
        "Read",
        "Edit",
        "apply_patch",
        "AskUserQuestion",
        "x__y",
        "write_stdin",
    ]
)
STATUSES = st.sampled_from(["ok", "error", "rejected", "cancelled", "unknown"])


@st.composite
def trajectories(draw: st.DrawFn) -> Trajectory:
    """Turns of messages and (parallel) calls, some without a result."""
    steps: list[Step] = []
    for number in range(draw(st.integers(1, 8))):
        if draw(st.booleans()):
            origin = draw(st.sampled_from(["human", "harness", "summary", "environment"]))
            steps.append(Message(role="user", text=draw(TEXTS) or "-", origin=origin))
        response = f"r{number}"
        if draw(st.booleans()):
            steps.append(Reasoning(text=draw(TEXTS) or "-", response_id=response))
        calls = [
            ToolCall(
                id=f"c{number}.{k}",
                tool=draw(TOOLS),
                arguments=draw(ARGUMENTS),
                response_id=response,
            )
            for k in range(draw(st.integers(0, 3)))
        ]
        steps += calls
        steps += [
            Observation(
                call_id=call.id,
                text=draw(TEXTS),
                status=draw(STATUSES),
                exit_code=draw(st.none() | st.integers(0, 2)),
            )
            for call in calls
            if draw(st.integers(0, 5))
        ]
    if not steps:
        steps.append(Message(role="user", text="-", origin="human"))
    return Trajectory.make(id="t", session_id="s", harness="h", steps=tuple(steps))


@given(trajectories())
@settings(max_examples=60, deadline=None)
def test_laws_of_annotation(trajectory: Trajectory) -> None:
    annotated = annotate(trajectory)
    assert annotated == annotate(trajectory)
    steps = trajectory.steps
    calls = {s.id: i for i, s in enumerate(steps) if isinstance(s, ToolCall)}
    owner: dict[int, str] = {}
    assert [f.step for f in annotated.failures] == sorted(f.step for f in annotated.failures)
    for recovery in annotated.recoveries:
        assert 0 <= recovery.start < recovery.end < len(steps)
        last = steps[recovery.end]
        assert isinstance(last, Observation)
        assert last.call_id == recovery.call_id
        assert annotated.failures[recovery.failures[0]].step == recovery.start
        assert recovery.why
        for index in recovery.failures:
            assert index not in owner
            owner[index] = recovery.call_id
            assert annotated.failures[index].step < calls[recovery.call_id]
    for index, failure in enumerate(annotated.failures):
        assert 0 < failure.confidence <= 1
        assert failure.recovered_by == owner.get(index)
        step = steps[failure.step]
        if failure.category != "unclosed_turn":
            assert isinstance(step, Observation)
            assert step.call_id == failure.call_id
    assert (annotated.outcome_source is None) == (annotated.outcome == "unknown")


def test_a_long_trajectory_is_annotated_in_seconds() -> None:
    steps: list[Step] = []
    for number in range(1_000):
        call_id = f"c{number}"
        failing = number % 3 == 0
        steps.append(
            ToolCall(
                id=call_id,
                tool="Bash",
                arguments={
                    "command": f"cd src && pytest tests/test_{number % 7}.py | tail -{number}"
                },
                response_id=call_id,
            )
        )
        text = "E   assert x\n" * 40 + ("1 failed in 0.1s" if failing else "1 passed in 0.1s")
        steps.append(Observation(call_id=call_id, text=text, status="ok"))
    made = Trajectory.make(id="t", session_id="s", harness="h", steps=tuple(steps))
    import time

    start = time.perf_counter()
    annotated = annotate(made)
    assert time.perf_counter() - start < 4
    assert sum(f.category == "command_exit" for f in annotated.failures) >= 300


FLOORS = {
    "failure_precision": 0.97,
    "failure_recall": 0.95,
    "status_source": 0.95,
    "category": 0.95,
    "recovered": 0.90,
    "same_recovering_call": 0.93,
    "outcome": 0.90,
}
"""What was reached on the labelled sessions, less a margin."""


def test_agreement_with_hand_labels() -> None:
    labels = SHARED / "labels" / "sessions.jsonl"
    if not labels.is_file():
        pytest.skip("the folder ../shared with hand labels is not here")
    reached = scores(labels, SHARED / "sessions")
    low = {k: reached[k] for k, floor in FLOORS.items() if reached[k] < floor}
    assert low == {}, reached["misses"]
