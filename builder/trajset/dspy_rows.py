"""Rows for DSPy: what was asked in a turn, what the agent did about it, what it answered.

One row a turn with an answer or an action. `context` and `actions` are JSON text, so that a row is
ready for `dspy.Example(**row).with_inputs("task", "context")`; the context's keys are those of
OpenCode's session-logger plugin, as far as a log tells them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Protocol, TypedDict

import msgspec
from msgspec import Struct

from trajset.annotate.modified import modified_files
from trajset.trajectory import Message, Step, ToolCall, Trajectory, written_by_model

_HISTORY = 10
"""Messages of earlier turns in the context."""
_LONGEST = 500
"""Characters of each of them."""


class DspyRow(TypedDict):
    """A row. Times and tokens are those of the turn; None where the log does not tell."""

    trajectory_id: str
    turn: int
    """From 0."""
    harness: str
    model: str | None
    task: str
    context: str
    """JSON: `workingDirectory`, `gitStatus`, `conversationHistory`."""
    actions: str
    """JSON: a list of `{tool, args}`."""
    plan: str
    """The tools, numbered, a line each."""
    response: str
    """What the agent said last; empty where it said nothing."""
    outcome: str
    """Of the whole trajectory: success, failure or unknown."""
    correctness: float | None
    """As recorded, 0 to 1."""
    efficiency: float | None
    n_tools: int
    seconds: float | None
    files_modified: int | None
    input_tokens: int | None
    output_tokens: int | None


class Turn(Struct, frozen=True):
    """What was asked, done (`{tool, args}` each) and answered."""

    task: str
    actions: list[dict[str, Any]]
    response: str


class Decided(Protocol):
    """What the plan decided about a trajectory, as far as its rows need it."""

    @property
    def id(self) -> str:
        """The trajectory's final id."""
        ...

    @property
    def copied(self) -> int:
        """Number of leading steps that another trajectory owns."""
        ...


def dspy_rows(trajectory: Trajectory, decision: Decided | None = None) -> Iterator[DspyRow]:
    """The rows of one (redacted) trajectory; none of an abandoned branch, nor of turns that
    another trajectory owns.
    """
    if trajectory.branch:
        return
    copied = decision.copied if decision else 0
    history: list[dict[str, str]] = []
    for number, (start, end) in enumerate(_turns(trajectory.steps)):
        steps = trajectory.steps[start:end]
        calls = [step for step in steps if isinstance(step, ToolCall)]
        row = made_row(
            Turn(
                task=_task(steps),
                actions=[{"tool": call.tool, "args": _arguments(call)} for call in calls],
                response=_response(steps),
            ),
            history,
            trajectory_id=decision.id if decision else trajectory.id,
            turn_number=number,
            harness=trajectory.harness,
            model=trajectory.model,
            project=trajectory.project,
            branch=trajectory.git_branch,
            outcome=trajectory.outcome,
        )
        if row is None or end <= copied:
            continue
        row["correctness"] = trajectory.scores.get("correctness")
        row["efficiency"] = trajectory.scores.get("efficiency")
        row["seconds"] = _seconds(steps)
        row["files_modified"] = len(modified_files(trajectory, calls))
        row["input_tokens"] = _tokens(trajectory, steps, "input")
        row["output_tokens"] = _tokens(trajectory, steps, "output")
        yield row


def made_row(
    turn: Turn,
    history: list[dict[str, str]],
    *,
    trajectory_id: str,
    turn_number: int,
    harness: str,
    model: str | None,
    project: str | None,
    branch: str | None = None,
    outcome: str,
) -> DspyRow | None:
    """The row of a turn, None where nothing was asked or done; adds the turn to `history`."""
    context = {
        **({"workingDirectory": project} if project else {}),
        **({"gitStatus": {"branch": branch}} if branch else {}),
        "conversationHistory": history[-_HISTORY:],
    }
    row: DspyRow | None = None
    if turn.task and (turn.actions or turn.response):
        row = {
            "trajectory_id": trajectory_id,
            "turn": turn_number,
            "harness": harness,
            "model": model,
            "task": turn.task,
            "context": _json(context),
            "actions": _json(turn.actions),
            "plan": "\n".join(f"{n}. {made['tool']}" for n, made in enumerate(turn.actions, 1)),
            "response": turn.response,
            "outcome": outcome,
            "correctness": None,
            "efficiency": None,
            "n_tools": len(turn.actions),
            "seconds": None,
            "files_modified": None,
            "input_tokens": None,
            "output_tokens": None,
        }
    for role, text in (("user", turn.task), ("assistant", turn.response)):
        if text:
            history.append({"role": role, "content": text[:_LONGEST]})
    return row


def _turns(steps: Sequence[Step]) -> Iterator[tuple[int, int]]:
    """Half-open ranges of steps; a human message begins one where the model has written before."""
    start, answered = 0, False
    for index, step in enumerate(steps):
        if answered and isinstance(step, Message) and step.origin == "human":
            yield start, index
            start, answered = index, False
        answered = answered or written_by_model(step)
    yield start, len(steps)


def _task(steps: Sequence[Step]) -> str:
    """What people asked; where nobody did (a sub-agent's task), the first message of others."""
    asked = [s for s in steps if isinstance(s, Message) and s.role == "user"]
    human = [s.text for s in asked if s.origin == "human"]
    return "\n\n".join(human or [s.text for s in asked[:1]])


def _response(steps: Sequence[Step]) -> str:
    """What the model said last, all texts of that response; not an error message of its service."""
    said = [s for s in steps if isinstance(s, Message) and written_by_model(s) and s.learn]
    return "\n\n".join(s.text for s in said if s.response_id == said[-1].response_id)


def _arguments(call: ToolCall) -> Any:
    return call.arguments if call.raw_arguments is None else call.raw_arguments


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _seconds(steps: Sequence[Step]) -> float | None:
    """From the first to the last thing that happened in the turn."""
    times = [step.timestamp for step in steps if step.timestamp is not None]
    return (max(times) - min(times)) / 1000 if len(times) > 1 else None


def _tokens(
    trajectory: Trajectory, steps: Sequence[Step], side: Literal["input", "output"]
) -> int | None:
    """Usage that the log reports for the turn's responses."""
    own = {step.response_id for step in steps if step.response_id is not None}
    used = [r for key, r in trajectory.responses.items() if key in own]
    counts = [r.input_tokens if side == "input" else r.output_tokens for r in used]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
