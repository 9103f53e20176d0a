"""What statistics are made of: one row a trajectory, one a failure, and counts of tools."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from msgspec import Struct, field

from trajset.annotate.modified import modified_files
from trajset.annotate.shell import runs
from trajset.annotate.shell.programs import TRIVIAL
from trajset.annotate.tools import action_of
from trajset.plan import Decision
from trajset.reports.plain_names import NOT_RECORDED
from trajset.trajectory import ToolCall, Trajectory

LONGEST_REPAIR = 4
"""Repairs of more different steps than this are counted together."""
_WINDOW = 40
"""Calls after a failure that are looked at."""
_LENGTHS = (2, 3)


class Measures(Struct, kw_only=True):
    """Everything that the statistics of a corpus need, without any text of it."""

    trajectories: list[dict[str, Any]] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    tools: Counter[str] = field(default_factory=Counter)
    sequences: Counter[tuple[str, ...]] = field(default_factory=Counter)


def measure(items: Iterable[tuple[Trajectory, Decision]]) -> Measures:
    """Measure the given trajectories. Steps copied from another one count there only."""
    measures = Measures()
    for trajectory, decision in items:
        calls = [
            (index, step)
            for index, step in enumerate(trajectory.steps)
            if isinstance(step, ToolCall) and index >= decision.copied
        ]
        tools = [call.tool for _, call in calls]
        measures.tools.update(tools)
        changes = without_repeats(tools)
        for length in _LENGTHS:
            measures.sequences.update(zip(*(changes[i:] for i in range(length)), strict=False))
        common = {
            "trajectory_id": decision.id,
            "session_id": trajectory.session_id,
            "harness": trajectory.harness,
            "model": trajectory.model or NOT_RECORDED,
            "project": trajectory.project or NOT_RECORDED,
            "week": _week(trajectory.started_at),
        }
        failures = _failures(trajectory, decision, calls)
        of_calls = [one for one in failures if one["category"] != "unclosed_turn"]
        measures.failures += [{**common, **one} for one in of_calls]
        measures.trajectories.append(
            {
                **common,
                "outcome": trajectory.outcome,
                "calls": len(calls),
                "tools": len(set(tools)),
                "failures": len(of_calls),
                "recovered": sum(one["recovered"] for one in of_calls),
                "unclosed_turns": len(failures) - len(of_calls),
                "seconds": _seconds(trajectory, decision),
                "files_modified": len(modified_files(trajectory, (call for _, call in calls))),
                **_tokens(trajectory, decision),
            }
        )
    return measures


def without_repeats(names: Iterable[str]) -> list[str]:
    """The names in order, those that follow their like left out."""
    changes: list[str] = []
    for name in names:
        if not changes or changes[-1] != name:
            changes.append(name)
    return changes


def _failures(
    trajectory: Trajectory, decision: Decision, calls: Sequence[tuple[int, ToolCall]]
) -> list[dict[str, Any]]:
    ends = {
        index: recovery.end for recovery in trajectory.recoveries for index in recovery.failures
    }
    places = [index for index, _ in calls]
    number = {call.id: n for n, (_, call) in enumerate(calls)}
    label = cache(lambda n: step_of(calls[n][1]))
    found = []
    for index, failure in enumerate(trajectory.failures):
        if failure.step < decision.copied:
            continue
        failed = number.get(failure.call_id or "")
        recovering = number.get(failure.recovered_by or "")
        first = bisect_right(places, failure.step)
        last = len(calls) if recovering is None else recovering + 1
        tried = without_repeats(map(label, range(first, min(last, first + _WINDOW))))
        if last - first > _WINDOW:
            tried += ["…"] * LONGEST_REPAIR
        found.append(
            {
                "category": failure.category,
                "kind": failure.kind,
                "tool": NOT_RECORDED if failed is None else calls[failed][1].tool,
                "recovered": failure.recovered_by is not None,
                "steps_to_recovery": ends[index] - failure.step if index in ends else None,
                "tried": tuple(tried[: LONGEST_REPAIR + 1]),
            }
        )
    return found


def step_of(call: ToolCall) -> str:
    """A call as a step of a repair: its tool, and what a command line is for (`Bash (install)`)."""
    action = action_of(call)
    if action.kind != "shell" or not action.command:
        return call.tool
    purposes = [run.purpose for run in runs(action.command) if run.scope != "substitution"]
    telling = [p for p in purposes if p not in TRIVIAL and p != "filter"]
    return f"{call.tool} ({(telling or purposes or ['run'])[0]})"


def _seconds(trajectory: Trajectory, decision: Decision) -> float | None:
    """From the first to the last thing that happened; of a fork, in its own part."""
    start, end = trajectory.started_at, trajectory.ended_at
    if decision.copied:
        own = trajectory.steps[decision.copied :]
        start = min((s.timestamp for s in own if s.timestamp is not None), default=None)
    return None if start is None or end is None or end < start else (end - start) / 1000


def _tokens(trajectory: Trajectory, decision: Decision) -> dict[str, int | None]:
    """Usage that the log reports for the trajectory's own responses; None where it has none."""
    own = {step.response_id for step in trajectory.steps[decision.copied :]}
    responses = [r for key, r in trajectory.responses.items() if key in own]
    read = [r.input_tokens for r in responses if r.input_tokens is not None]
    written = [r.output_tokens for r in responses if r.output_tokens is not None]
    return {
        "input_tokens": sum(read) if read else None,
        "output_tokens": sum(written) if written else None,
        "tokens": sum(read) + sum(written) if read and written else None,
    }


def _week(timestamp: int | None) -> str:
    """ISO week in UTC, e.g. `2026-W07`."""
    if timestamp is None:
        return NOT_RECORDED
    try:
        year, week, _ = datetime.fromtimestamp(timestamp / 1000, UTC).isocalendar()
    except (OverflowError, OSError, ValueError):
        return NOT_RECORDED
    return f"{year}-W{week:02d}"
