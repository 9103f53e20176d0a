"""Other spellings: parts of a buffer as they read without colours, escapes, or base64.

A view is one text put together from parts of a buffer; `back` says where in the buffer a place in
the view comes from. Parts are separated as strings are, so nothing is found across them.
"""

from __future__ import annotations

import binascii
import re
from bisect import bisect_right
from collections.abc import Iterator

from trajset.privacy.detectors.detector import FORM, PERSONAL, Span
from trajset.privacy.detectors.forms import ALNUM_BYTES, run_before
from trajset.privacy.gaps import LINE_BREAK
from trajset.privacy.scanner import Hints

SEPARATOR = b"\n\0\n"
_MOST = 8192
_BEFORE_RUN = 100
"""So much before an escaped run may tell what it is."""
_BEHIND_RUN = 120
"""So much behind it may do so, too: `</password>`, `| docker login`."""

_COLOUR = re.compile(
    rb"(?:\x1b|\\+(?:u001b|x1b|033|e))(?:\[[0-9;?:]{0,40}[ -/]{0,2}[@-~]|\]"
    rb"[^\x07\x1b\n\\]{0,300}(?:\x07|\x1b\\|\\+u0007)?)|'\\+'(?=')"
)
_ESCAPE = re.compile(
    rb"%([0-9A-Fa-f]{2})|\\+u00([0-9A-Fa-f]{2})|\\+x([2-7][0-9A-Fa-f])|\\+(/)|&#x("
    rb"[0-9A-Fa-f]{2});|&#([0-9]{2,3});|&(amp|quot|lt|gt);"
)
_NAMED = {b"amp": b"&", b"quot": b'"', b"lt": b"<", b"gt": b">", b"/": b"/"}
_RUN_BYTES = bytes(32 if chr(b).isspace() or b in b"\"'`<>\0" else b for b in range(256))
_RUN = re.compile(rb"[^\s\"'`<>\x00]{0,4096}")
_QUOTED_RUN = re.compile(rb"[A-Za-z0-9+/_\-]{0,262144}={0,2}")
_BASE64_LINE = re.compile(
    rb"(?:\r?\n|(?:\\+r)?\\+n)[ \t]{0,20}([A-Za-z0-9+/]{4,128}={0,2})(?=[\s\"'\\\x00]|\Z)"
)
_PRINTABLE = bytes(range(32, 127)) + b"\t\n\r"
_STANDARD = bytes.maketrans(b"-_", b"+/")


class View:
    """A text made from a buffer, part by part."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._starts: list[int] = []
        self._raw: list[tuple[int, int, bool]] = []
        self._length = 0

    def add(self, text: bytes, start: int, end: int) -> None:
        """Append text that stands for the buffer's `start` to `end`; same length = same bytes."""
        if text:
            self._starts.append(self._length)
            self._raw.append((start, end, len(text) == end - start))
            self._parts.append(text)
            self._length += len(text)

    def __bool__(self) -> bool:
        return bool(self._parts)

    def separate(self) -> None:
        """End a part: nothing may be found across this place."""
        self.add(SEPARATOR, -1, -1)

    def text(self) -> bytes:
        """The whole text."""
        return b"".join(self._parts)

    def back(self, span: Span) -> Span | None:
        """The place in the buffer of a place in the view; None if it is in none."""
        first = bisect_right(self._starts, span.start) - 1
        last = bisect_right(self._starts, max(span.end - 1, span.start)) - 1
        start, _, same = self._raw[first]
        from_, to, as_it_is = self._raw[last]
        if start < 0 or from_ < 0:
            return None
        left = start + (span.start - self._starts[first]) if same else start
        right = from_ + (span.end - self._starts[last]) if as_it_is else to
        return Span(left, right, span.kind, span.value, span.rank, span.put, span.learn)


class Whole(View):
    """A view in which a place stands for the whole part that it is in: base64."""

    def back(self, span: Span) -> Span | None:
        """The whole part; None for personal data, whose constants would not decode."""
        found = super().back(span)
        return None if found is None or span.rank == PERSONAL else found


class Joined(View):
    """A view in which line breaks are left out: only what goes over one counts, and by its form."""

    def back(self, span: Span) -> Span | None:
        """The place of a token that a line break tears apart; None for everything else."""
        first = bisect_right(self._starts, span.start) - 1
        last = bisect_right(self._starts, max(span.end - 1, span.start)) - 1
        return super().back(span) if span.rank == FORM and first != last else None


def views_of(buffer: bytes, hints: Hints) -> Iterator[View]:
    """The views of a buffer that a scanner's hints call for."""
    if hints.colours:
        yield _without_colours(buffer, hints.colours)
    if hints.escapes:
        yield _unescaped(buffer, hints.escapes)
    if hints.base64:
        yield _decoded(buffer, hints.base64)
    if hints.breaks:
        yield _joined(buffer, hints.breaks)


def _without_colours(buffer: bytes, at: list[int]) -> View:
    """The lines that hold terminal sequences, with some around them, without the sequences."""
    view = View()
    start = end = -1
    for hint in at:
        if hint <= end:
            continue
        left = _line_start(buffer, hint)
        if left > end and start >= 0:
            _strip_colours(view, buffer, start, end)
            view.separate()
            start = left
        elif start < 0:
            start = left
        end = _next_line_end(buffer, hint)
    _strip_colours(view, buffer, start, end)
    return view


def _line_start(buffer: bytes, at: int) -> int:
    """The start of a line some lines before the one that holds `at`: they may tell what it is."""
    floor = max(0, at - 1000)
    return max(buffer.find(b"\n", floor, at) + 1, floor) if floor else 0


def _next_line_end(buffer: bytes, at: int) -> int:
    for _ in range(2):
        ceiling = min(len(buffer), at + _MOST)
        end = buffer.find(b"\n", at, ceiling)
        at = ceiling if end < 0 else end + 1
    return at


def _strip_colours(view: View, buffer: bytes, start: int, end: int) -> None:
    for found in _COLOUR.finditer(buffer, start, end):
        view.add(buffer[start : found.start()], start, found.start())
        start = found.end()
    view.add(buffer[start:end], start, end)


def _unescaped(buffer: bytes, at: list[int]) -> View:
    """The runs of characters that hold escapes, decoded, behind what stands before them."""
    view = View()
    done = last = 0
    for hint in at:
        if hint <= done:
            continue
        left = max(done, hint - 512)
        start = hint - len(buffer[left:hint].translate(_RUN_BYTES).rpartition(b" ")[2])
        start = max(start, last)
        run = _RUN.match(buffer, max(hint, start))
        end = run.end() if run else hint
        said = max(last, start - _BEFORE_RUN)
        if said > last or not view:
            view.separate()
        view.add(buffer[said:start], said, start)
        for found in _ESCAPE.finditer(buffer, start, end):
            view.add(buffer[start : found.start()], start, found.start())
            view.add(_character(found), found.start(), found.end())
            start = found.end()
        closed = min(end + 1 + _BEHIND_RUN, len(buffer))
        following = bisect_right(at, end)
        if following < len(at) and at[following] < closed + 12:
            closed = min(end + 1, len(buffer))  # the next run is near
        view.add(buffer[start:closed], start, closed)
        done, last = end, closed
    view.separate()
    return view


def _character(found: re.Match[bytes]) -> bytes:
    percent, unicode, hexadecimal, slash, entity, decimal, named = found.groups()
    digits = percent or unicode or hexadecimal or entity
    if digits:
        return bytes([int(digits, 16)])
    if decimal:
        return bytes([min(int(decimal), 255)])
    return _NAMED[named or slash]


_TOKEN = re.compile(rb"[A-Za-z0-9_\-.~=+/$]{1,400}")


def _joined(buffer: bytes, at: list[int]) -> View:
    """Runs of characters that a line break stands in, as far as they may be one token."""
    view = Joined()
    done = 0
    for hint in at:
        if hint <= done:
            continue
        end = _break_before(buffer, hint)
        start = run_before(buffer, end, _TOKEN_BYTES, min(400, end - done))
        parts = [(start, end)]
        while len(parts) < 60:
            gap = LINE_BREAK.match(buffer, end)
            run = _TOKEN.match(buffer, gap.end()) if gap else None
            if run is None:
                break
            parts.append(run.span())
            end = run.end()
        if len(parts) > 1 and end - start >= 20:
            for left, right in parts:
                view.add(buffer[left:right], left, right)
            view.separate()
        done = max(end, hint)
    return view


_TOKEN_BYTES = ALNUM_BYTES + b"_-.~=+/$"


def _break_before(buffer: bytes, hint: int) -> int:
    """Where the line ends before the break that a hint saw."""
    left = max(0, hint - 80)
    newline, escaped = buffer.rfind(b"\n", left, hint), buffer.rfind(b"\\n", left, hint)
    at = max(newline, escaped)
    return at - 1 if newline > escaped and buffer[at - 1 : at] == b"\r" else at


def _decoded(buffer: bytes, at: list[int]) -> View:
    """The runs of base64 that hold text, decoded."""
    view = Whole()
    done = 0
    for hint in at:
        if hint <= done:
            continue
        start = run_before(buffer, hint, ALNUM_BYTES + b"+/_-", min(400, hint - done))
        run = _QUOTED_RUN.match(buffer, start)
        end = done = run.end() if run else hint
        encoded = buffer[start:end]
        while len(encoded) % 4 == 0 and len(encoded) >= 48:
            line = _BASE64_LINE.match(buffer, end)
            if line is None:
                break
            encoded += line[1]
            end = done = line.end()
        for skipped, text in _texts(encoded):
            view.add(text, start + skipped, end)
            view.separate()
    return view


def _texts(encoded: bytes) -> Iterator[tuple[int, bytes]]:
    """The text that base64 holds: as it stands, and from where a `/` or a `-` may have begun it."""
    for skipped in _starts(encoded):
        part = encoded[skipped:].rstrip(b"=").translate(_STANDARD)
        part = part[: len(part) - (len(part) % 4 == 1)]
        try:
            plain = binascii.a2b_base64(part + b"=" * (-len(part) % 4))
        except binascii.Error:
            continue
        odd = len(plain[:200].translate(None, _PRINTABLE))
        if len(plain) >= 8 and odd <= 0.1 * min(len(plain), 200):
            yield skipped, plain
            return


def _starts(encoded: bytes) -> Iterator[int]:
    yield 0
    for mark in (b"/", b"-", b"_"):
        at = encoded.find(mark)
        if 0 <= at < 64:
            yield at + 1
