"""A check on the terminal: what was found, and rows with what is learnt in colour."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from trajset.check.table import COLUMNS, LEGEND, lines
from trajset.check.verdict import Checked, Shown
from trajset.fit.labels import IGNORED

_LONG = 600
"""Characters of a stretch that are shown."""


def show(checked: Checked, tokenizer: Any) -> None:
    """Print a check."""
    console = Console(highlight=False)
    own = "its own template"
    if checked.template is None:
        template = "none with {% generation %} marks"
    else:
        template = f"TRL's {checked.template}" if checked.swapped else own
    console.print(f"tokenizer: {escape(checked.tokenizer)}", soft_wrap=True)
    console.print(f"template for training: {escape(template)}", soft_wrap=True)
    console.print(f"max_length: {checked.max_length:,}\n")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, name in enumerate(("config", "rows", "tokens", "learnt", "share", "wrong")):
        table.add_column(name, justify="left" if number == 0 else "right")
    for config, verdict in checked.configs.items():
        share = "" if verdict.share is None else f"{verdict.share:.1%}"
        wrong = {row for ids in verdict.found.values() for row in ids}
        numbers = (verdict.rows, verdict.tokens, verdict.learnt)
        table.add_row(config, *(f"{n:,}" for n in numbers), share, f"{len(wrong):,}")
    console.print(table)
    for row in checked.shown:
        console.print(f"\n[bold]{row.id}[/bold] [dim](learnt in green)[/dim]")
        console.print(coloured(row, tokenizer), soft_wrap=True)
    console.print()
    for remark in checked.remarks():
        console.print(f"[yellow]note[/yellow] {escape(remark)}", soft_wrap=True)
    problems = checked.problems()
    for problem in problems:
        console.print(f"[red]wrong[/red] {escape(problem)}", soft_wrap=True)
    if not problems:
        console.print("[green]right[/green] Nothing was found that makes training go wrong.")


def coloured(row: Shown, tokenizer: Any) -> Text:
    """The row's text, what is learnt in green; long stretches are shortened."""
    text = Text()
    at = 0
    while at < len(row.ids):
        learnt = row.labels[at] != IGNORED
        stop = at
        while stop < len(row.ids) and (row.labels[stop] != IGNORED) == learnt:
            stop += 1
        part = tokenizer.decode(row.ids[at:stop])
        if len(part) > _LONG:
            left_out = len(part) - _LONG
            part = f"{part[: _LONG // 3]}[… {left_out:,} characters …]{part[-2 * _LONG // 3 :]}"
        text.append(part, style="bold green" if learnt else "dim")
        at = stop
    return text


def show_templates() -> bool:
    """Print the table of templates; whether there are any."""
    found = lines()
    if not found:
        return False
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("template", *COLUMNS):
        table.add_column(name)
    for line in found:
        table.add_row(line.name, *line.signs)
    console.print(table)
    console.print(f"\n{LEGEND}")
    return True
