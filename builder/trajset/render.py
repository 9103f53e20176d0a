"""Map 2: the kept trajectories of one fragment become rows. Render, fit, lint."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from trajset.cache import code_digest, private_folder
from trajset.cache_use import used
from trajset.fit.counter import Counter, make_counter
from trajset.fragment import open_fragment
from trajset.lint import inspect
from trajset.made import Made, merge
from trajset.plan import Decision
from trajset.recipe import Recipe
from trajset.rowfile import RowFile, RowFileError, RowFileWriter, RowHeader, Rows
from trajset.sources import SOURCES
from trajset.stats import Stats, stats_of
from trajset.trajectory import Trajectory, answers
from trajset.views import VIEWS, tokenized
from trajset.views.toolbox import name_of
from trajset.views.view import Context, Once, Place, Row, View

_CODE = (
    "views",
    "fit",
    "sources",  # their catalogues of tools
    "trajectory.py",
    "lint.py",
    "made.py",
    "render.py",
    "rowfile.py",
    "shards.py",
    "stats.py",
)


class Kept(Struct, frozen=True, kw_only=True):
    """A trajectory to render: where it lies, and what the plan decided."""

    fragment: str
    ordinal: int
    decision: Decision
    withheld: tuple[int, ...] = ()
    """Trajectories of the fragment that share text with a benchmark: no branch to learn from."""


class Rendering(Struct, frozen=True, kw_only=True):
    """What map 2 needs beside the trajectories; the same for all of a build."""

    recipe: Recipe
    counter: str
    """Digest of the counter."""
    views: tuple[str, ...]
    """Names of the configs to make."""
    folder: str
    """Of the row files."""


class Rendered(Struct, kw_only=True):
    """The rows of a fragment: their file, and numbers by config."""

    fragment: str
    file: str
    made: dict[str, Made] = field(default_factory=dict)
    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    """Config with a limit (`plan.max_rows`) -> rows by trajectory id."""
    kept: dict[str, Stats] = field(default_factory=dict)
    """Numbers of the trajectories by harness, without what other trajectories own."""
    cached: bool = False


class OverBudget(RuntimeError):
    """A view made a row over the budget: a mistake in trajset, never written to disk."""


def wanted_views(recipe: Recipe, counter: Counter) -> list[View]:
    """The views that a recipe names and that can be made, in the registry's order."""
    wanted = [view for view in VIEWS if view.NAME in recipe.views.configs]
    return [view for view in wanted if view is not tokenized or tokenized.needs(counter) is None]


def rows_of(
    view: View,
    trajectory: Trajectory,
    kept: Kept,
    recipe: Recipe,
    counter: Counter,
    made: Made,
    once: Once | None = None,
) -> list[Row]:
    """The rows of one view for one trajectory; counts what was made and dropped into `made`.

    All views of the trajectory may be given the same `once`.
    """
    decision = kept.decision
    context = Context(
        section=recipe.views,
        fit=recipe.fit,
        counter=counter,
        catalog=catalog_of(trajectory.harness),
        branches=branches_of(kept, trajectory) if view.NAME == "preference" else (),
        place=f"trajectory {decision.id}, config {view.NAME}",
        drops=made.drops,
        notes=made.notes,
        once=once or Once(),
    )
    place = Place(id=decision.id, copied=decision.copied, parent_id=decision.parent_id)
    rows = list(view.render(trajectory, place, context))
    answered = answers(trajectory.steps)
    for row in rows:
        if row["n_tokens"] > recipe.fit.max_tokens:
            raise OverBudget(
                f"row {row['id']}: expected at most {recipe.fit.max_tokens} tokens, "
                f"found {row['n_tokens']}"
            )
        inspect(made.seen, view.NAME, row, answered, counter)
        made.count(row)
    made.head = context.smallest_head
    return rows


def render(job: Rendering, kept: tuple[Kept, ...]) -> Rendered:
    """Make the rows of one fragment's kept trajectories, or find them in the cache.

    Raises:
        DoesNotFit: something is over the budget, and the recipe says `over: error`.
        OSError: the rows cannot be written (a full disk).
    """
    key = _cache_key(job, kept)
    path = private_folder(Path(job.folder) / key[:2]) / key
    try:
        header, cached = RowFile(path, key).header, True
        used(path)
    except (FileNotFoundError, RowFileError):
        header, cached = _make(job, kept, path, key), False
    return _rendered(job, kept, path, header, cached)


def rendered_before(job: Rendering, kept: tuple[Kept, ...]) -> Rendered | None:
    """What `render` finds in the cache; None where it has to make it."""
    key = _cache_key(job, kept)
    path = Path(job.folder) / key[:2] / key
    try:
        header = RowFile(path, key).header
        used(path)
    except (FileNotFoundError, RowFileError):
        return None
    return _rendered(job, kept, path, header, cached=True)


def _rendered(
    job: Rendering, kept: tuple[Kept, ...], path: Path, header: RowHeader, cached: bool
) -> Rendered:
    rendered = Rendered(fragment=kept[0].fragment, file=str(path), cached=cached)
    for rows in header.trajectories:
        merge(rendered.made, rows.made)
        rendered.kept.setdefault(rows.harness, Stats()).add(rows.stats)
        for config, blobs in rows.blobs.items():
            if config in job.recipe.plan.max_rows:
                count = sum(blob.rows for blob in blobs)
                rendered.rows.setdefault(config, {})[rows.id] = count
    return rendered


def _cache_key(job: Rendering, kept: tuple[Kept, ...]) -> str:
    """What rows depend on: fragment, decisions, code, recipe.views, recipe.fit and tokenizer."""
    digest = blake2b(digest_size=20)
    recipe = job.recipe
    for part in (
        code_digest(*_CODE),
        job.counter,
        " ".join(job.views),
        msgspec.json.encode((recipe.views, recipe.fit), order="sorted").decode(),
        *(
            f"{Path(k.fragment).name} {k.ordinal} {k.withheld} "
            f"{k.decision.id} {k.decision.copied} {k.decision.parent_id}"
            for k in kept
        ),
    ):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def _make(job: Rendering, kept: tuple[Kept, ...], path: Path, key: str) -> RowHeader:
    counter = _counter(job.recipe.fit.tokenizer)
    views = [view for view in VIEWS if view.NAME in job.views]
    writer = RowFileWriter()
    found = []
    for one in kept:
        trajectory = open_fragment(one.fragment).trajectory(one.ordinal)
        made = {view.NAME: Made() for view in views}
        blobs = {}
        once = Once()
        for view in views:
            rows = rows_of(view, trajectory, one, job.recipe, counter, made[view.NAME], once)
            if rows:
                blobs[view.NAME] = writer.add(rows, view.FEATURES)
        found.append(
            Rows(
                ordinal=one.ordinal,
                id=one.decision.id,
                made=made,
                blobs=blobs,
                harness=trajectory.harness,
                stats=stats_of(trajectory, one.decision.copied),
            )
        )
    return writer.write(path, key, found)


@lru_cache(maxsize=2)
def _counter(tokenizer: str) -> Counter:
    return make_counter(tokenizer)


@lru_cache(maxsize=64)
def catalog_of(harness: str) -> dict[str, dict[str, Any]]:
    """Tool name -> schema, from the source module's catalogue if it keeps one."""
    source = next((s for s in SOURCES if harness == s.NAME), None)
    return {name_of(schema): schema for schema in getattr(source, "TOOLS", ())}


def branches_of(kept: Kept, trajectory: Trajectory) -> tuple[Trajectory, ...]:
    """The abandoned branches of the same session, which its source read from the same unit."""
    if trajectory.branch or trajectory.agent is not None:
        return ()
    fragment = open_fragment(kept.fragment)
    return tuple(
        fragment.trajectory(ordinal)
        for ordinal, entry in enumerate(fragment.header.entries)
        if entry.keys.branch
        and ordinal not in kept.withheld
        and entry.keys.agent is None
        and entry.keys.session_id == trajectory.session_id
    )
