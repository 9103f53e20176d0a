"""A failure report for strangers: Markdown with categories, counts and times, and no log text.

All that is written comes out of fixed lists (`plain_names`), is a number, a time or our own digest.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from trajset import __version__
from trajset.reports.failures import FailureReport, Seen, Share, environment_suspect
from trajset.reports.plain_names import (
    plain_harness,
    plain_kind,
    plain_model,
    plain_trajectory,
)

_MOST = 500
"""Failures listed one by one; the counts are over all."""


def write_bug_report(report: FailureReport, file: Path) -> None:
    """Write the report, readable by its owner only.

    Raises:
        OSError: the file cannot be written.
    """
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        opened.write(bug_report(report))


def bug_report(report: FailureReport) -> str:
    """The report as Markdown."""
    share = report.suspect_share
    recovered = sum(seen.line.recovered_by is not None for seen in report.of_calls)
    parts = [
        "# Failure report",
        f"trajset {__version__}. Categories, counts and times only: no prompt, output, path or "
        "other text of a session stands here. Names that are not commonly known are told as "
        "`other …`.",
        _table(
            ("", "count"),
            [
                ("trajectories", report.trajectories),
                ("tool calls", report.n_calls),
                ("failures of calls", len(report.of_calls)),
                ("of these recovered", recovered),
                ("unclosed turns", len(report.seen) - len(report.of_calls)),
                ("environment suspects", "–" if share is None else f"{share:.0%}"),
            ],
        ),
        "## Categories",
        _table(("category", "failures", "recovered", "environment suspect"), _categories(report)),
        "## Kinds",
        _table(("category", "kind", "how known", "failures"), _kinds(report)),
        "## Harnesses",
        _shares(_renamed(report.shares("harness"), plain_harness), "harness"),
        "## Tools",
        _shares(report.plain_shares(), "tool"),
        "## Models",
        _shares(_renamed(report.shares("model"), plain_model), "model"),
        "## Failures",
        _places(report.seen),
    ]
    return "\n\n".join(parts) + "\n"


def _categories(report: FailureReport) -> list[tuple[object, ...]]:
    failures = Counter(seen.line.category for seen in report.seen)
    recovered = Counter(s.line.category for s in report.seen if s.line.recovered_by is not None)
    return [
        (category, count, recovered[category], "yes" if environment_suspect(category) else "no")
        for category, count in sorted(failures.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def _kinds(report: FailureReport) -> list[tuple[object, ...]]:
    counts = Counter(
        (seen.line.category, plain_kind(seen.line.kind), seen.line.status_source)
        for seen in report.seen
    )
    return [(*names, count) for names, count in sorted(counts.items(), key=lambda p: (-p[1], p[0]))]


def _renamed(shares: Iterable[Share], plain: Callable[[str], str]) -> list[Share]:
    """Shares by plain names; those that become one name are added up."""
    added: dict[str, Share] = {}
    for share in shares:
        name = plain(share.name)
        before = added.get(name, Share(name=name, calls=0, failures=0, recovered=0))
        added[name] = Share(
            name=name,
            calls=before.calls + share.calls,
            failures=before.failures + share.failures,
            recovered=before.recovered + share.recovered,
        )
    return sorted(added.values(), key=lambda s: (-s.failures, -s.calls, s.name))


def _places(seen: Sequence[Seen]) -> str:
    rows = [
        (
            one.line.timestamp or "–",
            plain_harness(one.line.harness),
            plain_trajectory(one.line.trajectory_id),
            one.line.line or "–",
            one.plain_tool,
            one.line.category,
            plain_kind(one.line.kind),
            "yes" if one.line.recovered_by is not None else "no",
        )
        for one in seen[-_MOST:]
    ]
    head = ("time", "harness", "trajectory", "line", "tool", "category", "kind", "recovered")
    left = len(seen) - len(rows)
    note = f"The last {len(rows)} of {len(seen)}.\n\n" if left else ""
    return note + _table(head, rows)


def _shares(shares: Sequence[Share], name: str) -> str:
    rows = [(s.name, s.calls, s.failures, s.recovered) for s in shares]
    return _table((name, "calls", "failures", "recovered"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)
