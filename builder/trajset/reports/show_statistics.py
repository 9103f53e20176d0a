"""The statistics as people see them on the terminal: the first rows of each table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from trajset.reports.cells import (
    ROWS,
    arrows,
    decimal,
    make_console,
    percent,
    print_more,
    print_table,
)
from trajset.reports.plain_names import handle
from trajset.reports.statistics import Tables

Row = Mapping[Any, Any]

_STRATEGIES = 3
"""Shown for each sort of failure."""


def show_statistics(tables: Tables, copies: str | None = None) -> None:
    """Print the tables of `statistics.tables`; `copies` says what counts elsewhere."""
    console = make_console()
    rows = {name: tables[name].to_dict("records") for name in tables if name != "trajectories"}
    _show_groups(console, rows["groups"])
    if copies is not None:
        console.print(copies, style="dim", soft_wrap=True)
    print_table(
        console,
        ("tool", "calls", "failures", "per 100 calls", "recovered"),
        [
            (
                row["tool"],
                f"{row['calls']:,}",
                f"{row['failures']:,}",
                decimal(row["failures_per_100_calls"]),
                percent(row["recovery_rate"]),
            )
            for row in rows["tools"][:ROWS]
        ],
    )
    print_table(
        console,
        ("tools in sequence", "times"),
        [(arrows(row["tools"]), f"{row['count']:,}") for row in rows["sequences"][:ROWS]],
    )
    print_table(
        console,
        ("recovered best", "session", "outcome", "failures", "recovered", "steps"),
        [
            (
                row["trajectory_id"],
                handle(row["session_id"]),
                row["outcome"],
                str(row["failures"]),
                str(row["recovered"]),
                decimal(row["median_steps_to_recovery"]),
            )
            for row in rows["best_recoveries"][:ROWS]
        ],
    )
    print_table(
        console,
        ("failure mode", "tool", "times", "recovered", "for example"),
        [
            (
                f"{row['category']}: {row['kind']}",
                row["tool"],
                f"{row['failures']:,}",
                percent(row["recovery_rate"]),
                row["examples"][0],
            )
            for row in rows["failure_modes"][:ROWS]
        ],
    )
    _show_repairs(console, rows["repairs"])


_GROUP_HEAD = (
    *("runs", "success", "fail", "fixed", "steps"),
    *("calls", "tools", "minutes", "files", "tokens"),
)
_LEGEND = (
    "runs: trajectories; success: of those whose outcome is known; fail: failures per 100 calls; "
    "fixed: failures recovered; steps: median to a recovery; the others: means a run"
)


def _show_groups(console: Console, rows: Sequence[Row]) -> None:
    for by in dict.fromkeys(row["by"] for row in rows):
        own = [row for row in rows if row["by"] == by]
        shown = own[-ROWS:] if by == "week" else own[:ROWS]
        print_table(console, ("" if by == "all" else by, *_GROUP_HEAD), map(_group, shown))
        print_more(console, len(own) - len(shown))
    console.print(_LEGEND, style="dim")


def _group(row: Row) -> tuple[str, ...]:
    return (
        row["value"],
        f"{row['trajectories']:,}",
        percent(row["success_rate"]),
        decimal(row["failures_per_100_calls"]),
        percent(row["recovery_rate"]),
        decimal(row["median_steps_to_recovery"]),
        decimal(row["mean_calls"]),
        decimal(row["mean_tools"]),
        decimal(row["mean_minutes"]),
        decimal(row["mean_files_modified"]),
        decimal(row["mean_tokens"], 0),
    )


def _show_repairs(console: Console, repairs: Sequence[Row]) -> None:
    """The commonest strategies of the commonest sorts of failure."""
    shown: Counter[tuple[str, str]] = Counter()
    rows = []
    for row in repairs:
        sort = (row["category"], row["tool"])
        shown[sort] += 1
        if len(shown) <= ROWS and shown[sort] <= _STRATEGIES:
            rows.append(
                (
                    f"{row['category']}, {row['tool']}" if shown[sort] == 1 else "",
                    arrows(row["steps"]),
                    f"{row['succeeded']} of {row['tried']}",
                    row["examples"][0],
                )
            )
    print_table(console, ("failure", "repaired by", "succeeded", "for example"), rows)
