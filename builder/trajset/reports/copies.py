"""What was read against what counts: copies of calls that count elsewhere are told, not hidden."""

from __future__ import annotations

from collections.abc import Iterable

from trajset.gather import Gathered
from trajset.reports.failures import FailureReport
from trajset.reports.measures import Measures


def copies_in_failures(gathered: Iterable[Gathered], report: FailureReport) -> str | None:
    """A sentence on what a failure report leaves out as copies; None where that is nothing."""
    return _told(gathered, report.trajectories, report.n_calls, len(report.seen))


def copies_in_statistics(gathered: Iterable[Gathered], measures: Measures) -> str | None:
    """The same for the statistics; their failures are those of calls, as their rates are."""
    calls = measures.tools.total()
    return _told(gathered, len(measures.trajectories), calls, None)


def _told(
    gathered: Iterable[Gathered], trajectories: int, calls: int, failures: int | None
) -> str | None:
    stats = [result.stats for result in gathered]
    read = [
        (sum(s.trajectories for s in stats), trajectories, "trajectories"),
        (sum(s.calls for s in stats), calls, "calls"),
    ]
    if failures is not None:
        read.append((sum(sum(s.failures.values()) for s in stats), failures, "failures"))
    if all(whole == counted for whole, counted, _ in read):
        return None
    parts = [f"{whole - counted:,} of {whole:,} {name}" for whole, counted, name in read]
    return f"counted once; left out as copies of what is counted: {', '.join(parts)}"
