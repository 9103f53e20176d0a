"""An export from beginning to end: what to render, the map, and the parts put together in order."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

from msgspec import Struct, field

from trajset.cache import cache_folder, private_folder
from trajset.corpus import BuildError, Corpus, Progress
from trajset.engine import Lost, make_engine
from trajset.exports import format_named, row_format_named
from trajset.exports.parts import Batch, Job, Part, Shard, Tree, Wanted, write_part, write_rows
from trajset.folder import read_manifest
from trajset.recipe import Recipe
from trajset.render import Kept
from trajset.stats import increase

Item = TypeVar("Item")

_FEW_STEPS = 20_000
"""Rendered here: worker processes would take longer to start."""
_BATCH_STEPS = 2_000


class Exported(Struct, kw_only=True):
    """What was written and what was not, under reasons."""

    lines: int = 0
    given: int = 0
    """Trajectories (or rows) that gave a line."""
    drops: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)


@contextmanager
def output(place: str) -> Iterator[BinaryIO]:
    """Where lines go: standard output for `-`, else a file that is there whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    if place == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(place)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def export_sessions(
    corpus: Corpus,
    wanted: Wanted,
    recipe: Recipe,
    out: BinaryIO,
    *,
    jobs: int = 1,
    progress: Progress = lambda phase, done, total: None,
) -> Exported:
    """Write the kept trajectories of a corpus, by start and id.

    Raises:
        BuildError: a worker was killed each time it tried a batch.
        DoesNotFit: something is over the budget, and the recipe says `over: error`.
        OSError: a part or `out` cannot be written.
    """
    exported = Exported()
    steps, agents = _sizes(corpus)
    kept = []
    for one in corpus.kept:
        if wanted.split is not None and one.decision.split != wanted.split:
            increase(exported.drops, "another_split")
        elif _passed_over(wanted) and (one.fragment, one.ordinal) in agents:
            increase(exported.drops, "subagent")
        else:
            kept.append(one)
    trees = _trees(kept) if _trait(wanted, "EMBEDS") else [Tree(kept=one) for one in kept]
    batches = _batches(trees, steps)
    few = sum(steps[one.fragment, one.ordinal] for one in kept) < _FEW_STEPS

    def work(folder: str) -> Callable[[Batch], Part]:
        return partial(write_part, Job(wanted=wanted, recipe=recipe, folder=folder))

    _run(work, batches, out, exported, 1 if few else jobs, progress)
    return exported


def export_dataset(
    folder: Path,
    wanted: Wanted,
    out: BinaryIO,
    *,
    jobs: int = 1,
    progress: Progress = lambda phase, done, total: None,
) -> Exported:
    """Write what the rows of a built dataset give, in one of `ROW_FORMATS`.

    Raises:
        BuildError: there is no dataset, it has no such config, or a worker was killed.
        FolderError: the folder's README.md is not ours.
        OSError: a part or `out` cannot be written.
    """
    chosen = row_format_named(wanted.format)
    assert chosen is not None, wanted.format
    manifest = read_manifest(folder)
    if manifest is None:
        raise BuildError(f"{folder}: expected a dataset, found none; `trajset build` makes one")
    files = [
        shard.file
        for shard in manifest.shards
        if shard.config == chosen.CONFIG and wanted.split in (None, shard.split)
    ]
    if not files:
        raise BuildError(
            f"{folder}: expected rows of {chosen.CONFIG}, found none"
            + (f" in the split {wanted.split}" if wanted.split else "")
        )
    shards = [Shard(number=n, path=str(folder / file)) for n, file in enumerate(files)]
    exported = Exported()

    def work(parts: str) -> Callable[[Shard], Part]:
        return partial(write_rows, Job(wanted=wanted, recipe=Recipe(), folder=parts))

    _run(work, shards, out, exported, jobs if len(shards) > 8 else 1, progress)
    return exported


def _run(
    work: Callable[[str], Callable[[Item], Part]],
    items: Sequence[Item],
    out: BinaryIO,
    exported: Exported,
    jobs: int,
    progress: Progress,
) -> None:
    """Map over the items, and append each part to `out` as soon as those before it are there."""
    engine = make_engine(jobs)
    waiting: dict[int, Part] = {}
    done = 0
    base = private_folder(private_folder(cache_folder()) / "exports")
    with tempfile.TemporaryDirectory(dir=base) as folder:
        try:
            for index, part in engine.map(work(folder), items):
                if isinstance(part, Lost):
                    raise BuildError(
                        f"export: its worker was killed each time (exit code {part.exit_code}); "
                        "it may need more memory than there is; try --jobs 1"
                    )
                waiting[index] = part
                while done in waiting:
                    _append(waiting.pop(done), out, exported)
                    done += 1
                    progress("exporting", done, len(items))
        finally:
            engine.close()


def _append(part: Part, out: BinaryIO, exported: Exported) -> None:
    with Path(part.path).open("rb") as file:
        shutil.copyfileobj(file, out, 1 << 20)
    Path(part.path).unlink()
    exported.lines += part.lines
    exported.given += part.given
    for mine, theirs in ((exported.drops, part.drops), (exported.notes, part.notes)):
        for name, count in theirs.items():
            increase(mine, name, count)


def _trait(wanted: Wanted, name: str) -> bool:
    return bool(getattr(format_named(wanted.format), name, False))


def _passed_over(wanted: Wanted) -> bool:
    return _trait(wanted, "MAIN_ONLY") and not wanted.subagents


def _sizes(corpus: Corpus) -> tuple[dict[tuple[str, int], int], set[tuple[str, int]]]:
    """Number of steps by (fragment, ordinal), and those that are sub-agents."""
    steps: dict[tuple[str, int], int] = {}
    agents: set[tuple[str, int]] = set()
    for place, keys in zip(corpus.where, corpus.keys, strict=True):
        steps[place] = keys.n_steps
        if keys.agent is not None:
            agents.add(place)
    return steps, agents


def _trees(kept: Sequence[Kept]) -> list[Tree]:
    """Each trajectory whose parent is not among them, with all below it; in their order."""
    below: dict[str, list[Kept]] = {}
    ids = {one.decision.id for one in kept}
    roots = []
    for one in kept:
        if one.decision.parent_id in ids and one.decision.parent_id != one.decision.id:
            below.setdefault(str(one.decision.parent_id), []).append(one)
        else:
            roots.append(one)

    def grow(one: Kept) -> Tree:
        agents = below.pop(one.decision.id, [])
        return Tree(kept=one, agents=tuple(grow(agent) for agent in agents))

    return [grow(one) for one in roots]


def _batches(trees: Sequence[Tree], steps: dict[tuple[str, int], int]) -> list[Batch]:
    """Trees of about so many steps together; a longer one stands alone."""
    batches: list[Batch] = []
    waiting: list[Tree] = []
    size = 0
    for tree in trees:
        waiting.append(tree)
        size += _size(tree, steps)
        if size >= _BATCH_STEPS:
            batches.append(Batch(number=len(batches), trees=tuple(waiting)))
            waiting, size = [], 0
    if waiting:
        batches.append(Batch(number=len(batches), trees=tuple(waiting)))
    return batches


def _size(tree: Tree, steps: dict[tuple[str, int], int]) -> int:
    own = steps[tree.kept.fragment, tree.kept.ordinal]
    return own + sum(_size(agent, steps) for agent in tree.agents)
