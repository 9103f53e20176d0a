"""What people see on the terminal: progress, the summary of a build, the list of stores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from trajset.pipeline import Built
from trajset.plan import SPLITS
from trajset.sources.discover import discover
from trajset.sources.stores import existing
from trajset.sources.unit import Source


class Bar:
    """Progress on standard error: a bar on a terminal, else one plain line a phase."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar: Progress | None = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Bar:
        if self._console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description:<10}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=self._console,
            )
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, phase: str, done: int, total: int) -> None:
        """Take note of progress."""
        if self._bar is not None:
            if phase not in self._tasks:
                self._tasks[phase] = self._bar.add_task(phase, total=total)
            self._bar.update(self._tasks[phase], completed=done)
        elif done == total:
            self._console.print(f"{phase}: {done} of {total}", highlight=False)


def summary(built: Built, out: Path) -> None:
    """Print what a build read, repaired, skipped, dropped, redacted and wrote."""
    console = Console(highlight=False)
    manifest = built.manifest
    table = _table("", "logs", "records", "trajectories", "tool calls", "failures", "recovered")
    for name, harness in sorted(manifest.harnesses.items()):
        stats = harness.stats
        table.add_row(
            name,
            *_numbers(
                harness.units,
                harness.records.read,
                stats.trajectories,
                stats.calls,
                sum(stats.failures.values()),
                sum(stats.recovered.values()),
            ),
        )
    console.print("\n[bold]Read[/bold]")
    console.print(table)
    read = manifest.harnesses.values()
    _line(console, "repaired", _sum(h.records.repaired for h in read))
    _line(console, "skipped records", _sum(h.records.skipped for h in read))
    _line(console, "unknown record types", _sum(h.records.unknown for h in read))
    _line(console, "left out by the recipe", _sum(h.stats.left_out for h in read))
    _line(console, "trajectories dropped", manifest.plan["dropped"])
    _near(console, manifest.plan["near"])
    if unmatched := manifest.plan["excluded_unmatched"]:
        console.print(f"[yellow]plan.exclude:[/yellow] {unmatched} ids that no trajectory has")
    _line(console, "redacted", manifest.findings.by_kind())
    if manifest.unclaimed:
        count = sum(manifest.unclaimed.values())
        _line(console, f"{count} files that no source knows", manifest.unclaimed)
    if manifest.too_large:
        console.print(f"{manifest.too_large} logs are over read.max_mb and were left out")
    for error in built.errors[:20]:
        console.print(f"[yellow]not read[/yellow] {escape(error)}", soft_wrap=True)
    if len(built.errors) > 20:
        console.print(f"… and {len(built.errors) - 20} more logs that could not be read")
    console.print("\n[bold]Written[/bold]")
    table = _table("config", *SPLITS, "tokens", "left out")
    for name, config in manifest.configs.items():
        left = ", ".join(f"{n:,} {why}" for why, n in sorted(config["dropped"].items()))
        table.add_row(
            name,
            *_numbers(*(config["rows"].get(split, 0) for split in SPLITS)),
            *_numbers(sum(config["tokens"].values())),
            left,
        )
    console.print(table)
    if manifest.plan["single_split"]:
        console.print(
            f"Fewer than 3 groups by {manifest.plan['group_by']}: everything is in train."
        )
    tilted = [
        name
        for name, config in manifest.configs.items()
        if max(config["rows"].values(), default=0) > config["rows"].get("train", 0)
    ]
    if tilted and not manifest.plan["single_split"]:
        console.print(
            f"Fewer rows in train than in another split: {', '.join(tilted)}. A group (a session "
            "with its forks and agents) is never divided, and few groups or a long one tilt the "
            "shares; another plan.seed or more sessions even them out."
        )
    empty = [name for name, config in manifest.configs.items() if not config["rows"]]
    if empty:
        console.print(f"No rows, so not in README.md: {', '.join(empty)}")
    if built.unmade:
        console.print(f"[dim]not made:[/dim] tokenized: {escape(built.unmade)}", soft_wrap=True)
    if built.cached:
        console.print(f"{built.cached} logs were unchanged and came from the cache.")
    console.print(f'\nload_dataset("{_loadable(out)}", "{_first(manifest.configs)}")')


def stores_table(sources: Sequence[Source]) -> None:
    """Print the stores on this machine."""
    console = Console(highlight=False)
    table = _table("harness", "place", "sessions", "MB")
    rows = 0
    for source in sources:
        for place in existing(source):
            units = discover([place], [source]).units
            size = sum(unit.size for unit in units) / 1e6
            table.add_row(source.TITLE, place, f"{len(units):,}", f"{size:,.1f}")
            rows += 1
    if rows:
        console.print(table)
    else:
        console.print("No store of a known harness is on this machine.")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, column in enumerate(columns):
        textual = number == 0 or column in ("left out", "place")
        table.add_column(column, justify="left" if textual else "right", overflow="fold")
    return table


def _numbers(*values: int) -> list[str]:
    return [f"{value:,}" for value in values]


def _sum(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for name, count in part.items():
            total[name] = total.get(name, 0) + count
    return total


def _line(console: Console, title: str, counts: Mapping[str, int]) -> None:
    if counts:
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        text = ", ".join(f"{count:,} {name}" for name, count in ordered)
        console.print(f"[dim]{title}:[/dim] {escape(text)}", soft_wrap=True)


def _near(console: Console, near: Mapping[str, Any]) -> None:
    if not near["proposed"]:
        return
    text = (
        f"{near['proposed']:,} proposed, {near['verified']:,} verified, {near['dropped']:,} dropped"
    )
    if near["crowded"]:
        text += f"; {near['crowded']:,} trajectories have more likenesses than are compared"
    if near["examples"]:
        dropped, kept, similarity = near["examples"][0]
        text += f"; e.g. {dropped} is {similarity:.0%} like {kept}"
    console.print(f"[dim]near duplicates (pairs):[/dim] {text}", soft_wrap=True)


def _first(configs: Mapping[str, Any]) -> str:
    filled = [name for name, config in configs.items() if config["rows"]]
    return "error_recovery" if "error_recovery" in filled else next(iter(filled), "chat")


def _loadable(out: Path) -> str:
    text = out.as_posix()
    return text if out.is_absolute() or text.startswith(".") else f"./{text}"
