"""All sessions at some places, read and planned: what a build and every report start from."""

from __future__ import annotations

import difflib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from trajset.cache import cache_folder, local_key, private_folder
from trajset.decontaminate import Benchmark, BenchmarkError, benchmark_parts, contaminated
from trajset.engine import Engine, Lost, map_unknown, working
from trajset.fragment import open_fragment
from trajset.gather import Gathered, Gathering, gather, gathered_before
from trajset.key_table import KeyTable
from trajset.keys import Keys
from trajset.manifest import Harness
from trajset.plan import Decision, Planned, decide
from trajset.privacy import KnownValues
from trajset.privacy.scanner import PatternError, check_pattern
from trajset.recipe import Recipe, since_ms
from trajset.render import Kept
from trajset.shingles import Shingles
from trajset.sources import SOURCES
from trajset.sources.discover import Discovery, discover
from trajset.sources.unit import SourceError
from trajset.stats import Stats, increase
from trajset.trajectory import Trajectory

Progress = Callable[[str, int, int], None]
"""Called with (phase, done, total)."""


class BuildError(RuntimeError):
    """It cannot be done. The text names the place and the way out."""


class NothingUsable(BuildError):
    """There is no session to work on."""


class Corpus(Struct, kw_only=True):
    """What was found, what became of each log, and what the plan keeps."""

    discovery: Discovery
    too_large: int
    """Logs over the recipe's `read.max_mb`, left out."""
    harnesses: dict[str, Harness]
    """What each harness gave."""
    errors: list[str]
    """One sentence a log that could not be read."""
    cached: int
    """Logs that were read before."""
    where: list[tuple[str, int]]
    """(fragment, ordinal) of each trajectory that the recipe lets in, by log."""
    keys: KeyTable
    """Of the same."""
    planned: Planned
    """Decisions on the same."""
    kept: list[Kept]
    """What is kept, by start and id."""
    steps: int
    """Steps of what is kept."""

    @property
    def stats(self) -> Stats:
        """Numbers of all that was read."""
        total = Stats()
        for harness in self.harnesses.values():
            total.add(harness.stats)
        return total

    def __iter__(self) -> Iterator[tuple[Trajectory, Decision]]:
        """The kept trajectories with their decisions; one at a time is in memory."""
        for kept in self.kept:
            yield open_fragment(kept.fragment).trajectory(kept.ordinal), kept.decision

    def sessions(self, wanted: str = "") -> Iterator[tuple[Trajectory, Decision]]:
        """All trajectories, also those that the plan drops, by start and id.

        Args:
            wanted: what the id of the session or of the trajectory begins with.
        """
        found = []
        for keys, place, decision in zip(
            self.keys, self.where, self.planned.decisions, strict=True
        ):
            if keys.session_id.startswith(wanted) or decision.id.startswith(wanted):
                found.append((keys.started_at or 0, decision.id, place, decision))
        for _, _, (fragment, ordinal), decision in sorted(found, key=lambda one: one[:3]):
            yield open_fragment(fragment).trajectory(ordinal), decision


def read_corpus(
    paths: Iterable[str],
    recipe: Recipe,
    *,
    jobs: int = 1,
    strict: bool = False,
    max_unread: float = 1.0,
    env_files: Sequence[Path] = (),
    engine: Engine | None = None,
    progress: Progress = lambda phase, done, total: None,
) -> Corpus:
    """Read, annotate and redact all sessions at some places, and decide which are kept.

    Args:
        paths: files, folders or fsspec URLs with logs.
        recipe: its sections `read`, `privacy` and `plan` are used.
        jobs: number of worker processes; 1 works in this process.
        strict: stop at the first log or record type that cannot be read.
        max_unread: share of the logs that may be unreadable.
        env_files: files with values to remove wherever they occur.
        engine: where the logs are read, instead of `jobs` processes here.
        progress: told about each log that is done.

    Raises:
        NothingUsable: no session could be read.
        BuildError: too much is unreadable, or the recipe names a harness that nobody knows or a
            benchmark file that cannot be read.
        FileNotFoundError: there is nothing at one of the paths.
    """
    with working(engine, jobs) as engine:
        discovery, too_large = find_units(paths, recipe)
        reading = _gather_all(discovery, recipe, engine, strict, env_files, progress)
        _refuse_too_little(discovery, reading, max_unread, strict)
        where, keys = reading.places()
        planned = plan_of(keys, where, recipe, engine)
    return Corpus(
        discovery=discovery,
        too_large=too_large,
        harnesses=reading.harnesses,
        errors=reading.errors,
        cached=reading.cached,
        where=where,
        keys=keys,
        planned=planned,
        kept=_in_order(keys, kept_of(where, planned)),
        steps=sum(
            one.n_steps for one, d in zip(keys, planned.decisions, strict=True) if not d.dropped
        ),
    )


def find_units(paths: Iterable[str], recipe: Recipe) -> tuple[Discovery, int]:
    """The logs that the recipe lets in by harness and size, and how many are too large.

    Raises:
        BuildError: the recipe names a harness that nobody knows.
        FileNotFoundError: there is nothing at one of the paths.
    """
    check_names("read.harnesses", recipe.read.harnesses, [source.NAME for source in SOURCES])
    sources = [s for s in SOURCES if not recipe.read.harnesses or s.NAME in recipe.read.harnesses]
    try:
        discovery = discover(paths, sources)
    except SourceError as error:
        raise BuildError(str(error)) from None
    return discovery, _leave_out_large(discovery, recipe)


def gathering(recipe: Recipe, env_files: Sequence[Path] = (), strict: bool = False) -> Gathering:
    """What map 1 needs of a recipe, the environment and this machine.

    Raises:
        BuildError: a file of `privacy.env_files` is missing, or a pattern cannot be used.
    """
    for name in recipe.privacy.env_files:
        if not Path(name).is_file():
            raise BuildError(f"privacy.env_files: expected a file of values, found none at {name}")
    for name, pattern in recipe.privacy.patterns.items():
        try:
            check_pattern(name, pattern)
        except PatternError as error:
            raise BuildError(str(error)) from None
    cache = private_folder(cache_folder())
    known = KnownValues.collect(recipe.privacy, os.environ, env_files)
    since = recipe.read.since
    return Gathering(
        recipe=recipe,
        known=known,
        known_fingerprint=known.fingerprint(local_key(cache)),
        fragments=str(private_folder(cache / "fragments")),
        contents=str(private_folder(cache / "contents")),
        since=None if since is None else since_ms(since, int(time.time() * 1000)),
        strict=strict,
    )


def check_names(place: str, names: Sequence[str], known: Sequence[str]) -> None:
    """Raise BuildError for a name that the registry does not have."""
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise BuildError(f"{place}: expected a known name, found {name}; {hint}")


def _leave_out_large(discovery: Discovery, recipe: Recipe) -> int:
    """Take logs over `read.max_mb` out; returns how many."""
    if recipe.read.max_mb is None:
        return 0
    kept = [unit for unit in discovery.units if unit.size <= recipe.read.max_mb * 1e6]
    left_out = len(discovery.units) - len(kept)
    discovery.units[:] = kept
    return left_out


def _gather_all(
    discovery: Discovery,
    recipe: Recipe,
    engine: Engine,
    strict: bool,
    env_files: Sequence[Path],
    progress: Progress,
) -> Reading:
    """Map 1 over all units, largest first."""
    units = discovery.units
    job = gathering(recipe, env_files, strict)
    order = sorted(range(len(units)), key=lambda i: (-units[i].size, units[i].path, units[i].start))
    reading = Reading(len(units), discovery.unreadable)
    for position, result in map_unknown(
        engine, partial(gathered_before, job), partial(gather, job), [units[i] for i in order]
    ):
        unit = units[order[position]]
        if isinstance(result, Lost):
            result = Gathered(
                path=unit.path,
                error=f"{unit.path}: its worker was killed each time (exit code "
                f"{result.exit_code}); it may need more memory than there is",
            )
        reading.add(order[position], unit.harness, result)
        progress("reading", reading.done, len(units))
    return reading


class Reading:
    """What came of the logs, as far as the plan and the manifest need it."""

    def __init__(self, units: int, unreadable: Sequence[tuple[str, str]]) -> None:
        self.done = 0
        self._unreadable = [
            f"{place}: expected a readable log, found: {reason}" for place, reason in unreadable
        ]
        self.cached = 0
        self.harnesses: dict[str, Harness] = {}
        self._errors: dict[int, str] = {}
        self._found: list[tuple[str, tuple[int, ...], KeyTable] | None] = [None] * units

    def add(self, number: int, harness: str, result: Gathered) -> None:
        """Take the result of a log, by its number in the order of the logs."""
        self.done += 1
        self.cached += result.cached
        self.harnesses.setdefault(harness, Harness()).add(result.header, result.stats)
        if result.error is not None:
            self._errors[number] = result.error
        if result.header is not None and result.chosen:
            keys = KeyTable(result.header.entries[ordinal].keys for ordinal in result.chosen)
            self._found[number] = (result.fragment, result.chosen, keys)

    @property
    def errors(self) -> list[str]:
        """One sentence a log that could not be read; those first that could not be opened."""
        return [*self._unreadable, *(self._errors[number] for number in sorted(self._errors))]

    @property
    def logs(self) -> int:
        """Logs with those that could not be opened."""
        return self.done + len(self._unreadable)

    @property
    def any_found(self) -> bool:
        """Whether there is any trajectory to work on."""
        return any(self._found)

    @property
    def left_out(self) -> str:
        """What the recipe's `read` section left out, in words; empty where that is nothing."""
        counts: dict[str, int] = {}
        for harness in self.harnesses.values():
            for key, count in harness.stats.left_out.items():
                increase(counts, key, count)
        return "".join(f"; left out by read.{key}: {n}" for key, n in sorted(counts.items()))

    @property
    def skipped(self) -> int:
        """Records that gave nothing."""
        return sum(sum(h.records.skipped.values()) for h in self.harnesses.values())

    def places(self) -> tuple[list[tuple[str, int]], KeyTable]:
        """Where each trajectory lies that the recipe lets in, and its keys; in the logs' order."""
        where: list[tuple[str, int]] = []
        keys = KeyTable()
        for number, found in enumerate(self._found):
            if found is not None:
                fragment, ordinals, table = found
                where += [(fragment, ordinal) for ordinal in ordinals]
                keys.extend(table)
                self._found[number] = None
        return where, keys


def _refuse_too_little(
    discovery: Discovery, reading: Reading, max_unread: float, strict: bool
) -> None:
    """Raise BuildError where the input is too damaged or empty to work on."""
    errors = reading.errors
    if strict and errors:
        raise BuildError(errors[0])
    if not reading.any_found:
        if errors:
            raise NothingUsable(f"no log could be read; the first: {errors[0]}")
        raise NothingUsable(
            f"no session was found (logs: {reading.done}; records skipped in them: "
            f"{reading.skipped}; files that no source knows: {len(discovery.unclaimed)}; "
            f"empty files: {len(discovery.empty)}{reading.left_out})"
        )
    if len(errors) > max_unread * reading.logs:
        raise BuildError(
            f"{len(errors)} of {reading.logs} logs could not be read, more than "
            f"read.max_unread ({max_unread:.0%}) allows; the first: {errors[0]}"
        )


def _in_order(keys: KeyTable, kept: Sequence[Kept | None]) -> list[Kept]:
    """What is kept, by start and id."""
    found = [
        (key.started_at or 0, item.decision.id, ref)
        for ref, (key, item) in enumerate(zip(keys, kept, strict=True))
        if item
    ]
    found.sort()
    return [item for _, _, ref in found if (item := kept[ref])]


def kept_of(where: Sequence[tuple[str, int]], planned: Planned) -> list[Kept | None]:
    """What to render of trajectories that lie at (fragment, ordinal); None for those dropped."""
    withheld: dict[str, tuple[int, ...]] = {}
    for (fragment, ordinal), decision in zip(where, planned.decisions, strict=True):
        if decision.dropped in ("decontaminated", "excluded"):
            withheld[fragment] = (*withheld.get(fragment, ()), ordinal)
    return [
        Kept(
            fragment=fragment,
            ordinal=ordinal,
            decision=decision,
            withheld=withheld.get(fragment, ()),
        )
        if decision.dropped is None
        else None
        for (fragment, ordinal), decision in zip(where, planned.decisions, strict=True)
    ]


def plan_of(
    keys: Sequence[Keys],
    where: Sequence[tuple[str, int]],
    recipe: Recipe,
    engine: Engine,
    benchmark: Sequence[Benchmark] | None = None,
) -> Planned:
    """The plan for trajectories that lie at (fragment, ordinal) each.

    `benchmark` holds what the files of `plan.decontaminate` hold, where that is known already.

    Raises:
        BuildError: a file of `plan.decontaminate` cannot be read.
    """

    def step_keys(ref: int) -> list[tuple[int, int]]:
        fragment, ordinal = where[ref]
        return open_fragment(fragment).step_keys(ordinal)

    def native_key(ref: int, step: int) -> str | None:
        fragment, ordinal = where[ref]
        steps = open_fragment(fragment).trajectory(ordinal).steps
        return steps[step].key if step < len(steps) else None

    def shingles(ref: int) -> Shingles:
        fragment, ordinal = where[ref]
        return open_fragment(fragment).shingles(ordinal)

    parts: Iterable[Benchmark]
    if benchmark is None:
        parts = benchmark_parts(recipe.plan.decontaminate, recipe.plan.decontaminate_words)
    else:
        parts = benchmark
    try:
        found = contaminated(parts, list(dict.fromkeys(f for f, _ in where)), engine)
    except BenchmarkError as error:
        raise BuildError(str(error)) from None
    return decide(
        keys,
        step_keys,
        native_key,
        shingles,
        recipe.plan,
        contaminated={ref for ref, place in enumerate(where) if place in found},
    )
