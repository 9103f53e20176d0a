"""Scan of logs: what people's sessions hold, by kind, source and field; handles instead of values.

It reads logs as a build does, and shares its cache: what a build would replace is what is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from trajset.corpus import find_units, gathering
from trajset.engine import Lost, make_engine
from trajset.fragment import Entry
from trajset.gather import Gathered, gather
from trajset.privacy import Findings
from trajset.privacy.placeholders import PERSONAL
from trajset.recipe import Recipe

Progress = Callable[[str, int, int], None]

_PERSONAL = {*PERSONAL, "home", "image"}


class Handle(Struct, frozen=True, order=True):
    """Where to look: nothing of what stands there."""

    time: int
    """Start of the trajectory, ms since the epoch; 0 where the log has no times."""
    session: str
    line: int | None = None
    """1-based line (or record) of the log."""


class Kind(Struct, kw_only=True):
    """What was found of one kind in the sessions of one source."""

    kind: str
    harness: str
    found: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    sessions: int = 0
    oldest: Handle | None = None
    newest: Handle | None = None


class LogScan(Struct, kw_only=True):
    """What the sessions at some places hold."""

    logs: int = 0
    sessions: int = 0
    """Different ones."""
    kinds: list[Kind] = field(default_factory=list)
    """Secrets before personal data, most first."""
    errors: list[str] = field(default_factory=list)
    """One sentence a log that could not be read."""
    unclaimed: int = 0
    """Files that no source knows."""

    @property
    def findings(self) -> Findings:
        """Counts over all sources."""
        whole = Findings()
        for kind in self.kinds:
            for name, number in kind.fields.items():
                whole.count(kind.kind, name, number)
        return whole


def scan_logs(
    paths: Iterable[str],
    recipe: Recipe,
    *,
    jobs: int = 1,
    env_files: Sequence[Path] = (),
    progress: Progress = lambda phase, done, total: None,
) -> LogScan:
    """Read all sessions at some places, and count what redaction would replace in them.

    Args:
        paths: files, folders or fsspec URLs with logs.
        recipe: its sections `read` (harnesses, sizes) and `privacy` are used.
        jobs: number of worker processes; 1 works in this process.
        env_files: files with values to look for.
        progress: told about each log that is done.

    Raises:
        BuildError: the recipe names a harness that nobody knows, or a pattern cannot be used.
        FileNotFoundError: there is nothing at one of the paths.
    """
    recipe = replace(recipe, privacy=replace(recipe.privacy, enabled=True))
    discovery, _ = find_units(paths, recipe)
    units = discovery.units
    job = gathering(recipe, env_files)
    results: dict[int, Gathered] = {}
    with closing(make_engine(min(jobs, max(1, len(units))))) as engine:
        for index, result in engine.map(partial(gather, job), units):
            if isinstance(result, Lost):
                path = units[index].path
                result = Gathered(path=path, error=f"{path}: its worker was killed each time")
            results[index] = result
            progress("reading", len(results), len(units))
    found = _Tally()
    for index, unit in enumerate(units):
        header = results[index].header
        for entry in header.entries if header is not None else ():
            found.add(unit.harness, entry)
    errors = [r.error for _, r in sorted(results.items()) if r.error is not None]
    return LogScan(
        logs=len(units),
        sessions=len(found.sessions),
        kinds=found.kinds(),
        errors=errors,
        unclaimed=len(discovery.unclaimed),
    )


class _Tally:
    def __init__(self) -> None:
        self.sessions: set[tuple[str, str]] = set()
        self._kinds: dict[tuple[str, str], Kind] = {}
        self._in: dict[tuple[str, str], set[str]] = {}

    def add(self, harness: str, entry: Entry) -> None:
        """Count what was found in one trajectory."""
        session, time = entry.keys.session_id, entry.keys.started_at or 0
        self.sessions.add((harness, session))
        for name, fields in entry.findings.counts.items():
            key = (name, harness)
            kind = self._kinds.setdefault(key, Kind(kind=name, harness=harness))
            self._in.setdefault(key, set()).add(session)
            for where, number in fields.items():
                kind.found += number
                kind.fields[where] = kind.fields.get(where, 0) + number
            first, last = entry.findings.lines.get(name, (None, None))
            kind.oldest = _first(kind.oldest, Handle(time, session, first))
            kind.newest = _last(kind.newest, Handle(time, session, last))

    def kinds(self) -> list[Kind]:
        """What was counted, secrets first."""
        for key, sessions in self._in.items():
            self._kinds[key].sessions = len(sessions)
        return sorted(
            self._kinds.values(), key=lambda k: (k.kind in _PERSONAL, -k.found, k.kind, k.harness)
        )


def _first(one: Handle | None, other: Handle) -> Handle:
    return other if one is None or _order(other) < _order(one) else one


def _last(one: Handle | None, other: Handle) -> Handle:
    return other if one is None or _order(other) > _order(one) else one


def _order(handle: Handle) -> tuple[int, str, int]:
    return handle.time, handle.session, handle.line or 0
