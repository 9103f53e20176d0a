"""The build: sessions in, a dataset folder out. `build` reads from top to bottom."""

from __future__ import annotations

import difflib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout
from msgspec import Struct, field

from trajset.cache import cache_folder, local_key, private_folder
from trajset.card import card
from trajset.engine import Lost, make_engine
from trajset.fit.counter import make_counter
from trajset.folder import FolderError, publish, sweep
from trajset.fragment import open_fragment
from trajset.gather import Gathered, Gathering, gather
from trajset.keys import Keys
from trajset.manifest import Manifest, new_manifest, training_block
from trajset.plan import SPLITS, Planned, decide
from trajset.privacy import KnownValues
from trajset.recipe import Recipe, since_ms
from trajset.render import Bucket, Kept, Rendered, Rendering, render, wanted_views
from trajset.shards import bucket_of, buckets_for
from trajset.sources import SOURCES
from trajset.sources.discover import Discovery, discover
from trajset.views import VIEWS

Progress = Callable[[str, int, int], None]
"""Called with (phase, done, total)."""


class BuildError(RuntimeError):
    """The build cannot be done. The text names the place and the way out."""


class NothingUsable(BuildError):
    """There is no session to build from."""


class Built(Struct, kw_only=True):
    """What a build did, for the summary."""

    manifest: Manifest
    discovery: Discovery
    errors: list[str] = field(default_factory=list)
    """One sentence a log that could not be read."""
    cached: int = 0


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
    _check_names("views.configs", recipe.views.configs, [view.NAME for view in VIEWS])
    _check_names("read.harnesses", recipe.read.harnesses, [source.NAME for source in SOURCES])
    try:
        counter = make_counter(recipe.fit.tokenizer)
    except ValueError as error:
        raise BuildError(str(error)) from None
    out.mkdir(parents=True, exist_ok=True)
    lock = FileLock(out / ".trajset.lock", timeout=0)
    try:
        with lock:
            sweep(out)
            work = private_folder(out / f".trajset-work-{os.getpid()}")
            try:
                built = _build(paths, out, work, recipe, jobs, strict, env_files, progress)
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
    out: Path,
    work: Path,
    recipe: Recipe,
    jobs: int,
    strict: bool,
    env_files: Sequence[Path],
    progress: Progress,
) -> Built:
    sources = [s for s in SOURCES if not recipe.read.harnesses or s.NAME in recipe.read.harnesses]
    discovery = discover(paths, sources)
    too_large = _leave_out_large(discovery, recipe)
    gathered = _gather_all(discovery, recipe, jobs, strict, env_files, progress)
    built = Built(manifest=new_manifest(recipe), discovery=discovery)
    built.manifest.too_large = too_large
    _account(built, gathered)
    _refuse_too_little(built, gathered, recipe, strict)
    planned, kept, steps = _plan(gathered, recipe)
    built.manifest.planned(planned)
    parts = _render_all(kept, steps, recipe, work, jobs, progress)
    for view in wanted_views(recipe):
        built.manifest.rendered(view.NAME, parts)
    order = {view.NAME: i for i, view in enumerate(VIEWS)}
    built.manifest.shards = sorted(
        (shard for part in parts for shard in part.shards),
        key=lambda s: (order[s.config], SPLITS.index(s.split), s.bucket),
    )
    return built


def _leave_out_large(discovery: Discovery, recipe: Recipe) -> int:
    """Take logs over `read.max_mb` out; returns how many."""
    if recipe.read.max_mb is None:
        return 0
    kept = [unit for unit in discovery.units if unit.size <= recipe.read.max_mb * 1e6]
    left_out = len(discovery.units) - len(kept)
    discovery.units[:] = kept
    return left_out


def _check_names(place: str, names: Sequence[str], known: Sequence[str]) -> None:
    """Raise BuildError for a name that the registry does not have."""
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise BuildError(f"{place}: expected a known name, found {name}; {hint}")


def _gather_all(
    discovery: Discovery,
    recipe: Recipe,
    jobs: int,
    strict: bool,
    env_files: Sequence[Path],
    progress: Progress,
) -> list[Gathered]:
    """Map 1 over all units, largest first; results in the order of the units."""
    units = discovery.units
    cache = private_folder(cache_folder())
    known = KnownValues.collect(recipe.privacy, os.environ, env_files)
    since = recipe.read.since
    job = Gathering(
        recipe=recipe,
        known=known,
        known_fingerprint=known.fingerprint(local_key(cache)),
        fragments=str(private_folder(cache / "fragments")),
        since=None if since is None else since_ms(since, int(time.time() * 1000)),
        strict=strict,
    )
    order = sorted(range(len(units)), key=lambda i: (-units[i].size, units[i].path, units[i].start))
    results: dict[int, Gathered] = {}
    for position, result in make_engine(jobs).map(partial(gather, job), [units[i] for i in order]):
        unit = units[order[position]]
        if isinstance(result, Lost):
            result = Gathered(
                path=unit.path,
                error=f"{unit.path}: its worker was killed each time (exit code "
                f"{result.exit_code}); it may need more memory than there is",
            )
        results[order[position]] = result
        progress("reading", len(results), len(units))
    return [results[i] for i in range(len(units))]


def _account(built: Built, gathered: Sequence[Gathered]) -> None:
    by_path = {(u.path, u.start): u.harness for u in built.discovery.units}
    harness_of = {path: harness for (path, _), harness in by_path.items()}
    for result in gathered:
        built.manifest.saw(harness_of[result.path], result.header)
        built.cached += result.cached
        if result.error is not None:
            built.errors.append(result.error)
    for _, kind in built.discovery.unclaimed:
        built.manifest.unclaimed[kind] = built.manifest.unclaimed.get(kind, 0) + 1
    built.manifest.empty_files = len(built.discovery.empty)


def _refuse_too_little(
    built: Built, gathered: Sequence[Gathered], recipe: Recipe, strict: bool
) -> None:
    """Raise BuildError where the input is too damaged or empty to build from."""
    if strict and built.errors:
        raise BuildError(built.errors[0])
    if not any(g.header is not None and g.header.entries for g in gathered):
        if built.errors:
            raise NothingUsable(f"no log could be read; the first: {built.errors[0]}")
        raise NothingUsable(
            f"no session was found in {len(gathered)} logs "
            f"({len(built.discovery.unclaimed)} files that no source knows)"
        )
    if len(built.errors) > recipe.read.max_unread * len(gathered):
        raise BuildError(
            f"{len(built.errors)} of {len(gathered)} logs could not be read, more than "
            f"read.max_unread ({recipe.read.max_unread:.0%}) allows; the first: {built.errors[0]}"
        )


def _plan(gathered: Sequence[Gathered], recipe: Recipe) -> tuple[Planned, list[Kept], int]:
    """Decide about all trajectories; returns the plan, what is kept in order, and its steps."""
    keys: list[Keys] = []
    where: list[tuple[str, int]] = []
    for result in gathered:
        if result.header is None:
            continue
        for ordinal, entry in enumerate(result.header.entries):
            keys.append(entry.keys)
            where.append((result.fragment, ordinal))

    def step_keys(ref: int) -> list[tuple[int, int]]:
        fragment, ordinal = where[ref]
        return open_fragment(fragment).step_keys(ordinal)

    def native_key(ref: int, step: int) -> str | None:
        fragment, ordinal = where[ref]
        steps = open_fragment(fragment).trajectory(ordinal).steps
        return steps[step].key if step < len(steps) else None

    planned = decide(keys, step_keys, native_key, recipe.plan)
    kept = [
        (keys[ref], Kept(fragment=where[ref][0], ordinal=where[ref][1], decision=decision))
        for ref, decision in enumerate(planned.decisions)
        if decision.dropped is None
    ]
    kept.sort(key=lambda pair: (pair[0].started_at or 0, pair[1].decision.id))
    return planned, [item for _, item in kept], sum(key.n_steps for key, _ in kept)


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
    for index, result in make_engine(min(jobs, len(buckets))).map(partial(render, job), buckets):
        if isinstance(result, Lost):
            raise BuildError(
                f"bucket {buckets[index].number}: its worker was killed each time "
                f"(exit code {result.exit_code}); try fewer --jobs"
            )
        results[index] = result
        progress("rendering", len(results), len(buckets))
    return [results[i] for i in range(len(buckets))]
