"""The map of an export: a batch of trajectories, or a shard of a dataset, becomes a part file.

Workers render and encode; the parent only puts the parts together (`exporting.py`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from trajset.exports import format_named, row_format_named
from trajset.exports.format import Case, Line, RowFormat
from trajset.exports.uncounted import Uncounted
from trajset.fit.counter import Counter, make_counter
from trajset.fit.section import Fit
from trajset.fragment import open_fragment
from trajset.recipe import Recipe
from trajset.render import Kept, branches_of, catalog_of
from trajset.trajectory import Trajectory
from trajset.views.section import Views
from trajset.views.view import Context, Place


class Wanted(Struct, frozen=True, kw_only=True):
    """What an export is asked for."""

    format: str
    metadata: bool = False
    recovered: bool = False
    """Only trajectories with a span of error recovery."""
    subagents: bool = False
    """Also sub-agents, where the format passes over them by default."""
    split: str | None = None


class Tree(Struct, frozen=True, kw_only=True):
    """A trajectory and, for formats that embed them, its sub-agents."""

    kept: Kept
    agents: tuple[Tree, ...] = ()


class Batch(Struct, frozen=True, kw_only=True):
    """Trajectories of one part, in order."""

    number: int
    trees: tuple[Tree, ...]


class Job(Struct, frozen=True, kw_only=True):
    """What the map needs beside the batch."""

    wanted: Wanted
    recipe: Recipe
    folder: str
    """Of the part files."""


class Part(Struct, kw_only=True):
    """A part file, and what was counted while it was made."""

    path: str
    lines: int = 0
    given: int = 0
    """Trajectories (or rows) that gave a line."""
    drops: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)


def write_part(job: Job, batch: Batch) -> Part:
    """Write the lines of a batch; one trajectory (with its agents, if embedded) is in memory."""
    part = Part(path=str(Path(job.folder) / f"{batch.number:08d}"))
    chosen = format_named(job.wanted.format)
    assert chosen is not None, job.wanted.format
    counter: Counter = Uncounted()
    if getattr(chosen, "FITS", False):
        counter = _counter(job.recipe.fit.tokenizer)
    with _private(part.path) as file:
        for tree in batch.trees:
            trajectory, case = _case(tree, job, part, counter)
            if job.wanted.recovered and not _recovered(trajectory, case):
                case.context.drop("no_error_recovery")
                continue
            _write(file, chosen.render(trajectory, case), part)
    return part


def _case(tree: Tree, job: Job, part: Part, counter: Counter) -> tuple[Trajectory, Case]:
    kept, decision = tree.kept, tree.kept.decision
    trajectory = open_fragment(kept.fragment).trajectory(kept.ordinal)
    context = Context(
        section=job.recipe.views,
        fit=job.recipe.fit,
        counter=counter,
        catalog=catalog_of(trajectory.harness),
        branches=() if isinstance(counter, Uncounted) else branches_of(kept, trajectory),
        place=f"trajectory {decision.id}",
        drops=part.drops,
        notes=part.notes,
    )
    return trajectory, Case(
        place=Place(id=decision.id, copied=decision.copied, parent_id=decision.parent_id),
        context=context,
        metadata=job.wanted.metadata,
        parent_call_id=decision.parent_call_id,
        agents=tuple(_case(agent, job, part, counter) for agent in tree.agents),
    )


def _recovered(trajectory: Trajectory, case: Case) -> bool:
    return bool(trajectory.recoveries) or any(_recovered(*agent) for agent in case.agents)


class Shard(Struct, frozen=True, kw_only=True):
    """One shard of a dataset, and the number of its part."""

    number: int
    path: str


def write_rows(job: Job, shard: Shard) -> Part:
    """Write the lines of a shard's rows."""
    import pyarrow.parquet as pq

    part = Part(path=str(Path(job.folder) / f"{shard.number:08d}"))
    chosen = row_format_named(job.wanted.format)
    assert chosen is not None, job.wanted.format
    context = Context(
        section=Views(), fit=Fit(), counter=Uncounted(), drops=part.drops, notes=part.notes
    )
    with _private(part.path) as file, pq.ParquetFile(shard.path) as opened:
        for batch in opened.iter_batches(batch_size=20):
            for stored in batch.to_pylist():
                row = {name: _decoded(name, value) for name, value in stored.items()}
                if (reason := _unusable(row, chosen, job.wanted)) is not None:
                    context.drop(reason)
                else:
                    _write(file, chosen.render_row(row, context), part)
    return part


_JSON_COLUMNS = frozenset(
    {"messages", "prompt", "chosen", "rejected", "tools", "trajectory", "failures"}
)


def _decoded(name: str, value: Any) -> Any:
    return [msgspec.json.decode(text) for text in value] if name in _JSON_COLUMNS else value


def _unusable(row: dict[str, Any], chosen: RowFormat, wanted: Wanted) -> str | None:
    """Why a row gives no line, or None."""
    if chosen.WHOLE and row["n_windows"] > 1:
        return "window_of_a_longer_trajectory"
    if wanted.recovered and not row.get("has_error_recovery"):
        return "no_error_recovery"
    return None


_encoder = msgspec.json.Encoder()


def _write(file: Any, lines: Iterable[Line], part: Part) -> None:
    count = 0
    for line in lines:
        file.write(_encoder.encode(line))
        file.write(b"\n")
        count += 1
    part.lines += count
    part.given += count > 0


def _private(path: str) -> Any:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return os.fdopen(handle, "wb", buffering=1 << 20)


@lru_cache(maxsize=2)
def _counter(tokenizer: str) -> Counter:
    return make_counter(tokenizer)
