"""Every failure of a corpus with its place, and how many there are of which sort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec import Struct, field

from trajset.plan import Decision
from trajset.reports.plain_names import NOT_RECORDED, plain_tool
from trajset.trajectory import (
    MODEL_AT_FAULT,
    Category,
    Failure,
    StatusSource,
    ToolCall,
    Trajectory,
)

Dimension = Literal["harness", "tool", "model"]


class FailureLine(Struct, frozen=True, gc=False, kw_only=True):
    """One failure, as a line of `--json`: its place in the log and what is known of it."""

    session_id: str
    trajectory_id: str
    harness: str
    call_id: str | None
    tool: str | None
    category: Category
    kind: str
    status_source: StatusSource
    recovered_by: str | None
    span: tuple[int, int] | None
    """Of its recovery: inclusive step indices of the trajectory."""
    line: int | None
    """1-based line (or record number) in the log."""
    timestamp: str | None
    environment_suspect: bool
    why: str
    """Redacted, but it may quote the log."""


class Seen(Struct, frozen=True, gc=False, kw_only=True):
    """A failure with what only the counts need."""

    line: FailureLine
    model: str
    plain_tool: str
    """A name that can be shown to strangers."""


class Share(Struct, frozen=True, kw_only=True):
    """How many calls of one sort failed, and how many of these failures were recovered."""

    name: str
    calls: int
    failures: int
    recovered: int


class FailureReport(Struct, kw_only=True):
    """All failures of a corpus, and the calls that they are to be seen against."""

    trajectories: int = 0
    calls: dict[Dimension, Counter[str]] = field(
        default_factory=lambda: {"harness": Counter(), "tool": Counter(), "model": Counter()}
    )
    plain_tools: Counter[str] = field(default_factory=Counter)
    """Calls by names that can be shown to strangers."""
    seen: list[Seen] = field(default_factory=list)

    @property
    def n_calls(self) -> int:
        """Number of tool calls."""
        return self.calls["harness"].total()

    @property
    def of_calls(self) -> list[Seen]:
        """The failures of calls; unclosed turns are the others."""
        return [seen for seen in self.seen if seen.line.category != "unclosed_turn"]

    @property
    def suspect_share(self) -> float | None:
        """Share of the failures whose cause more likely lies in the environment than the model."""
        suspects = sum(seen.line.environment_suspect for seen in self.seen)
        return suspects / len(self.seen) if self.seen else None

    def shares(self, dimension: Dimension) -> list[Share]:
        """Calls and their failures by harness, tool or model; most failures first."""
        seen = [(_name(one, dimension), one) for one in self.of_calls]
        return _shares(self.calls[dimension], seen)

    def plain_shares(self) -> list[Share]:
        """Calls and their failures by plain names of tools."""
        return _shares(self.plain_tools, [(one.plain_tool, one) for one in self.of_calls])


def environment_suspect(category: Category) -> bool:
    """Whether the cause more likely lies in the environment or a tool than with the model."""
    return category not in MODEL_AT_FAULT and category != "command_exit"


def find_failures(items: Iterable[tuple[Trajectory, Decision]]) -> FailureReport:
    """All failures of the given trajectories. Steps copied from another one count there only."""
    report = FailureReport()
    for trajectory, decision in items:
        report.trajectories += 1
        calls = {step.id: step for step in trajectory.steps if isinstance(step, ToolCall)}
        for step in trajectory.steps[decision.copied :]:
            if isinstance(step, ToolCall):
                report.calls["harness"][trajectory.harness] += 1
                report.calls["tool"][step.tool] += 1
                report.calls["model"][model_of(trajectory, step)] += 1
                report.plain_tools[plain_tool(step)] += 1
        for failure, line in lines_of(trajectory, decision.id, decision.copied):
            call = calls.get(failure.call_id or "")
            report.seen.append(
                Seen(
                    line=line,
                    model=model_of(trajectory, call),
                    plain_tool=plain_tool(call) if call is not None else "–",
                )
            )
    return report


def lines_of(
    trajectory: Trajectory, trajectory_id: str, copied: int = 0
) -> Iterator[tuple[Failure, FailureLine]]:
    """The trajectory's failures behind the copied steps, in the order of their steps."""
    spans = {
        index: (recovery.start, recovery.end)
        for recovery in trajectory.recoveries
        for index in recovery.failures
    }
    calls = {step.id: step for step in trajectory.steps if isinstance(step, ToolCall)}
    for index, failure in enumerate(trajectory.failures):
        if failure.step < copied:
            continue
        step = trajectory.steps[failure.step]
        call = calls.get(failure.call_id or "")
        yield (
            failure,
            FailureLine(
                session_id=trajectory.session_id,
                trajectory_id=trajectory_id,
                harness=trajectory.harness,
                call_id=failure.call_id,
                tool=call.tool if call is not None else None,
                category=failure.category,
                kind=failure.kind,
                status_source=failure.status_source,
                recovered_by=failure.recovered_by,
                span=spans.get(index),
                line=step.line or (call.line if call is not None else None),
                timestamp=iso(step.timestamp or (call.timestamp if call is not None else None)),
                environment_suspect=environment_suspect(failure.category),
                why=failure.why,
            ),
        )


def model_of(trajectory: Trajectory, call: ToolCall | None) -> str:
    """The model that wrote a call, else the one of most responses."""
    response = trajectory.responses.get(call.response_id or "") if call is not None else None
    return (response.model if response is not None else None) or trajectory.model or NOT_RECORDED


def as_json_lines(report: FailureReport) -> Iterator[str]:
    """One line a failure, with the fields of `FailureLine`."""
    for seen in report.seen:
        yield msgspec.json.encode(seen.line).decode()


def iso(timestamp: int | None) -> str | None:
    """A time (ms since 1970) as people write it, in UTC; None where it is none."""
    if timestamp is None:
        return None
    try:
        moment = datetime.fromtimestamp(timestamp / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _name(seen: Seen, dimension: Dimension) -> str:
    if dimension == "tool":
        return seen.line.tool or "–"
    return seen.model if dimension == "model" else seen.line.harness


def _shares(calls: Counter[str], seen: Iterable[tuple[str, Seen]]) -> list[Share]:
    failures: Counter[str] = Counter()
    recovered: Counter[str] = Counter()
    for name, one in seen:
        failures[name] += 1
        recovered[name] += one.line.recovered_by is not None
    found = [
        Share(name=name, calls=calls[name], failures=failures[name], recovered=recovered[name])
        for name in {*calls, *failures}
    ]
    return sorted(found, key=lambda s: (-s.failures, -s.calls, s.name))
