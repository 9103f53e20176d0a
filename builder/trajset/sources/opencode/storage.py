"""OpenCode's storage folders, one object a file: `session/<project>/<session>.json`,
`message/<session>/<message>.json`, `part/<message>/<part>.json` (once below `storage/session/`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from trajset.sources.files import read_bytes
from trajset.sources.opencode.session import Session
from trajset.sources.tally import Tally
from trajset.sources.unit import SourceError, Unit

_SESSION = re.compile(r"(?P<root>.*)/session/[^/]+/(?P<session>[^/]+)\.json(?:\.\w+)?")
_MESSAGE = re.compile(
    r"(?P<root>.*?)(?:/session)?/message/(?P<session>[^/]+)/(?P<message>[^/]+)\.json(?:\.\w+)?"
)
_PART = re.compile(
    r"(?P<root>.*?)(?:/session)?/part/(?:[^/]+/)?(?P<message>[^/]+)/[^/]+\.json(?:\.\w+)?"
)


def is_session(value: dict[str, Any]) -> bool:
    """Whether an object describes a session (its id may have been blanked out)."""
    return "role" not in value and (
        {"projectID", "directory", "title"} <= value.keys()
        or (str(value.get("id", "")).startswith("ses_") and {"title", "time"} <= value.keys())
    )


def kind_of(value: dict[str, Any]) -> str | None:
    """`session`, `message` or `part`: what an object of the storage folders is, by its keys."""
    if "sessionID" not in value:
        return "session" if is_session(value) else None
    if "messageID" in value:
        return "part" if isinstance(value.get("type"), str) and "id" in value else None
    known = value.get("role") in ("user", "assistant") and {"id", "time"} <= value.keys()
    return "message" if known else None


def is_stored(path: str) -> bool:
    """Whether a path is one of the storage folders' files."""
    path = _posix(path)
    return any(pattern.fullmatch(path) for pattern in (_MESSAGE, _PART, _SESSION))


def units(harness: str, files: Sequence[str]) -> Iterator[Unit]:
    """Group files by session, judged by their paths alone; a file that stands alone is a unit."""
    sessions: dict[tuple[str, str], list[str]] = {}
    parts: list[tuple[str, str, str]] = []
    owner: dict[tuple[str, str], str] = {}
    for file in files:
        path = _posix(file)
        if match := _PART.fullmatch(path):
            parts.append((match["root"], match["message"], file))
        elif match := _MESSAGE.fullmatch(path):
            owner[match["root"], match["message"]] = match["session"]
            sessions.setdefault((match["root"], match["session"]), []).append(file)
        elif match := _SESSION.fullmatch(path):
            sessions.setdefault((match["root"], match["session"]), []).insert(0, file)
        else:
            yield Unit(harness=harness, path=file, files=(file,))
    for root, message, file in parts:
        sessions.setdefault((root, owner.get((root, message), message)), []).append(file)
    for group in sessions.values():
        yield Unit(harness=harness, path=group[0], files=tuple(group))


def load(unit: Unit, tally: Tally) -> Session:
    """Read a session's files. A damaged file is counted and left out.

    Raises:
        SourceError: no file of the unit holds an object of OpenCode's.
    """
    session = Session({})
    messages: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {}
    parts: list[dict[str, Any]] = []
    for file in unit.files:
        value = _object(file)
        kind = kind_of(value) if value is not None else None
        if value is None or kind is None:
            tally.skip("undecodable_file")
        elif kind == "session":
            session.info = value
            tally.use()
        elif kind == "message":
            messages[str(value.get("id"))] = (value, [])
        else:
            parts.append(value)
    if not session.info and not messages and not parts:
        raise SourceError(f"{unit.path}: expected objects of a session, found none that is whole")
    for part in sorted(parts, key=lambda p: str(p.get("id"))):
        owner = messages.get(str(part.get("messageID")))
        if owner is None:
            tally.skip("part_without_message")
        else:
            owner[1].append(part)
    session.messages = [messages[key] for key in sorted(messages)]
    return session


def _object(file: str) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(read_bytes(file))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, EOFError):
        return None
    return value if isinstance(value, dict) else None


def _posix(path: str) -> str:
    return path.replace("\\", "/")
