"""OpenCode: exported sessions, the `storage` folders and the SQLite store hold the same objects.

A record is one object: the session, a message, or a part of a message. In the storage folders each
lies in a file of its own, in `opencode.db` in a row of `session`, `message` or `part`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from trajset.sources.head import Head
from trajset.sources.opencode import database, storage
from trajset.sources.opencode.catalog import TOOLS
from trajset.sources.opencode.session import Session, trajectories
from trajset.sources.records import json_document
from trajset.sources.tally import Tally
from trajset.sources.unit import Fields, SourceError, Store, Unit
from trajset.trajectory import Trajectory

__all__ = ["FIELDS", "NAME", "STORE", "TITLE", "TOOLS", "VERSIONS", "claims", "read", "units"]

NAME = "opencode"
TITLE = "OpenCode"
# XDG folders on every platform. The folder itself is not named: it also holds auth.json.
_PLACES = tuple(
    f"{home}/opencode/{name}"
    for home in ("~/.local/share", "$XDG_DATA_HOME")
    for name in ("opencode.db", "storage")
)
STORE = Store(
    linux=_PLACES,
    macos=_PLACES,
    windows=_PLACES,
    suffixes=(".json", ".db"),
)
VERSIONS = "1.2.21-1.2.26"
FIELDS = Fields(
    reasoning="yes",
    status="yes",
    exit_code="partly",
    ids="yes",
    times="yes",
    model="yes",
    usage="yes",
    tool_schemas="never",
    branches="partly",
    subagents="yes",
    compaction="yes",
)


def claims(head: Head) -> bool:
    """Whether this is an export, one object of the storage folders, or the SQLite store."""
    if head.data.startswith(b"SQLite format 3"):
        return database.claims(head)
    document = head.document
    if not isinstance(document, dict):
        return False
    if "messages" in document or "info" in document:
        info = document.get("info")
        return isinstance(info, dict) and storage.is_session(info)
    return storage.kind_of(document) is not None


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a session: an export, a session's storage files, or a row of `opencode.db`."""
    yield from storage.units(NAME, [f for f in files if not database.is_database(f)])
    for file in files:
        if database.is_database(file):
            yield from database.units(NAME, file)


def read(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """The session's trajectory, and one more for messages that were reverted.

    Raises:
        SourceError: the export is no JSON, the database cannot be read, or nothing was found.
    """
    if database.is_database(unit.path):
        session = database.load(unit, tally)
    elif len(unit.files) > 1 or storage.is_stored(unit.path):
        session = storage.load(unit, tally)
    else:
        session = _export(unit.path, tally)
    yield from trajectories(NAME, session, tally)


def _export(path: str, tally: Tally) -> Session:
    document = json_document(path, tally)
    if not isinstance(document, dict) or not isinstance(document.get("info"), dict):
        raise SourceError(f"{path}: expected an object with info and messages, found another value")
    session = Session(document["info"])
    tally.use()
    messages = document.get("messages")
    for message in messages if isinstance(messages, list) else ():
        info = message.get("info") if isinstance(message, dict) else None
        if not isinstance(info, dict):
            tally.skip("not_an_object")
            continue
        parts = message.get("parts")
        session.messages.append((info, []))
        for part in parts if isinstance(parts, list) else ():
            if isinstance(part, dict):
                session.messages[-1][1].append(part)
            else:
                tally.skip("not_an_object")
    return session
