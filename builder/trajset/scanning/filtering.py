"""Redaction as a filter: text in, text out, or one JSON value a line; memory is bounded.

An input is one unit: a value has one placeholder, and what its context gives away in one place is
removed in all. Where an input is larger than a piece, the pieces share numbers and what was
learnt; a value that only a later piece gives away stays in an earlier one. A piece of text ends at
a line that no finding is near, so that private keys and wrapped tokens stay whole.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Protocol

from msgspec import Struct, field

from trajset.privacy import Findings, Memory, Redactor
from trajset.privacy.walk import Place, rewrite_value

PIECE = 16_000_000
"""Characters of a piece."""
_TAIL = 200_000
"""So much of a piece may wait for the next one."""
_NEAR = 2_000
"""A piece does not end so near to a finding, where there is another place."""

_LINK_KEYS = """
    id uuid parentuuid leafuuid logicalparentuuid callid toolcallid tooluseid parenttooluseid
    sourcecallid sourcetooluseid sourcetoolassistantuuid messageid parentmessageid responseid
    requestid sessionid parentsessionid parentid parentcallid turnid itemid threadid conversationid
    trajectoryid runid stepid eventid agentid promptid rootid spanid traceid
"""
"""Keys whose values link records, without `_`, `-` and capitals."""
_ID = re.compile(r"[A-Za-z0-9_.:|+/=-]{1,200}")
_LINKS = frozenset(_LINK_KEYS.split())
_STREAMED = frozenset(
    ("content", "text", "delta", "partial_json", "arguments", "chunk", "output", "thinking")
)
"""Keys whose values, line after line, may be pieces of one text."""


class Readable(Protocol):
    """A text file."""

    def read(self, size: int = ..., /) -> str: ...

    def __iter__(self) -> Iterator[str]: ...


class Filtered(Struct, kw_only=True):
    """What a filter did."""

    findings: Findings = field(default_factory=Findings)
    lines: int = 0
    """Lines of JSON that were read."""
    malformed: int = 0
    """Lines that are no JSON; they were redacted as text."""


def redact_text(
    file: Readable, redactor: Redactor, filtered: Filtered, piece: int = PIECE
) -> Iterator[str]:
    """The text of a file, redacted; `filtered` is added to."""
    memory = Memory()
    place = Place("text")
    rest = ""
    while True:
        new = file.read(piece)
        buffer = rest + new
        at = _cut(buffer, redactor) if new else len(buffer)
        if at:
            yield from redactor.redact_strings([(buffer[:at], place)], memory, filtered.findings)
        rest = buffer[at:]
        if not new:
            return


def _cut(buffer: str, redactor: Redactor) -> int:
    """Where a piece may end: after a line, far from what is found near the buffer's end."""
    start = max(0, len(buffer) - _TAIL)
    found = [(f.start + start, f.end + start) for f in redactor.scan_text(buffer[start:])]
    inside = [(left - 1, right + 1) for left, right in found]
    near = [(left - _NEAR, right + _NEAR) for left, right in found]
    near.append((len(buffer) - _NEAR, len(buffer) + 1))
    for spans in (near, inside):
        at = len(buffer)
        while (at := buffer.rfind("\n", start, at)) >= 0:
            span = next((span for span in spans if span[0] < at + 1 < span[1]), None)
            if span is None:
                return at + 1
            at = min(at, max(span[0], start))
    return min([left for left, right in inside if right > len(buffer) - _NEAR] or [len(buffer)])


def redact_lines(
    lines: Iterable[str], redactor: Redactor, filtered: Filtered, piece: int = PIECE
) -> Iterator[str]:
    """Lines that hold a JSON value each, redacted: same lines, same structure.

    Ids under the usual keys that link records stay, unless they have the form of a credential.
    Blank lines stay. A line that is no JSON is redacted as text.
    """
    memory = Memory()
    batch: list[str] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line)
        if size >= piece:
            yield from _batch(batch, redactor, memory, filtered)
            batch, size = [], 0
    yield from _batch(batch, redactor, memory, filtered)


def _batch(
    lines: list[str], redactor: Redactor, memory: Memory, filtered: Filtered
) -> Iterator[str]:
    read = [_Line(number, line) for number, line in enumerate(lines, filtered.lines)]
    memory.ids.clear()  # or they would be all the ids of an endless stream
    links = _Links(redactor, memory)
    for line in read:
        line.collect(links)
        filtered.malformed += line.is_malformed
    filtered.lines += len(lines)
    strings = [string for line in read for string in line.strings]
    redacted = iter(redactor.redact_strings(strings, memory, filtered.findings))
    for line in read:
        yield line.written(list(itertools.islice(redacted, len(line.strings)))) + line.end


class _Line:
    """A line, and its strings in the order of every walk over it."""

    def __init__(self, number: int, line: str) -> None:
        self.body = line.rstrip("\r\n")
        self.end = line[len(self.body) :]
        self.strings: list[tuple[str, Place]] = []
        self._stays: list[bool] = []
        self._number = number
        self._value: Any = None
        self._is_json = False
        if not self.body.strip():
            return
        try:
            self._value = json.loads(self.body, object_pairs_hook=_object, parse_float=_finite)
            self._is_json = True
        except (ValueError, RecursionError):
            pass

    @property
    def is_malformed(self) -> bool:
        """Whether it holds something that is no JSON."""
        return not self._is_json and bool(self.body.strip())

    def collect(self, links: _Links) -> None:
        """Take the strings that may change."""
        if not self._is_json:
            self.strings.append((self.body, Place("text")))
            return

        def visit(text: str, place: Place) -> str:
            stays = links.keeps(text, place.name)
            self._stays.append(stays)
            if not stays:
                self.strings.append((text, self._place(place)))
            return text

        rewrite_value(self._value, visit)

    def _place(self, place: Place) -> Place:
        """A place among those of other lines: streams go on only where lines hold pieces."""
        if place.name in _STREAMED:
            return place._replace(stream=f"lines {place.name}")
        return place._replace(stream=f"{self._number} {place.stream}") if place.stream else place

    def written(self, redacted: list[str]) -> str:
        """The line with other strings in their places; as it was where they are the same."""
        if all(new == old for new, (old, _) in zip(redacted, self.strings, strict=True)):
            return self.body
        if not self._is_json:
            return redacted[0]
        stays, given = iter(self._stays), iter(redacted)
        value = rewrite_value(self._value, lambda text, _: text if next(stays) else next(given))
        return _encoded(value, self.body)


class _Links:
    """Tells ids that link from values that only stand under such a key."""

    def __init__(self, redactor: Redactor, memory: Memory) -> None:
        self._redactor = redactor
        self._memory = memory
        self._known: dict[str, bool] = {}

    def keeps(self, text: str, key: str) -> bool:
        """Whether a string is an id that has to stay."""
        if not key or not _links(key) or _ID.fullmatch(text) is None:
            return False
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = not self._redactor.scan_text(text)
            if known:
                self._memory.ids.add(text.encode())
        return known


@lru_cache(maxsize=4096)
def _links(key: str) -> bool:
    return key.lower().replace("_", "").replace("-", "") in _LINKS


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; one with a key that comes twice cannot be written as it was."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key comes twice")
    return value


def _finite(text: str) -> float:
    """A number; one that is too large for a float could not be written as it was."""
    value = float(text)
    if math.isinf(value):
        raise ValueError("too large for a float")
    return value


def _encoded(value: Any, line: str) -> str:
    """JSON in the manner of the line that it stands for."""
    spaced = '": ' in line[:2000] or '", ' in line[:2000]
    separators = (", ", ": ") if spaced else (",", ":")
    text = json.dumps(value, ensure_ascii=line.isascii(), separators=separators)
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a pair that the line held as an escape
        return json.dumps(value, separators=separators)
    return text
