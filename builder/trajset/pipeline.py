"""The build: sessions in, a dataset folder out. `build` reads from top to bottom."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout
from msgspec import Struct, field

from trajset.assemble import Assembling, Bucket, Damaged, Part, assemble, assembled_before
from trajset.cache import cache_folder, private_folder
from trajset.cache_use import clear_sometimes
from trajset.card import card, examples
from trajset.corpus import BuildError, Corpus, NothingUsable, Progress, check_names, read_corpus
from trajset.engine import Engine, Lost, map_unknown, working
from trajset.fit.counter import Counter, make_counter
from trajset.folder import FolderError, publish, sweep
from trajset.limit import LeftOut, left_out, numbers
from trajset.lint import LintError, refuse
from trajset.made import Made
from trajset.manifest import Manifest, new_manifest, training_block
from trajset.plan import SPLITS
from trajset.recipe import Recipe
from trajset.render import Kept, Rendered, Rendering, render, rendered_before, wanted_views
from trajset.shards import Shard, bucket_of, buckets_for
from trajset.sources.discover import Discovery
from trajset.stats import increase
from trajset.views import VIEWS, tokenized
from trajset.views.view import DoesNotFit

__all__ = ["BuildError", "Built", "NothingUsable", "build"]


class Built(Struct, kw_only=True):
    """What a build did, for the summary."""

    manifest: Manifest
    discovery: Discovery
    errors: list[str] = field(default_factory=list)
    """One sentence a log that could not be read."""
    cached: int = 0
    """Logs whose trajectories came from the cache."""
    rendered: int = 0
    """Logs whose rows did not."""
    unmade: str | None = None
    """Why the recipe's config `tokenized` was not made, where it was not."""


def build(
    paths: Iterable[str],
    out: Path,
    recipe: Recipe,
    *,
    jobs: int = 1,
    strict: bool = False,
    env_files: Sequence[Path] = (),
    engine: Engine | None = None,
    progress: Progress = lambda phase, done, total: None,
) -> Built:
    """Build a dataset folder from logs.

    Args:
        paths: files, folders or fsspec URLs with logs.
        out: the dataset folder; what it held before stays whole until the new one is complete.
        recipe: what to do.
        jobs: number of worker processes; 1 works in this process.
        engine: where the maps run, instead of `jobs` processes here.
        strict: stop at the first log or record type that cannot be read.
        env_files: files with values to remove wherever they occur.
        progress: told about each unit of work that is done.

    Raises:
        BuildError: nothing usable, too much unreadable, another build at work, a full disk…
        FileNotFoundError: there is nothing at one of the paths.
    """
    names = [view.NAME for view in VIEWS]
    check_names("views.configs", recipe.views.configs, names)
    check_names("plan.max_rows", list(recipe.plan.max_rows), names)
    try:
        counter = make_counter(recipe.fit.tokenizer)
    except ValueError as error:
        raise BuildError(str(error)) from None
    unmade = tokenized.needs(counter) if tokenized.NAME in recipe.views.configs else None
    if unmade and not wanted_views(recipe, counter):
        raise BuildError(f"config {tokenized.NAME} cannot be made: {unmade}")
    try:
        private_folder(out)
        lock = FileLock(out / ".trajset.lock", timeout=0, mode=0o600)
        with lock, working(engine, jobs) as engine:
            sweep(out)
            work = private_folder(out / f".trajset-work-{os.getpid()}")
            try:
                built = _build(
                    paths, work, out, recipe, counter, engine, strict, env_files, progress
                )
                built.unmade = unmade
                manifest = built.manifest
                manifest.training = dict(
                    training_block(recipe, counter.name, counter.digest, not counter.approximate)
                )
                publish(out, work, manifest, lambda m, name: card(m, name, examples(out, m)))
                clear_sometimes(cache_folder())
            finally:
                shutil.rmtree(work, ignore_errors=True)
    except Timeout:
        raise BuildError(
            f"{out}: expected no other build at work there, found one; wait for it"
        ) from None
    except FolderError as error:
        raise BuildError(str(error)) from None
    except OSError as error:
        if isinstance(error, FileNotFoundError) and error.errno is None:
            raise
        reason = error.strerror or type(error).__name__
        raise BuildError(
            f"{error.filename or out}: could not be written: {reason}; "
            "the dataset from before is untouched"
        ) from None
    return built


def _build(
    paths: Iterable[str],
    work: Path,
    out: Path,
    recipe: Recipe,
    counter: Counter,
    engine: Engine,
    strict: bool,
    env_files: Sequence[Path],
    progress: Progress,
) -> Built:
    corpus = read_corpus(
        paths,
        recipe,
        engine=engine,
        strict=strict,
        max_unread=recipe.read.max_unread,
        env_files=env_files,
        progress=progress,
    )
    built = Built(manifest=new_manifest(recipe), discovery=corpus.discovery, errors=corpus.errors)
    built.manifest.too_large = corpus.too_large
    built.cached = corpus.cached
    built.manifest.saw(corpus.harnesses)
    for _, kind in corpus.discovery.unclaimed:
        increase(built.manifest.unclaimed, kind)
    built.manifest.empty_files = len(corpus.discovery.empty)
    built.manifest.planned(corpus.planned)
    cache = private_folder(cache_folder())
    job = Rendering(
        recipe=recipe,
        counter=counter.digest,
        views=tuple(view.NAME for view in wanted_views(recipe, counter)),
        folder=str(private_folder(cache / "rows")),
    )
    files = _by_fragment(corpus.kept)
    parts = _render_all(files, job, engine, progress)
    built.rendered = sum(not part.cached for part in parts)
    for part in parts:
        if not part.file:
            ids = ", ".join(one.decision.id for one in files[part.fragment])
            built.errors.append(
                f"trajectories {ids}: left out, their worker was killed each time while it made "
                "rows; they may need more memory than there is (fewer --jobs)"
            )
    for part in parts:
        built.manifest.keeps(part.kept)
    out_of = left_out(parts, recipe.plan)
    made = numbers(parts, out_of)
    _refuse_bad_rows(made, recipe)
    places = {part.fragment: part.file for part in parts}
    buckets = _buckets(corpus, places, out_of, job.views)
    assembling = Assembling(
        work=str(work), out=str(out), known=str(private_folder(cache / "shards"))
    )
    shards = _assemble_all(buckets, assembling, files, job, engine, progress)
    order = {view.NAME: i for i, view in enumerate(VIEWS)}
    built.manifest.shards = sorted(
        shards, key=lambda s: (order[s.config], SPLITS.index(s.split), s.bucket)
    )
    for config in job.views:
        built.manifest.rendered(config, made.get(config, Made()), shards)
    return built


def _by_fragment(kept: Sequence[Kept]) -> dict[str, tuple[Kept, ...]]:
    """What is kept of each fragment, in the order in which it holds them."""
    found: dict[str, list[Kept]] = {}
    for one in kept:
        found.setdefault(one.fragment, []).append(one)
    return {f: tuple(sorted(ones, key=lambda k: k.ordinal)) for f, ones in found.items()}


def _render_all(
    files: Mapping[str, tuple[Kept, ...]], job: Rendering, engine: Engine, progress: Progress
) -> list[Rendered]:
    """Map 2 over all fragments, largest first; results in the order of the fragments."""
    order = sorted(files, key=lambda fragment: (-Path(fragment).stat().st_size, fragment))
    results: dict[str, Rendered] = {}
    try:
        for index, result in map_unknown(
            engine, partial(rendered_before, job), partial(render, job), [files[f] for f in order]
        ):
            if isinstance(result, Lost):
                result = _without_rows(order[index], files[order[index]], job)
            results[order[index]] = result
            progress("rendering", len(results), len(files))
    except DoesNotFit as error:
        raise BuildError(str(error)) from None
    return [results[fragment] for fragment in files]


def _without_rows(fragment: str, kept: tuple[Kept, ...], job: Rendering) -> Rendered:
    """A fragment whose worker was killed each time gives no rows; the build goes on."""
    counted = Made(drops={"worker_killed": len(kept)})
    return Rendered(fragment=fragment, file="", made=dict.fromkeys(job.views, counted))


def _buckets(
    corpus: Corpus, places: Mapping[str, str], out: LeftOut, configs: Sequence[str]
) -> list[Bucket]:
    """Which rows go to which shards: by config and a hash of the group, in the rows' order."""
    count = buckets_for(corpus.steps)
    parts: dict[tuple[str, int], list[Part]] = {}
    for kept in corpus.kept:
        if not places[kept.fragment]:
            continue
        part = Part(file=places[kept.fragment], ordinal=kept.ordinal, split=kept.decision.split)
        number = bucket_of(kept.decision.group, count)
        for config in configs:
            if kept.decision.id not in out.get(config, ()):
                parts.setdefault((config, number), []).append(part)
    return [
        Bucket(config=config, number=number, parts=tuple(found))
        for (config, number), found in parts.items()
    ]


def _assemble_all(
    buckets: list[Bucket],
    assembling: Assembling,
    files: Mapping[str, tuple[Kept, ...]],
    job: Rendering,
    engine: Engine,
    progress: Progress,
) -> list[Shard]:
    """The shards of all buckets; rows that turn out damaged are made again, once."""
    shards: list[Shard] = []
    todo = buckets
    for attempt in (1, 2):
        again: list[Bucket] = []
        damaged: set[str] = set()
        for index, result in map_unknown(
            engine, partial(assembled_before, assembling), partial(assemble, assembling), todo
        ):
            if isinstance(result, Lost):
                raise BuildError(
                    f"config {todo[index].config}: a worker was killed each time while it wrote a "
                    f"shard (exit code {result.exit_code}); try fewer --jobs"
                )
            if isinstance(result, Damaged):
                damaged.update(result.files)
                again.append(todo[index])
                continue
            shards += result
            progress("writing", len(buckets) - len(todo) + index + 1, len(buckets))
        if not again:
            return shards
        if attempt == 1:
            _render_all(files, job, engine, lambda phase, done, total: None)
        todo = again
    raise BuildError(
        f"{sorted(damaged)[0]}: expected whole rows, found damaged ones twice; is the disk sound? "
        "`trajset cache clear` empties the cache"
    )


def _refuse_bad_rows(made: Mapping[str, Made], recipe: Recipe) -> None:
    """Raise BuildError for rows that the linter refuses, or a config without room for any row."""
    try:
        refuse({config: one.seen for config, one in made.items()}, recipe.views.min_learnt)
    except LintError as error:
        raise BuildError(str(error)) from None
    for config, one in made.items():
        if one.head is not None and not one.seen.rows:
            raise BuildError(
                f"config {config}: expected room for system prompt, tools and first message, found "
                f"fit.max_tokens {recipe.fit.max_tokens:,}; the smallest takes {one.head:,}"
            )
