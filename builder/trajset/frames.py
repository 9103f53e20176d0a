"""Trajectories as pandas tables: a row a step, or a row a failure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from trajset.trajectory import Message, Observation, Reasoning, ToolCall, Trajectory, calls

if TYPE_CHECKING:
    from pandas import DataFrame

Table = Literal["steps", "failures"]

_STEPS = (
    *("trajectory_id", "session_id", "harness", "model", "step", "segment", "kind", "response_id"),
    *("role", "origin", "tool", "call_id", "arguments", "text", "status", "exit_code", "learn"),
    *("timestamp", "line", "cwd"),
)
_FAILURES = (
    *("trajectory_id", "session_id", "harness", "model", "project", "step", "line", "timestamp"),
    *("category", "kind", "tool", "call_id", "status_source", "recovered", "recovered_by"),
    *("recovered_at", "confidence", "why"),
)


def to_pandas(trajectories: Trajectory | Iterable[Trajectory], table: Table = "steps") -> DataFrame:
    """One or more trajectories as a table.

    Args:
        trajectories: one, or what `trajset.read` gives.
        table: `steps` (a row a step: `kind` is message, reasoning, call or observation,
            `arguments` JSON text) or `failures` (a row a failure; `recovered_at` is the step whose
            result showed the repair).

    Times are UTC. The columns are the same where there is no row.

    Raises:
        ValueError: there is no such table.
    """
    import pandas as pd

    rows = {"steps": _steps, "failures": _failures}.get(table)
    if rows is None:
        raise ValueError(f"table: expected steps or failures, found {table}")
    given = [trajectories] if isinstance(trajectories, Trajectory) else trajectories
    columns = list(_STEPS if table == "steps" else _FAILURES)
    frame = pd.DataFrame([row for one in given for row in rows(one)], columns=columns)
    frame["timestamp"] = pd.to_datetime(
        frame["timestamp"].astype("Int64"), unit="ms", utc=True, errors="coerce"
    )
    for column in ("line", "exit_code", "recovered_at"):
        if column in frame:
            frame[column] = frame[column].astype("Int64")
    return frame


def _steps(trajectory: Trajectory) -> Iterator[dict[str, Any]]:
    made = calls(trajectory.steps)
    segment = -1
    for index, step in enumerate(trajectory.steps):
        segment += index in trajectory.segments
        row: dict[str, Any] = {
            "trajectory_id": trajectory.id,
            "session_id": trajectory.session_id,
            "harness": trajectory.harness,
            "model": trajectory.model,
            "step": index,
            "segment": segment,
            "response_id": step.response_id,
            "timestamp": step.timestamp,
            "line": step.line,
            "cwd": step.cwd,
            "learn": step.learn,
        }
        if isinstance(step, ToolCall):
            arguments = step.raw_arguments
            if arguments is None:
                arguments = msgspec.json.encode(step.arguments).decode()
            row |= {"kind": "call", "tool": step.tool, "call_id": step.id, "arguments": arguments}
        elif isinstance(step, Observation):
            call = trajectory.steps[made[step.call_id]]
            row |= {
                "kind": "observation",
                "tool": call.tool if isinstance(call, ToolCall) else None,
                "call_id": step.call_id,
                "text": step.text,
                "status": step.status,
                "exit_code": step.exit_code,
            }
        elif isinstance(step, Message):
            row |= {"kind": "message", "role": step.role, "origin": step.origin, "text": step.text}
        elif isinstance(step, Reasoning):
            row |= {"kind": "reasoning", "text": step.text}
        yield row


def _failures(trajectory: Trajectory) -> Iterator[dict[str, Any]]:
    made = calls(trajectory.steps)
    ends = {
        number: recovery.end for recovery in trajectory.recoveries for number in recovery.failures
    }
    for number, failure in enumerate(trajectory.failures):
        step = trajectory.steps[failure.step]
        call = trajectory.steps[made[failure.call_id]] if failure.call_id in made else None
        yield {
            "trajectory_id": trajectory.id,
            "session_id": trajectory.session_id,
            "harness": trajectory.harness,
            "model": trajectory.model,
            "project": trajectory.project,
            "step": failure.step,
            "line": step.line,
            "timestamp": step.timestamp,
            "category": failure.category,
            "kind": failure.kind,
            "tool": call.tool if isinstance(call, ToolCall) else None,
            "call_id": failure.call_id,
            "status_source": failure.status_source,
            "recovered": failure.recovered_by is not None,
            "recovered_by": failure.recovered_by,
            "recovered_at": ends.get(number),
            "confidence": failure.confidence,
            "why": failure.why,
        }
