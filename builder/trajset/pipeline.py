"""The build: sessions in, a dataset folder out. `build` reads from top to bottom."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout
from msgspec import Struct, field

from trajset.cache import private_folder
from trajset.card import card
from trajset.corpus import BuildError, NothingUsable, Progress, check_names, read_corpus
from trajset.engine import Lost, make_engine
from trajset.fit.counter import Counter, make_counter
from trajset.folder import FolderError, publish, sweep
from trajset.gather import Gathered
from trajset.limit import limit_rows
from trajset.lint import LintError, Seen, refuse
from trajset.manifest import Manifest, new_manifest, training_block
from trajset.plan import SPLITS
from trajset.recipe import Recipe
from trajset.render import Bucket, Kept, Rendered, Rendering, render, wanted_views
from trajset.shards import bucket_of, buckets_for
from trajset.sources.discover import Discovery
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
    progress: Progress = lambda phase, done, total: None,
) -> Built:
    """Build a dataset folder from logs.

    Args:
        paths: files, folders or fsspec URLs with logs.
        out: the dataset folder; what it held before stays whole until the new one is complete.
        recipe: what to do.
        jobs: number of worker processes; 1 works in this process.
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
        with FileLock(out / ".trajset.lock", timeout=0, mode=0o600):
            sweep(out)
            work = private_folder(out / f".trajset-work-{os.getpid()}")
            try:
                built = _build(paths, work, recipe, counter, jobs, strict, env_files, progress)
                built.unmade = unmade
                manifest = built.manifest
                manifest.training = dict(
                    training_block(recipe, counter.name, counter.digest, not counter.approximate)
                )
                publish(out, work, manifest, card)
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
    recipe: Recipe,
    counter: Counter,
    jobs: int,
    strict: bool,
    env_files: Sequence[Path],
    progress: Progress,
) -> Built:
    corpus = read_corpus(
        paths,
        recipe,
        jobs=jobs,
        strict=strict,
        max_unread=recipe.read.max_unread,
        env_files=env_files,
        progress=progress,
    )
    built = Built(manifest=new_manifest(recipe), discovery=corpus.discovery, errors=corpus.errors)
    built.manifest.too_large = corpus.too_large
    _account(built, corpus.gathered)
    built.manifest.planned(corpus.planned)
    parts = _render_all(corpus.kept, corpus.steps, recipe, work, jobs, progress)
    limit_rows(parts, recipe.plan, work)
    _refuse_bad_rows(parts, recipe)
    for view in wanted_views(recipe, counter):
        built.manifest.rendered(view.NAME, parts)
    order = {view.NAME: i for i, view in enumerate(VIEWS)}
    built.manifest.shards = sorted(
        (shard for part in parts for shard in part.shards),
        key=lambda s: (order[s.config], SPLITS.index(s.split), s.bucket),
    )
    return built


def _account(built: Built, gathered: Sequence[Gathered]) -> None:
    by_path = {(u.path, u.start): u.harness for u in built.discovery.units}
    harness_of = {path: harness for (path, _), harness in by_path.items()}
    for result in gathered:
        built.manifest.saw(harness_of[result.path], result.header, result.stats)
        built.cached += result.cached
    for _, kind in built.discovery.unclaimed:
        built.manifest.unclaimed[kind] = built.manifest.unclaimed.get(kind, 0) + 1
    built.manifest.empty_files = len(built.discovery.empty)


def _render_all(
    kept: Sequence[Kept], steps: int, recipe: Recipe, work: Path, jobs: int, progress: Progress
) -> list[Rendered]:
    """Map 2 over all buckets; results in the order of the buckets."""
    count = buckets_for(steps)
    contents: dict[int, list[Kept]] = {}
    for item in kept:
        contents.setdefault(bucket_of(item.decision.group, count), []).append(item)
    buckets = [Bucket(number=n, kept=tuple(contents[n])) for n in sorted(contents)]
    job = Rendering(recipe=recipe, folder=str(work))
    results: dict[int, Rendered] = {}
    try:
        for index, result in make_engine(min(jobs, len(buckets))).map(
            partial(render, job), buckets
        ):
            if isinstance(result, Lost):
                raise BuildError(
                    f"bucket {buckets[index].number}: its worker was killed each time "
                    f"(exit code {result.exit_code}); try fewer --jobs"
                )
            results[index] = result
            progress("rendering", len(results), len(buckets))
    except DoesNotFit as error:
        raise BuildError(str(error)) from None
    return [results[i] for i in range(len(buckets))]


def _refuse_bad_rows(parts: Sequence[Rendered], recipe: Recipe) -> None:
    """Raise BuildError for rows that the linter refuses, or a config without room for any row."""
    seen: dict[str, Seen] = {}
    for part in parts:
        for config, what in part.seen.items():
            seen.setdefault(config, Seen()).add(what)
    try:
        refuse(seen, recipe.views.min_learnt)
    except LintError as error:
        raise BuildError(str(error)) from None
    for config, what in seen.items():
        heads = [part.heads[config] for part in parts if config in part.heads]
        if heads and not what.rows:
            raise BuildError(
                f"config {config}: expected room for system prompt, tools and first message, found "
                f"fit.max_tokens {recipe.fit.max_tokens:,}; the smallest takes {min(heads):,}"
            )
