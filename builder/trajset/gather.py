"""Map 1: one unit becomes a fragment. Read, annotate, redact; nothing else sees raw text."""

from __future__ import annotations

import fnmatch
import traceback
from hashlib import blake2b
from pathlib import Path

import msgspec
from msgspec import Struct

from trajset.annotate import annotate
from trajset.cache import code_digest, content_digest, private_folder
from trajset.fragment import Fragment, FragmentError, Header, write_fragment
from trajset.privacy import Findings, KnownValues, Redactor
from trajset.recipe import Read, Recipe
from trajset.sources import SOURCES
from trajset.sources.tally import Tally
from trajset.sources.unit import SourceError, Unit
from trajset.stats import Stats, increase
from trajset.trajectory import InvariantError, ToolCall, Trajectory

_SOURCES = {source.NAME: source for source in SOURCES}
_CODE = ("sources", "annotate", "privacy", "trajectory.py", "keys.py", "fragment.py", "gather.py")


class Gathering(Struct, frozen=True, kw_only=True):
    """What map 1 needs beside the unit; the same for all units of a build."""

    recipe: Recipe
    known: KnownValues
    known_fingerprint: str
    fragments: str
    """Folder of the fragments."""
    since: int | None = None
    """Earliest last activity (ms), or None."""
    strict: bool = False


class Gathered(Struct, frozen=True, kw_only=True):
    """What became of a unit: its fragment, or why there is none."""

    path: str
    fragment: str = ""
    header: Header | None = None
    error: str | None = None
    """A sentence without log text."""
    cached: bool = False


def gather(job: Gathering, unit: Unit) -> Gathered:
    """Read, annotate and redact one unit, or find its fragment in the cache."""
    try:
        key = _cache_key(job, unit)
        folder = private_folder(Path(job.fragments) / key[:2])
        path = folder / key
        if (header := _cached(path, key)) is not None:
            return Gathered(path=unit.path, fragment=str(path), header=header, cached=True)
        header = _make(job, unit, path, key)
    except (SourceError, InvariantError) as error:
        return Gathered(path=unit.path, error=str(error))
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        return Gathered(
            path=unit.path, error=f"{unit.path}: expected a readable log, found: {reason}"
        )
    except Exception as error:  # one odd log must not stop a build of thousands
        if job.strict:
            raise
        return Gathered(path=unit.path, error=f"{unit.path}: {_where(error)}")
    return Gathered(path=unit.path, fragment=str(path), header=header)


def _cache_key(job: Gathering, unit: Unit) -> str:
    digest = blake2b(digest_size=20)
    for part in (
        content_digest(unit),
        code_digest(*_CODE),
        msgspec.json.encode(job.recipe.privacy, order="sorted").decode(),
        msgspec.json.encode(job.recipe.read, order="sorted").decode(),
        str(job.since),
        str(job.strict),
        job.known_fingerprint,
    ):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def _cached(path: Path, key: str) -> Header | None:
    """The header of a whole fragment in the cache; None where there is none (any more)."""
    try:
        return Fragment(path, unit=key, verify=True).header
    except (FileNotFoundError, FragmentError):
        return None


def _make(job: Gathering, unit: Unit, path: Path, key: str) -> Header:
    tally, stats, findings = Tally(), Stats(), Findings()
    source = _SOURCES[unit.harness]
    found = [annotate(trajectory) for trajectory in source.read(unit, tally)]
    if tally.read != tally.used + sum(tally.skipped.values()):
        raise SourceError(
            f"{unit.path}: expected every record used or counted under a reason, found "
            f"{tally.read} read, {tally.used} used, {sum(tally.skipped.values())} skipped"
        )
    if job.strict and tally.unknown:
        names = ", ".join(sorted(tally.unknown))
        raise SourceError(f"{unit.path}: expected known record types (--strict), found {names}")
    if job.recipe.privacy.enabled:
        found = list(Redactor(job.recipe.privacy, job.known).redact_unit(found, findings))
    kept = []
    for trajectory in found:
        reason = _left_out(trajectory, job.recipe.read, job.since)
        if reason is None:
            kept.append(trajectory)
            stats.see(trajectory)
        else:
            increase(stats.left_out, reason)
    return write_fragment(path, key, kept, tally, stats, findings)


def _left_out(trajectory: Trajectory, section: Read, since: int | None) -> str | None:
    """The key of the recipe's `read` section that leaves a trajectory out, or None."""
    project = trajectory.project or ""
    if section.projects and not any(fnmatch.fnmatch(project, g) for g in section.projects):
        return "projects"
    if any(fnmatch.fnmatch(project, glob) for glob in section.exclude_projects):
        return "exclude_projects"
    if since is not None and (trajectory.ended_at is None or trajectory.ended_at < since):
        return "since"
    if section.outcomes and trajectory.outcome not in section.outcomes:
        return "outcomes"
    if section.min_tool_calls:
        made = sum(isinstance(step, ToolCall) for step in trajectory.steps)
        if made < section.min_tool_calls:
            return "min_tool_calls"
    return None


def _where(error: Exception) -> str:
    """Where our own code failed, without the error's text: it could quote the log."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"expected a log that this source can read, found {type(error).__name__} at "
        f"{Path(frame.filename).name}:{frame.lineno} (please report this; --strict shows it)"
    )
