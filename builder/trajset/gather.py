"""Map 1: one unit becomes a fragment. Read, annotate, redact; nothing else sees raw text."""

from __future__ import annotations

import traceback
from fnmatch import fnmatchcase
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from trajset.annotate import annotate
from trajset.cache import code_digest, private_folder
from trajset.cache_use import used
from trajset.contents import content_digest, remembered_digest
from trajset.fragment import Entry, Fragment, FragmentError, Header, write_fragment
from trajset.model_family import model_family
from trajset.privacy import Findings, KnownValues, OwnFindings, Redactor
from trajset.recipe import Read, Recipe
from trajset.shingles import SIGNATURE
from trajset.sources import SOURCES
from trajset.sources.tally import Tally
from trajset.sources.unit import SourceError, Unit
from trajset.stats import Stats, increase
from trajset.trajectory import InvariantError, ToolCall, Trajectory

_DAMAGED = ("undecodable_line", "truncated_line")
_SOURCES = {source.NAME: source for source in SOURCES}
_CODE = (
    "sources",
    "annotate",
    "privacy",
    "trajectory.py",
    "model_family.py",
    "wording.py",
    "shingles.py",
    "keys.py",
    "stats.py",
    "fragment.py",
    "gather.py",
)


class Gathering(Struct, frozen=True, kw_only=True):
    """What map 1 needs beside the unit; the same for all units of a build."""

    recipe: Recipe
    known: KnownValues
    known_fingerprint: str
    fragments: str
    """Folder of the fragments."""
    contents: str
    """Folder of remembered digests of logs."""
    since: int | None = None
    """Earliest last activity (ms), or None."""
    strict: bool = False


class Gathered(Struct, frozen=True, kw_only=True):
    """What became of a unit: its fragment, or why there is none."""

    path: str
    fragment: str = ""
    header: Header | None = None
    chosen: tuple[int, ...] = ()
    """Ordinals of the trajectories that the recipe's `read` section lets in."""
    stats: Stats = field(default_factory=Stats)
    """Numbers of those."""
    error: str | None = None
    """A sentence without log text."""
    cached: bool = False


def gather(job: Gathering, unit: Unit) -> Gathered:
    """Read, annotate and redact one unit, or find its fragment in the cache.

    Raises:
        OSError: the fragment cannot be written (a full disk): nothing is wrong with the log.
    """
    try:
        key = _cache_key(job, _content(job, unit))
        folder = private_folder(Path(job.fragments) / key[:2])
        path = folder / key
        header = _cached(path, key)
        cached = header is not None
        if header is None:
            header = _make(job, unit, path, key)
        _refuse_unknown(job, unit, header)
    except (SourceError, InvariantError) as error:
        return Gathered(path=unit.path, error=str(error))
    except OSError:
        raise
    except Exception as error:  # one odd log must not stop a build of thousands
        return Gathered(path=unit.path, error=f"{unit.path}: {_where(error)}")
    return _given(job, unit, path, header, cached)


def gathered_before(job: Gathering, unit: Unit) -> Gathered | None:
    """What `gather` finds in the cache without reading the log; None where it has to."""
    try:
        content = remembered_digest(unit, Path(job.contents))
        if content is None:
            return None
        key = _cache_key(job, content)
        path = Path(job.fragments) / key[:2] / key
        header = _cached(path, key)
        if header is None:
            return None
        _refuse_unknown(job, unit, header)
    except (OSError, SourceError):
        return None  # `gather` says what is wrong
    return _given(job, unit, path, header, cached=True)


def _given(job: Gathering, unit: Unit, path: Path, header: Header, cached: bool) -> Gathered:
    chosen, stats = _choose(header, job)
    return Gathered(
        path=unit.path,
        fragment=str(path),
        header=header,
        chosen=chosen,
        stats=stats,
        cached=cached,
    )


def _content(job: Gathering, unit: Unit) -> str:
    try:
        return content_digest(unit, Path(job.contents))
    except OSError as error:
        raise _unreadable(unit, error) from None


def _cache_key(job: Gathering, content: str) -> str:
    """What a fragment depends on: content, code, recipe.privacy and the known values."""
    removing = replace(job.recipe.privacy, allow_findings=[])  # says nothing about redaction
    digest = blake2b(digest_size=20)
    for part in (
        content,
        code_digest(*_CODE),
        SIGNATURE,
        msgspec.json.encode(removing, order="sorted").decode(),
        job.known_fingerprint,
    ):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def _unreadable(unit: Unit, error: OSError) -> SourceError:
    reason = error.strerror or str(error) or type(error).__name__
    return SourceError(f"{unit.path}: expected a readable log, found: {reason}")


def _cached(path: Path, key: str) -> Header | None:
    """The header of a whole fragment in the cache; None where there is none (any more)."""
    try:
        header = Fragment(path, unit=key, verify=True).header
        used(path)
        return header
    except (FileNotFoundError, FragmentError):
        return None


def _make(job: Gathering, unit: Unit, path: Path, key: str) -> Header:
    tally, findings = Tally(), Findings()
    each: list[OwnFindings] = []
    try:
        found = [annotate(recognised(t)) for t in _SOURCES[unit.harness].read(unit, tally)]
    except OSError as error:
        raise _unreadable(unit, error) from None
    if tally.read != tally.used + sum(tally.skipped.values()):
        raise SourceError(
            f"{unit.path}: expected every record used or counted under a reason, found "
            f"{tally.read} read, {tally.used} used, {sum(tally.skipped.values())} skipped"
        )
    if job.recipe.privacy.enabled:
        found = list(Redactor(job.recipe.privacy, job.known).redact_unit(found, findings, each))
    try:
        return write_fragment(path, key, found, tally, findings, each)
    except OverflowError:  # msgpack holds 64-bit integers; JSON in a log holds any
        found = [narrowed(trajectory, tally) for trajectory in found]
        return write_fragment(path, key, found, tally, findings, each)


def recognised(trajectory: Trajectory) -> Trajectory:
    """The trajectory with the family of its model, where its log does not say."""
    return trajectory.with_(model_family=trajectory.model_family or model_family(trajectory.model))


def narrowed(trajectory: Trajectory, tally: Tally) -> Trajectory:
    """The trajectory with integers beyond 64 bits in arguments and schemas as text (counted)."""

    def narrow(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: narrow(item) for name, item in value.items()}
        if isinstance(value, list):
            return [narrow(item) for item in value]
        if isinstance(value, int) and not -(2**63) <= value < 2**64:
            tally.repair("integer_over_64_bits")
            return str(value)
        return value

    steps = tuple(
        replace(step, arguments=narrow(step.arguments)) if isinstance(step, ToolCall) else step
        for step in trajectory.steps
    )
    return trajectory.with_(steps=steps, tools=tuple(narrow(tool) for tool in trajectory.tools))


def _refuse_unknown(job: Gathering, unit: Unit, header: Header) -> None:
    if not job.strict:
        return
    if header.tally.unknown:
        names = ", ".join(sorted(header.tally.unknown))
        raise SourceError(f"{unit.path}: expected known record types (--strict), found {names}")
    if damaged := sum(header.tally.skipped.get(reason, 0) for reason in _DAMAGED):
        raise SourceError(f"{unit.path}: expected whole lines (--strict), found {damaged} damaged")


def _choose(header: Header, job: Gathering) -> tuple[tuple[int, ...], Stats]:
    """The trajectories that the recipe lets in, and their numbers with those of the others."""
    chosen, stats = [], Stats()
    for ordinal, entry in enumerate(header.entries):
        reason = _left_out(entry, job.recipe.read, job.since)
        if reason is None:
            chosen.append(ordinal)
            stats.add(entry.stats)
        else:
            increase(stats.left_out, reason)
    return tuple(chosen), stats


def _left_out(entry: Entry, section: Read, since: int | None) -> str | None:
    """The key of the recipe's `read` section that leaves a trajectory out, or None."""
    project, ended = entry.project or "", entry.keys.ended_at
    if section.projects and not any(fnmatchcase(project, glob) for glob in section.projects):
        return "projects"
    if any(fnmatchcase(project, glob) for glob in section.exclude_projects):
        return "exclude_projects"
    if since is not None and (ended is None or ended < since):
        return "since"
    if section.outcomes and not set(section.outcomes) & set(entry.stats.outcomes):
        return "outcomes"
    if entry.stats.calls < section.min_tool_calls:
        return "min_tool_calls"
    return None


def _where(error: Exception) -> str:
    """Where our own code failed, without the error's text: it could quote the log."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"expected a log that this source can read, found {type(error).__name__} at "
        f"{Path(frame.filename).name}:{frame.lineno} (please report this)"
    )
