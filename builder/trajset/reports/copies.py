"""What was read against what counts: copies of calls that count elsewhere are told, not hidden."""

from __future__ import annotations

from trajset.reports.failures import FailureReport
from trajset.reports.measures import Measures
from trajset.stats import Stats


def copies_in_failures(read: Stats, report: FailureReport) -> str | None:
    """A sentence on what a failure report leaves out as copies; None where that is nothing."""
    return _told(read, report.trajectories, report.n_calls, len(report.seen))


def copies_in_statistics(read: Stats, measures: Measures) -> str | None:
    """The same for the statistics; their failures are those of calls, as their rates are."""
    calls = measures.tools.total()
    return _told(read, len(measures.trajectories), calls, None)


def _told(read: Stats, trajectories: int, calls: int, failures: int | None) -> str | None:
    pairs = [
        (read.trajectories, trajectories, "trajectories"),
        (read.calls, calls, "calls"),
    ]
    if failures is not None:
        pairs.append((sum(read.failures.values()), failures, "failures"))
    if all(whole == counted for whole, counted, _ in pairs):
        return None
    parts = [f"{whole - counted:,} of {whole:,} {name}" for whole, counted, name in pairs]
    return f"counted once; left out as copies of what is counted: {', '.join(parts)}"
