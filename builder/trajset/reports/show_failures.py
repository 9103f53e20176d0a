"""The failure report as people see it on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console

from trajset.reports.cells import (
    ROWS,
    decimal,
    make_console,
    percent,
    print_more,
    print_table,
    ratio,
)
from trajset.reports.failures import FailureReport, Seen, Share, environment_suspect
from trajset.reports.plain_names import handle


def show_failures(report: FailureReport, limit: int, copies: str | None = None) -> None:
    """Print counts by category, harness, tool and model, and where the newest failures are.

    Args:
        limit: how many places are listed.
        copies: what is left out because it counts elsewhere.
    """
    console = make_console()
    _show_totals(console, report)
    if copies is not None:
        console.print(copies, soft_wrap=True)
    counts = Counter(seen.line.category for seen in report.seen)
    repaired = Counter(s.line.category for s in report.seen if s.line.recovered_by is not None)
    rows = [
        (name, f"{count:,}", f"{repaired[name]:,}", "yes" if environment_suspect(name) else "no")
        for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    print_table(console, ("category", "failures", "recovered", "environment suspect"), rows)
    _show_shares(console, "harness", report.shares("harness"))
    _show_shares(console, "tool", report.shares("tool"))
    _show_shares(console, "model", report.shares("model"))
    _show_places(console, report.seen, limit)


def _show_totals(console: Console, report: FailureReport) -> None:
    failed = len(report.of_calls)
    recovered = sum(seen.line.recovered_by is not None for seen in report.of_calls)
    suspects = sum(seen.line.environment_suspect for seen in report.seen)
    console.print(
        f"{report.trajectories:,} trajectories, {report.n_calls:,} tool calls, {failed:,} failed "
        f"({percent(ratio(failed, report.n_calls))}), {recovered:,} of these recovered "
        f"({percent(ratio(recovered, failed))})",
        soft_wrap=True,
    )
    console.print(f"unclosed turns: {len(report.seen) - failed:,}")
    console.print(
        f"environment suspects: {suspects:,} of {len(report.seen):,} "
        f"({percent(report.suspect_share)}); the others are model, tool_schema and command_exit",
        soft_wrap=True,
    )


def _show_shares(console: Console, name: str, shares: Sequence[Share]) -> None:
    failing = [share for share in shares if share.failures]
    rows = [
        (
            s.name,
            f"{s.calls:,}",
            f"{s.failures:,}",
            decimal(ratio(100 * s.failures, s.calls)),
            f"{s.recovered:,}",
        )
        for s in failing[:ROWS]
    ]
    print_table(console, (name, "calls", "failures", "per 100 calls", "recovered"), rows)
    print_more(console, len(failing) - ROWS)


def _show_places(console: Console, seen: Sequence[Seen], limit: int) -> None:
    newest = sorted(seen, key=lambda one: one.line.timestamp or "", reverse=True)[:limit]
    if newest:
        console.print()
    for one in newest:
        line = one.line
        session = handle(line.session_id)
        where = f"trajectory {line.trajectory_id}" if session == "–" else f"session {session}"
        console.print(
            f"{line.timestamp or '–'}  {line.category}: {line.kind}",
            f" {handle(line.harness)} {where} line {line.line or '–'} call {handle(line.call_id)}",
            markup=False,
            soft_wrap=True,
        )
    print_more(console, len(seen) - len(newest), "; --limit shows more, --json all")
