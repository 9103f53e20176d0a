"""Tables and numbers as reports show them. Nothing from a log is taken for markup or controls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

ROWS = 15
"""Rows of a table that people are shown; `--json` and `--csv` give all."""


_WIDTH = 120
"""Where the output is no terminal."""


def make_console() -> Console:
    """Standard output, nothing highlighted."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH)


def print_table(console: Console, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; nothing where it has no rows. Columns of numbers stand right."""
    lines = [[_printable(cell) for cell in row] for row in rows]
    if not lines:
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, name in enumerate(head):
        numeric = number > 0 and all(_is_number(line[number]) for line in lines)
        if numeric:
            table.add_column(name, justify="right", no_wrap=True)
        else:
            table.add_column(name, overflow="fold")
    for line in lines:
        table.add_row(*map(Text, line))
    console.print()
    console.print(table)


def print_more(console: Console, left: int, how: str = "") -> None:
    """Say how many rows were not shown."""
    if left > 0:
        console.print(f"… and {left:,} more{how}", style="dim")


def percent(value: Any) -> str:
    """A share."""
    return "–" if _missing(value) else f"{value:.0%}"


def decimal(value: Any, places: int = 1) -> str:
    """A mean or median."""
    return "–" if _missing(value) else f"{value:,.{places}f}"


def ratio(part: float, whole: float) -> float | None:
    """A quotient; None where there is nothing to divide by."""
    return part / whole if whole else None


def arrows(steps: Sequence[str]) -> str:
    """Steps that follow each other."""
    return " → ".join(steps)


def _printable(cell: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in cell)


def _is_number(cell: str) -> bool:
    return cell == "–" or cell.rstrip("%").replace(",", "").replace(".", "").isdigit()


def _missing(value: Any) -> bool:
    """Whether a cell is empty: None, NaN or pandas' NA."""
    return value is None or str(value) in ("nan", "<NA>")
