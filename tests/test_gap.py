"""What a later answer knew more: decided by the literals of its arguments."""

from __future__ import annotations

from typing import Any

import pytest

from trajset.trajectory import Message, Observation, Status, Step
from trajset.views.gap import information_gap


def call(arguments: dict[str, Any]) -> dict[str, Any]:
    function = {"name": "Read", "arguments": arguments}
    return {"role": "assistant", "content": "", "tool_calls": [{"function": function}]}


def gap(
    prompt: str,
    wrong: dict[str, Any],
    error: str,
    right: dict[str, Any],
    *between: Step,
    status: Status = "error",
) -> str:
    failing = Observation(call_id="wrong", text=error, status=status)
    messages = [{"role": "user", "content": prompt}]
    return information_gap(messages, call(wrong), call(right), failing, between)


FOUND = Observation(call_id="look", text="src/b.py, 65 lines")
SAID = Message(role="user", text="it is c.py", origin="human")
NUDGE = Message(role="user", text="reminder", origin="harness")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (gap("read src/a.py", {"path": "a.py"}, "no", {"path": "src/a.py"}), "none"),
        (gap("line 120", {"offset": "120"}, "a number, please", {"offset": 120}), "none"),
        (gap("go", {"path": "a"}, "no", {"path": "a", "description": "Try once more"}), "none"),
        (gap("read it", {"path": "a.py"}, "try src/b.py", {"path": "src/b.py"}), "error_text"),
        (gap("read it", {"path": "a.py"}, "no", {"path": "src/b.py"}, FOUND), "observations"),
        (gap("line 1650", {"n": 1}, "no", {"n": 65}, FOUND), "observations"),
        (gap("read it", {"path": "a.py"}, "no", {"path": "c.py"}, SAID), "user_feedback"),
        (gap("read a.py", {"path": "a"}, "no", {"path": "a.py"}, NUDGE), "none"),
        (
            gap("go", {"path": "a.py"}, "no: b.py", {"path": "b.py"}, status="rejected"),
            "user_feedback",
        ),
    ],
)
def test_the_gap_is_the_least_that_explains_the_literals(found: str, expected: str) -> None:
    assert found == expected
