"""The model's invariants, and the rules by which sources put steps together."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given

from strategies import trajectories
from trajset.sources.assemble import Assembler
from trajset.sources.tally import Tally
from trajset.trajectory import (
    InvariantError,
    Message,
    Observation,
    ToolCall,
    Trajectory,
    check,
    response_spans,
)


def made(*steps: object, **more: object) -> Trajectory:
    return Trajectory.make(id="x", session_id="s", harness="h", steps=steps, **more)


CALL = ToolCall(id="a", tool="Read", arguments={}, response_id="r")
HUMAN = Message(role="user", text="hi", origin="human")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((), "at least one step"),
        ((HUMAN, Observation(call_id="a", text="")), "id of an open call"),
        ((CALL, CALL), "new call id"),
        ((CALL, Observation(call_id="a", text=""), Observation(call_id="a", text="")), "open call"),
        ((Message(role="user", text="", origin="human"),), "empty Message"),
        ((ToolCall(id="a", tool="t", arguments={}),), "response id"),
        (
            (CALL, HUMAN, ToolCall(id="b", tool="t", arguments={}, response_id="r")),
            "side by side",
        ),
    ],
)
def test_invariants_name_the_place(steps: tuple[object, ...], expected: str) -> None:
    with pytest.raises(InvariantError, match=expected):
        made(*steps)


@pytest.mark.parametrize("segments", [(), (1,), (0, 0), (0, 5)])
def test_segments_partition_the_steps(segments: tuple[int, ...]) -> None:
    with pytest.raises(InvariantError, match="segment"):
        made(HUMAN, CALL, segments=segments)


@given(trajectories())
def test_assembled_trajectories_hold_the_invariants_and_survive_encoding(t: Trajectory) -> None:
    check(t)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(t), type=Trajectory) == t


@given(trajectories())
def test_observations_follow_the_response_of_their_call(t: Trajectory) -> None:
    for start, end in response_spans(t.steps):
        made_calls = {s.id for s in t.steps[start:end] if isinstance(s, ToolCall)}
        answered = {s.call_id for s in t.steps if isinstance(s, Observation)} & made_calls
        behind = t.steps[end : end + len(answered)]
        assert {s.call_id for s in behind if isinstance(s, Observation)} == answered


def test_pieces_of_a_response_are_joined_around_a_result() -> None:
    tally = Tally()
    assembler = Assembler(tally)
    assembler.message("user", "go", "human")
    assembler.call("Read", {"p": 1}, call_id="a", response_id="m")
    assembler.observation("one", call_id="a", status="ok")
    assembler.call("Read", {"p": 2}, call_id="b", response_id="m")
    assembler.observation("two", call_id="b", status="ok")
    trajectory = assembler.build(id="x", session_id="s", harness="h")
    assert trajectory is not None
    kinds = [type(s).__name__ for s in trajectory.steps]
    assert kinds == ["Message", "ToolCall", "ToolCall", "Observation", "Observation"]


def test_missing_and_repeated_ids_are_replaced_and_linked_by_order() -> None:
    tally = Tally()
    assembler = Assembler(tally)
    for text in ("first", "second"):
        assembler.call("Bash", {"c": text}, call_id="REDACTED")
        assembler.observation(text, call_id="REDACTED")
    assembler.call("Bash", {"c": "third"})
    assembler.observation("third")
    assembler.observation("lost", call_id="nobody")
    trajectory = assembler.build(id="x", session_id="s", harness="h")
    assert trajectory is not None
    ids = [s.id for s in trajectory.steps if isinstance(s, ToolCall)]
    assert ids == ["call_001", "call_002", "call_003"]
    texts = {s.call_id: s.text for s in trajectory.steps if isinstance(s, Observation)}
    assert texts == {"call_001": "first", "call_002": "second", "call_003": "third"}
    last = trajectory.steps[-1]
    assert isinstance(last, Message)
    assert last.origin == "environment"
    assert tally.repaired["result_without_call"] == 1


def test_unparsable_arguments_are_kept_raw_and_never_learnt() -> None:
    tally = Tally()
    assembler = Assembler(tally)
    assembler.call("Edit", '{"path": "a.py", "new', call_id="a")
    assembler.call("Edit", '{"path": "a.py"}', call_id="b")
    trajectory = assembler.build(id="x", session_id="s", harness="h")
    assert trajectory is not None
    broken, whole = trajectory.steps
    assert isinstance(broken, ToolCall)
    assert isinstance(whole, ToolCall)
    assert (broken.arguments, broken.raw_arguments, broken.learn) == (
        {},
        '{"path": "a.py", "new',
        False,
    )
    assert (whole.arguments, whole.raw_arguments, whole.learn) == ({"path": "a.py"}, None, True)
