"""Putting placeholders into texts, and what a second look at the result changes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct, field

from trajset.privacy.detectors.detector import Span
from trajset.privacy.placeholders import PLACEHOLDER, Numbering

_NEAR = 600
"""So far from a placeholder may stand what it hid from the detectors."""

Piece = tuple[int, int, int]
"""(number of a string, start, end)."""


class Cut(Struct):
    """What redaction makes of the strings of a unit that it changes."""

    new: dict[int, bytes] = field(default_factory=dict)
    kinds: dict[int, list[str]] = field(default_factory=dict)
    """What was removed from each."""
    numbered: list[int] = field(default_factory=list)
    """The strings that hold a numbered placeholder now."""
    _decoded: dict[int, str] = field(default_factory=dict)

    def text(self, number: int) -> str:
        """A string that changed, as it is now."""
        if number not in self._decoded:
            self._decoded[number] = self.new[number].decode("utf-8", "surrogatepass")
        return self._decoded[number]

    def go_on(self, pieces: list[Piece], more: Cut) -> None:
        """Take over what a second look at pieces of the strings changed."""
        changed: dict[int, list[tuple[int, int, bytes]]] = {}
        for index in sorted(more.new):
            number, start, end = pieces[index]
            changed.setdefault(number, []).append((start, end, more.new[index]))
            self.kinds[number] += more.kinds[index]
        for number, replaced in changed.items():
            raw, at = self.new[number], 0
            parts: list[bytes] = []
            for start, end, new in replaced:
                parts += (raw[at:start], new)
                at = end
            self.new[number] = b"".join([*parts, raw[at:]])
        self.numbered = sorted({pieces[index][0] for index in more.numbered})


def cut_out(raw: bytes, spans: Iterable[Span], numbering: Numbering) -> bytes:
    """A text with placeholders in the places of its spans."""
    parts: list[bytes] = []
    at = 0
    for span in spans:
        if span.put is not None:
            parts += (raw[at : span.start], span.put)
        else:
            start = _behind_escape(raw, span.start)
            parts += (raw[at:start], numbering.placeholder(span.kind, span.value))
        at = span.end
    parts.append(raw[at:])
    return b"".join(parts)


_ESCAPED = re.compile(rb"u[0-9A-Fa-f]{4}|[\"\\/bfnrt]")


def _behind_escape(raw: bytes, start: int) -> int:
    """Where a placeholder may begin: not between a backslash and what it escapes."""
    before = raw[max(0, start - 64) : start]
    if (len(before) - len(before.rstrip(b"\\"))) % 2 == 0:
        return start
    escaped = _ESCAPED.match(raw, start)
    return escaped.end() if escaped else start


def around_placeholders(raw: bytes) -> list[tuple[int, int]]:
    """The lines near placeholders; all of a short text."""
    if len(raw) <= 2 * _NEAR:
        return [(0, len(raw))]
    places: list[tuple[int, int]] = []
    for found in PLACEHOLDER.finditer(raw):
        start = (
            raw.rfind(b"\n", max(0, found.start() - 2 * _NEAR), max(0, found.start() - _NEAR)) + 1
        )
        start = max(start, found.start() - 2 * _NEAR, 0)
        end = min(found.end() + _NEAR, len(raw))
        if places and start <= places[-1][1]:
            places[-1] = places[-1][0], max(end, places[-1][1])
        else:
            places.append((start, end))
    return places
