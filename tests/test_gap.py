"""What a later answer knew more: decided by the literals of its arguments."""

from __future__ import annotations

from typing import Any

import pytest

from trajset.sources.assemble import Assembler
from trajset.sources.tally import Tally
from trajset.trajectory import Failure, Trajectory
from trajset.views.gap import information_gap


def session(
    prompt: str,
    wrong: dict[str, Any],
    error: str,
    right: dict[str, Any],
    found: str = "",
    said: str = "",
    status: Any = "error",
) -> tuple[Trajectory, Failure, list[int], list[int]]:
    assembler = Assembler(Tally())
    assembler.message("user", prompt, "human")
    assembler.call("Read", wrong, call_id="wrong", response_id="1")
    assembler.observation(error, call_id="wrong", status=status)
    if found:
        assembler.call("Glob", {"pattern": "*"}, call_id="look", response_id="2")
        assembler.observation(found, call_id="look", status="ok")
    if said:
        assembler.message("user", said, "human")
    assembler.call("Read", right, call_id="right", response_id="3")
    assembler.observation("done", call_id="right", status="ok")
    trajectory = assembler.build(id="x", session_id="s", harness="h")
    assert trajectory is not None
    failure = Failure(
        step=2,
        call_id="wrong",
        category="model",
        kind="k",
        status_source="reported",
        why="w",
        recovered_by="right",
    )
    last = len(trajectory.steps) - 2
    return trajectory, failure, [1], [last]


@pytest.mark.parametrize(
    ("case", "gap"),
    [
        (session("read src/a.py", {"path": "a.py"}, "no", {"path": "src/a.py"}), "none"),
        (session("line 120", {"offset": "120"}, "a number, please", {"offset": 120}), "none"),
        (session("read it", {"path": "a.py"}, "try src/b.py", {"path": "src/b.py"}), "error_text"),
        (
            session("read it", {"path": "a.py"}, "no", {"path": "src/b.py"}, found="src/b.py"),
            "observations",
        ),
        (
            session("read it", {"path": "a.py"}, "no", {"path": "c.py"}, said="it is c.py"),
            "user_feedback",
        ),
        (
            session("go", {"path": "a.py"}, "rejected: b.py", {"path": "b.py"}, status="rejected"),
            "user_feedback",
        ),
        (session("line 1650", {"n": 1}, "no", {"n": 65}, found="65 lines"), "observations"),
    ],
)
def test_the_gap_is_the_least_that_explains_the_literals(
    case: tuple[Trajectory, Failure, list[int], list[int]], gap: str
) -> None:
    assert information_gap(*case) == gap
