"""OpenCode's SQLite store (`opencode.db`, since 1.2.0): tables `session`, `message` and `part`.

`message.data` and `part.data` hold the JSON of the storage files without their ids; the schema is
that of OpenCode's own `session.sql.ts`. The store is opened read-only and never written to.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from trajset.sources.files import is_remote
from trajset.sources.head import Head
from trajset.sources.opencode.session import Session
from trajset.sources.tally import Tally
from trajset.sources.unit import SourceError, Unit

_TABLE = {
    name: re.compile(rf"CREATE TABLE [`\"']?{name}[`\"']?\s*\(([^;]*?data[^;]*)", re.IGNORECASE)
    for name in ("message", "part")
}
_BYTES_A_PART = 1_024  # an estimate, good enough to start with the largest session


def claims(head: Head) -> bool:
    """Whether a SQLite file has OpenCode's tables, as far as its first pages tell."""
    text = head.data.decode("latin-1")
    message, part = _TABLE["message"].search(text), _TABLE["part"].search(text)
    return bool(message and part and "session_id" in message[1] and "message_id" in part[1])


def is_database(path: str) -> bool:
    """Whether a claimed file is the SQLite store, by its first bytes."""
    if is_remote(path):
        return False
    with Path(path).open("rb") as file:
        return file.read(15) == b"SQLite format 3"


def units(harness: str, path: str) -> Iterator[Unit]:
    """One unit a session, named by the row of `session`; the whole file where it is damaged."""
    try:
        with closing(_open(path)) as connection:
            rows = connection.execute(
                "SELECT s.rowid, (SELECT count(*) FROM part p WHERE p.session_id = s.id)"
                " FROM session s ORDER BY s.rowid"
            ).fetchall()
    except sqlite3.Error:
        yield Unit(harness=harness, path=path, files=(path,))
        return
    for row, parts in rows:
        size = max(1, parts) * _BYTES_A_PART
        yield Unit(harness=harness, path=path, files=(path,), start=row, end=row + 1, size=size)


def load(unit: Unit, tally: Tally) -> Session:
    """Read one session's rows.

    Raises:
        SourceError: the file is damaged, or has no such session.
    """
    try:
        with closing(_open(unit.path)) as connection:
            return _load(connection, unit, tally)
    except sqlite3.Error:
        raise SourceError(
            f"{unit.path}: expected a readable SQLite store of OpenCode, found a damaged one"
        ) from None


def _load(connection: sqlite3.Connection, unit: Unit, tally: Tally) -> Session:
    connection.row_factory = sqlite3.Row
    row = connection.execute("SELECT * FROM session WHERE rowid = ?", (unit.start,)).fetchone()
    if row is None:
        raise SourceError(f"{unit.path}: expected session row {unit.start}, found none")
    session = Session(_info(dict(row)))
    tally.use()
    identity = row["id"]
    parts: dict[str, list[dict[str, Any]]] = {}
    known: set[str] = set()
    rows = connection.execute(
        "SELECT id, data FROM message WHERE session_id = ? ORDER BY time_created, id", (identity,)
    )
    for message in rows:
        data = _json(message["data"])
        if data is None:
            tally.skip("undecodable_row")
            continue
        known.add(message["id"])
        own = parts.setdefault(message["id"], [])
        session.messages.append((data | {"id": message["id"], "sessionID": identity}, own))
    rows = connection.execute(
        "SELECT id, message_id, data FROM part WHERE session_id = ? ORDER BY message_id, id",
        (identity,),
    )
    for part in rows:
        data = _json(part["data"])
        if data is None:
            tally.skip("undecodable_row")
        elif part["message_id"] not in known:
            tally.skip("part_without_message")
        else:
            parts[part["message_id"]].append(data | {"id": part["id"]})
    return session


def _info(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `session` in the shape of an exported session's info."""
    return {
        "id": row.get("id"),
        "projectID": row.get("project_id"),
        "parentID": row.get("parent_id"),
        "directory": row.get("directory"),
        "title": row.get("title"),
        "version": row.get("version"),
        "revert": _json(row.get("revert")),
        "time": {"created": row.get("time_created"), "updated": row.get("time_updated")},
    }


def _json(text: Any) -> dict[str, Any] | None:
    if not isinstance(text, str | bytes):
        return None
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _open(path: str) -> sqlite3.Connection:
    file = Path(path).absolute()
    # Without a write-ahead log nobody is writing; `immutable` then leaves no lock or index behind.
    waiting = file.with_name(file.name + "-wal").exists()
    uri = file.as_uri() + ("?mode=ro" if waiting else "?mode=ro&immutable=1")
    connection = sqlite3.connect(uri, uri=True)
    connection.text_factory = lambda data: data.decode("utf-8", errors="replace")
    return connection
