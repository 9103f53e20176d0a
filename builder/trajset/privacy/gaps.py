"""Secrets that a terminal, a diff, a listing, a string literal or a stream tore apart.

A gap is what stands between two pieces of one token: a line break with what the next line starts
with (indentation, line number, diff or quote marker), the end of one string and the start of the
next, or the frame of a streamed event. Everything here looks at a bounded part of a buffer.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_PIECE = re.compile(rb"[A-Za-z0-9_\-.+/=~$:]+")
LINE_BREAK = re.compile(
    rb"\\?(?:\r?\n|(?:\\+r)?\\+n)(?:[ \t]|\\+t){0,40}+"
    rb"(?:\d{1,6}(?:[ \t]*(?:[:|]|\xe2\x94\x82|\xe2\x86\x92)|[ \t]|\\+t|-(?=[ \t]))(?:[ \t]"
    rb"|\\+t){0,8}+)?"
    rb"(?:(?:[|>#]|\xe2\x94\x82)[ \t]{0,8}+)?"
)
_MARKER = re.compile(rb"[+-][ \t]{0,8}+")
_STRINGS = re.compile(
    rb"\\*[\"'`][ \t]{0,40}+(?:[,+.&][ \t]{0,40}+)?\\?(?:\r?\n|\\+n)?[ \t]{0,40}+(?:[+.&]"
    rb"[ \t]{0,8}+)?[a-z]?\\*[\"'`]"
)
_EVENTS = re.compile(
    rb"\\*\"[^\"\n\\]{0,8}[^\n\x00]{0,200}?\n+(?:event: ?[^\n]{0,60}\n)?(?:data: ?)?\{"
    rb"[^\n\x00]{0,400}?"
    rb"\"(?:content|text|delta|partial_json|chunk|token|output|data|arguments|stdout"
    rb"|response)\": ?\\*\""
)
_LINE_START = re.compile(rb"(?:\d{1,6}[ \t:|]{1,4})?([+-])")


class View(NamedTuple):
    """A text put together from pieces of a buffer, and where its bytes come from."""

    text: bytes
    starts: list[tuple[int, int]]
    """(offset in the view, offset in the buffer) of each piece."""

    def raw_end(self, end: int) -> int:
        """The buffer's offset just after the view's byte `end - 1`."""
        for at, raw in reversed(self.starts):
            if at < end:
                return raw + end - at
        return self.starts[0][1]


def line_break(buffer: bytes, at: int) -> int | None:
    """Where the text goes on after a line break at `at`; None where there is none."""
    found = LINE_BREAK.match(buffer, at)
    if found is None:
        return None
    floor = max(0, at - 400)
    escaped = buffer.rfind(b"\\n", floor, at)
    start = max(buffer.rfind(b"\n", floor, at), escaped + 1 if escaped >= 0 else -1)
    marker = _LINE_START.match(buffer, start + 1)
    if marker and buffer[found.end() : found.end() + 1] == marker[1]:
        again = _MARKER.match(buffer, found.end())
        return again.end() if again else found.end()
    return found.end()


def any_gap(buffer: bytes, at: int) -> int | None:
    """Where a token goes on after any kind of gap at `at`; None where there is none."""
    after = line_break(buffer, at)
    if after is not None:
        return after
    for gap in (_STRINGS, _EVENTS):
        found = gap.match(buffer, at)
        if found:
            return found.end()
    return None


def pieces(buffer: bytes, start: int, size: int, *, torn: bool) -> View | None:
    """The token at `start` with up to `size` bytes, its pieces put together; None if it has one.

    Args:
        torn: the token is known to be incomplete, so gaps other than line breaks are looked for.
    """
    parts: list[bytes] = []
    starts: list[tuple[int, int]] = []
    length, at = 0, start
    head = buffer[start : start + 3]
    while length < size and len(parts) < 60:
        piece = _PIECE.match(buffer, at, at + size - length)
        if piece is None or (parts and piece[0].startswith(head)):
            break
        starts.append((length, at))
        parts.append(piece[0])
        length += len(piece[0])
        after = any_gap(buffer, piece.end()) if torn else line_break(buffer, piece.end())
        if after is None:
            break
        at = after
    return View(b"".join(parts), starts) if len(parts) > 1 else None
