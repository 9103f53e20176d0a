"""Map 2: the kept trajectories of one bucket become shards. Render, fit, write."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from trajset.fit.counter import Counter, make_counter
from trajset.fragment import open_fragment
from trajset.lint import Seen, inspect
from trajset.plan import Decision
from trajset.recipe import Recipe
from trajset.shards import Shard, ShardWriter
from trajset.sources import SOURCES
from trajset.stats import increase
from trajset.trajectory import Trajectory, answers
from trajset.views import VIEWS, tokenized
from trajset.views.toolbox import name_of
from trajset.views.view import Context, Place, Row, View


class Kept(Struct, frozen=True, kw_only=True):
    """A trajectory to render: where it lies, and what the plan decided."""

    fragment: str
    ordinal: int
    decision: Decision
    withheld: tuple[int, ...] = ()
    """Trajectories of the fragment that share text with a benchmark: no branch to learn from."""


class Bucket(Struct, frozen=True, kw_only=True):
    """The kept trajectories of one bucket, in the order of their rows."""

    number: int
    kept: tuple[Kept, ...]


class Rendering(Struct, frozen=True, kw_only=True):
    """What map 2 needs beside the bucket; the same for all buckets of a build."""

    recipe: Recipe
    folder: str
    """Where shards are written before the switch."""


class Rendered(Struct, kw_only=True):
    """The shards of a bucket, and what was not made, by config and reason."""

    shards: list[Shard] = field(default_factory=list)
    drops: dict[str, dict[str, int]] = field(default_factory=dict)
    notes: dict[str, dict[str, int]] = field(default_factory=dict)
    tool_sources: dict[str, dict[str, int]] = field(default_factory=dict)
    """Config -> rows by where the weakest of their tool schemas comes from."""
    lengths: dict[str, dict[str, int]] = field(default_factory=dict)
    """Config -> rows by the power of two that their token length is below."""
    made: dict[str, dict[str, int]] = field(default_factory=dict)
    """Config with a limit -> rows by trajectory id."""
    seen: dict[str, Seen] = field(default_factory=dict)
    """Config -> what the linter saw of it."""
    heads: dict[str, int] = field(default_factory=dict)
    """Config -> tokens of the shortest head (system prompt, tools, first message) over the
    budget, where one was."""


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
    rendered: Rendered,
) -> list[Row]:
    """The rows of one view for one trajectory; counts what was dropped into `rendered`."""
    decision = kept.decision
    context = Context(
        section=recipe.views,
        fit=recipe.fit,
        counter=counter,
        catalog=_catalog(trajectory.harness),
        branches=_branches(kept, trajectory) if view.NAME == "preference" else (),
        place=f"trajectory {decision.id}, config {view.NAME}",
    )
    place = Place(id=decision.id, copied=decision.copied, parent_id=decision.parent_id)
    rows = list(view.render(trajectory, place, context))
    seen = rendered.seen.setdefault(view.NAME, Seen())
    answered = answers(trajectory.steps)
    for row in rows:
        if row["n_tokens"] > recipe.fit.max_tokens:
            raise OverBudget(
                f"row {row['id']}: expected at most {recipe.fit.max_tokens} tokens, "
                f"found {row['n_tokens']}"
            )
        inspect(seen, view.NAME, row, answered, counter)
    if (head := context.smallest_head) is not None:
        rendered.heads[view.NAME] = min(head, rendered.heads.get(view.NAME, head))
    for reason, count in context.drops.items():
        if count:
            increase(rendered.drops.setdefault(view.NAME, {}), reason, count)
    for what, count in context.notes.items():
        increase(rendered.notes.setdefault(view.NAME, {}), what, count)
    return rows


def render(job: Rendering, bucket: Bucket) -> Rendered:
    """Write all shards of a bucket."""
    rendered = Rendered()
    counter = _counter(job.recipe.fit.tokenizer)
    writers: dict[tuple[str, str], ShardWriter] = {}
    views = wanted_views(job.recipe, counter)
    for kept in bucket.kept:
        trajectory = open_fragment(kept.fragment).trajectory(kept.ordinal)
        for view in views:
            for row in rows_of(view, trajectory, kept, job.recipe, counter, rendered):
                key = (view.NAME, kept.decision.split)
                if key not in writers:
                    writers[key] = ShardWriter(
                        Path(job.folder),
                        view.NAME,
                        view.FEATURES,
                        kept.decision.split,
                        bucket.number,
                    )
                writers[key].write(row)
                lengths = rendered.lengths.setdefault(view.NAME, {})
                increase(lengths, str(1 << row["n_tokens"].bit_length()))
                if source := row.get("tools_source"):
                    increase(rendered.tool_sources.setdefault(view.NAME, {}), source)
                if view.NAME in job.recipe.plan.max_rows:
                    made = rendered.made.setdefault(view.NAME, {})
                    increase(made, kept.decision.id)
    rendered.shards = [writer.close() for writer in writers.values()]
    return rendered


@lru_cache(maxsize=2)
def _counter(tokenizer: str) -> Counter:
    return make_counter(tokenizer)


@lru_cache(maxsize=64)
def _catalog(harness: str) -> dict[str, dict[str, Any]]:
    """Tool name -> schema, from the source module's catalogue if it keeps one."""
    source = next((s for s in SOURCES if harness == s.NAME), None)
    return {name_of(schema): schema for schema in getattr(source, "TOOLS", ())}


def _branches(kept: Kept, trajectory: Trajectory) -> tuple[Trajectory, ...]:
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
