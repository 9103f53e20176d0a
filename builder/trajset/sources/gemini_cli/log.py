"""Reading a chat recording, old (one document) or new (one record a line), into paths of messages.

The new form is a log of changes: a message is written again as it grows (the last version holds),
`$set` changes the header or replaces the messages, `$rewindTo` drops a message and all after it.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

from trajset.sources.files import read_head
from trajset.sources.lenient import items, mapping
from trajset.sources.records import json_document, json_lines
from trajset.sources.responses import word
from trajset.sources.tally import Tally

_SPEAKING = frozenset({"user", "gemini", "error"})
_SILENT = frozenset({"info", "warning"})

_decoder = msgspec.json.Decoder(dict[str, Any])


class Entry(Struct):
    """One message. `replayed`: it stands for an earlier segment, as its summary or a copy."""

    message: dict[str, Any]
    line: int
    replayed: bool = False


Segment = dict[str, Entry]
"""Messages by id, in order."""


class Recording(Struct):
    """All that one recording says."""

    header: dict[str, Any] = field(default_factory=dict)
    segments: list[Segment] = field(default_factory=lambda: [{}])
    """The path that was kept; a compression starts a new segment."""
    abandoned: list[list[Segment]] = field(default_factory=list)
    """Whole paths from the root, each as it was before it was rewound."""


def scan(path: str, tally: Tally) -> Recording:
    """Read a recording, counting every message (old form) or line (new form).

    Raises:
        SourceError: the file is a document that is cut off.
        OSError: the file cannot be read.
    """
    recording = Recording()
    head = read_head(path).document
    if isinstance(head, dict) and "messages" in head:
        document = mapping(json_document(path, tally))
        _change_header(recording, document)
        for number, message in enumerate(items(document.get("messages")), 1):
            _message(recording, message, number, tally)
        return recording
    for line, record, _ in json_lines(path, tally, _decoder):
        if record is None:
            tally.skip("wrong_type")
        elif "$set" in record:
            _set(recording, record["$set"], line, tally)
        elif "$rewindTo" in record:
            _rewind(recording, record["$rewindTo"], tally)
        elif "type" in record or "id" in record:
            _message(recording, record, line, tally)
        elif "sessionId" in record:
            _set(recording, record, line, tally)
        else:
            tally.skip_unknown(next(iter(record), None))
    return recording


def _message(recording: Recording, message: Any, line: int, tally: Tally) -> None:
    """Add a message, or put it in the place of its earlier version."""
    if not isinstance(message, dict):
        tally.skip("wrong_type")
        return
    kind = message.get("type")
    if isinstance(kind, str) and kind in _SILENT:
        tally.skip(kind)
    elif isinstance(kind, str) and kind in _SPEAKING:
        key = word(message.get("id")) or f"line {line}"
        segment = recording.segments[-1]
        if key in segment:
            tally.skip("earlier_version")
            segment[key] = Entry(message, line, segment[key].replayed)
        else:
            tally.use()
            segment[key] = Entry(message, line)
    else:
        tally.skip_unknown(kind)


def _set(recording: Recording, change: Any, line: int, tally: Tally) -> None:
    if not isinstance(change, dict):
        tally.skip("wrong_type")
        return
    tally.use()
    _change_header(recording, change)
    if isinstance(change.get("messages"), list) and change["messages"]:
        _replace(recording, change["messages"], line)


def _change_header(recording: Recording, change: dict[str, Any]) -> None:
    recording.header |= {k: v for k, v in change.items() if k != "messages" and v is not None}


def _replace(recording: Recording, messages: list[Any], line: int) -> None:
    """The messages are set anew: they grew, or the last were taken back, or were compressed."""
    new: Segment = {}
    for number, message in enumerate(messages):
        if isinstance(message, dict) and word(message.get("type")) in _SPEAKING:
            new[word(message.get("id")) or f"line {line}/{number}"] = Entry(message, line)
    old = recording.segments[-1]
    for key in new.keys() & old.keys():
        new[key].replayed = old[key].replayed
    if list(new)[: len(old)] == list(old):
        recording.segments[-1] = new
    elif list(old)[: len(new)] == list(new):
        recording.abandoned.append(list(recording.segments))
        recording.segments[-1] = new
    else:
        for entry in new.values():
            entry.replayed = True
        recording.segments.append(new)


def _rewind(recording: Recording, target: Any, tally: Tally) -> None:
    """The user went back to before a message: what followed becomes an abandoned branch."""
    tally.use()
    segment = recording.segments[-1]
    if not isinstance(target, str) or target not in segment:
        tally.repair("rewind_to_unknown_message")
        return
    recording.abandoned.append(list(recording.segments))
    kept = list(segment)[: list(segment).index(target)]
    recording.segments[-1] = {key: segment[key] for key in kept}
