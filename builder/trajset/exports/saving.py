"""`trajset save`: one session as an OpenAI envelope below a project's `.evolve/trajectories`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from trajset.cache import private_folder
from trajset.corpus import BuildError, find_units, gathering
from trajset.exports import openai
from trajset.exports.format import Case
from trajset.exports.uncounted import Uncounted
from trajset.fragment import open_fragment
from trajset.gather import Gathering, gather
from trajset.privacy import Redactor
from trajset.private_files import write_private
from trajset.recipe import Recipe
from trajset.sources.unit import Unit
from trajset.trajectory import Trajectory
from trajset.views.view import Context, Place

FOLDER = Path(".evolve") / "trajectories"


class Found(Struct, frozen=True, kw_only=True):
    """A session of the kept path, not of a sub-agent: where it lies, and what tells it apart."""

    fragment: str
    ordinal: int
    session_id: str
    ended_at: int

    @property
    def trajectory(self) -> Trajectory:
        """The redacted trajectory."""
        return open_fragment(self.fragment).trajectory(self.ordinal)


def latest(
    places: Sequence[str], project: Path | None, recipe: Recipe, env_files: Sequence[Path] = ()
) -> Found:
    """The session with the last activity, of a project or of all.

    Logs are read newest first, and no further than one that was changed before the best that was
    found: none of the others can hold anything later.

    Args:
        project: the working directory that the log names; None takes any.

    Raises:
        BuildError: there is none.
        FileNotFoundError: there is nothing at one of the places.
    """
    job = gathering(recipe, env_files)
    wanted = None if project is None else _as_logged(project, job)
    best: Found | None = None
    for changed, unit in _newest_first(places, recipe):
        if best is not None and changed < best.ended_at:
            break
        for found, of_project in _sessions(job, unit):
            fits = wanted is None or of_project == wanted
            if fits and (best is None or found.ended_at > best.ended_at):
                best = found
    if best is None:
        where = "at this place" if project is None else f"of {project}"
        raise BuildError(
            f"save: expected a session {where}, found none; name one by its id or its log"
        )
    return best


def named(
    places: Sequence[str], name: str, recipe: Recipe, env_files: Sequence[Path] = ()
) -> Found:
    """The session whose id begins with a name; of several trajectories of it, the latest.

    Raises:
        BuildError: there is none, or several sessions begin so.
        FileNotFoundError: there is nothing at one of the places.
    """
    job = gathering(recipe, env_files)
    units = [unit for _, unit in _newest_first(places, recipe)]
    likely = [unit for unit in units if name in unit.path]
    for group in (likely, [unit for unit in units if unit not in likely]):
        matches: dict[str, Found] = {}
        for unit in group:
            for found, _ in _sessions(job, unit):
                before = matches.get(found.session_id)
                if found.session_id.startswith(name) and (
                    before is None or found.ended_at > before.ended_at
                ):
                    matches[found.session_id] = found
        if len(matches) > 1:
            raise BuildError(
                f"{name}: expected the beginning of one session's id, found {len(matches)} that "
                "begin so; give more of it"
            )
        if matches:
            return next(iter(matches.values()))
    raise BuildError(f"{name}: expected a session's id or a log, found none")


def save(found: Found, project: Path, recipe: Recipe, now: datetime) -> tuple[Path, int]:
    """Write a session below a project; returns the file and its number of messages.

    The file is there whole or not at all, and never replaces another: a second one of the same
    second gets a suffix.

    Raises:
        BuildError: nothing of the session is left to write.
        OSError: the file cannot be written.
    """
    envelope = _envelope(found.trajectory, recipe)
    data = msgspec.json.format(msgspec.json.encode(envelope), indent=2) + b"\n"
    top = private_folder(project / FOLDER.parent)
    if not (top / ".gitignore").exists():  # sessions are not for the project's repository
        write_private(top / ".gitignore", b"*\n")
    folder = private_folder(top / FOLDER.name)
    temporary = folder / f".{os.getpid()}.part"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        for name in _names(now):
            try:
                # A link, not a rename: it refuses to replace what another process has written.
                os.link(temporary, folder / name)
            except FileExistsError:
                continue
            return folder / name, len(envelope["messages"])
    finally:
        temporary.unlink(missing_ok=True)
    raise AssertionError("names do not end")


def _names(now: datetime) -> Iterator[str]:
    stem = f"trajectory_{now:%Y-%m-%dT%H-%M-%S}"
    yield f"{stem}.json"
    for number in count(2):
        yield f"{stem}-{number}.json"


def _envelope(trajectory: Trajectory, recipe: Recipe) -> dict[str, Any]:
    context = Context(section=recipe.views, fit=recipe.fit, counter=Uncounted())
    case = Case(place=Place(id=trajectory.id), context=context)
    for line in openai.render(trajectory, case):
        return line
    raise BuildError(f"{trajectory.session_id}: expected messages, found only system reminders")


def _as_logged(project: Path, job: Gathering) -> str:
    """A working directory as it stands in redacted trajectories."""
    text = str(project)
    if not job.recipe.privacy.enabled:
        return text
    return Redactor(job.recipe.privacy, job.known).redact_text(text)


def _newest_first(places: Sequence[str], recipe: Recipe) -> list[tuple[float, Unit]]:
    """Units with the time (ms) at which one of their files was last changed."""
    discovery, _ = find_units(places, recipe)
    dated = [(max(map(_changed, unit.files)), unit) for unit in discovery.units]
    return sorted(dated, key=lambda pair: (-pair[0], pair[1].path, pair[1].start))


def _changed(file: str) -> float:
    """When a file was last changed (ms); a place that cannot say is looked at first."""
    try:
        return Path(file).stat().st_mtime * 1000
    except OSError:
        return float("inf")


def _sessions(job: Gathering, unit: Unit) -> Iterator[tuple[Found, str | None]]:
    """The main agents' kept paths of a unit, each with its project."""
    result = gather(job, unit)
    entries = result.header.entries if result.header is not None else ()
    for ordinal in result.chosen:
        keys = entries[ordinal].keys
        if keys.agent is None and not keys.branch:
            found = Found(
                fragment=result.fragment,
                ordinal=ordinal,
                session_id=keys.session_id,
                ended_at=keys.ended_at or 0,
            )
            yield found, entries[ordinal].project
