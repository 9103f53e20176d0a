"""Private keys (PEM, OpenSSH, PGP, PuTTY, age), whole or cut off, and JSON Web Tokens."""

from __future__ import annotations

import binascii
import itertools
import re
from collections.abc import Iterator

from trajset.privacy.detectors.detector import FORM, Detector, Span
from trajset.privacy.detectors.forms import U, form, stands_alone
from trajset.privacy.gaps import line_break, pieces

_BEGIN = re.compile(rb"-{4,5}\x20?BEGIN (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?\x20?-{4,5}")
_END = re.compile(rb"-{4,5}\x20?END (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?\x20?-{4,5}")
_BODY_LINE = re.compile(rb"[+-]?[A-Za-z0-9+/]{2,80}={0,2}")
_HEADER_LINE = re.compile(rb"(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): [^\n\\\"]{0,120}")
_WHOLE_LINE_BEFORE = re.compile(
    rb"(?:\A|\n|\\n|[\"'\s|+>:])([A-Za-z0-9+/]{16,80}={0,2})(?:\\+r)?(?:\\+n|\r?\n|"
    rb"[\"'+ \t\d|:>-])*\Z"
)
_PUTTY = re.compile(rb"Private-Lines: \d{1,3}")
_MOST = 20_000


def _private_key(buffer: bytes, end: int) -> Iterator[Span]:
    start = buffer.rfind(b"BEGIN", max(0, end - 80), end)
    start = buffer.find(b"-", max(0, start - 6), start)
    begin = _BEGIN.match(buffer, start) if start >= 0 else None
    if begin is None:
        return
    close = buffer.find(b"END ", begin.end(), begin.end() + _MOST)
    stop, text_end = None, len(buffer)
    if close >= 0:
        found = _END.match(buffer, close - 5) or _END.match(buffer, close - 6)
        between = buffer[begin.end() : close]
        if found and b"\0" not in between and b"BEGIN" not in between:
            stop, text_end = found.end(), close
    if stop is None:
        stop = _cut_off(buffer, begin.end())
    body = re.sub(rb"\\+[nrt]|[^A-Za-z0-9+/]", b"", buffer[begin.end() : min(stop, text_end)])
    if len(body) >= 12 and len(set(body)) > 8:
        yield Span(start, stop, "private_key", buffer[start:stop])


def _cut_off(buffer: bytes, at: int) -> int:
    """Where the lines of a key end that has no end marker."""
    end = at
    limit = at + _MOST
    while at < limit:
        after = line_break(buffer, at)
        at = at if after is None else after
        line = _HEADER_LINE.match(buffer, at) or _BODY_LINE.match(buffer, at)
        if line is None:
            if after is None:
                break
            continue
        if after is None and line.re is _BODY_LINE and len(line[0]) < 12 and end != at:
            break
        if line.re is _BODY_LINE and len(line[0]) < 24 and not _closes(buffer, line.end()):
            break
        end = at = line.end()
    return end


def _closes(buffer: bytes, at: int) -> bool:
    """Whether a short line of base64 may be the last of a key: nothing else stands on it."""
    return (
        buffer[at : at + 1] in (b"", b"\0", b'"', b"'", b"`") or line_break(buffer, at) is not None
    )


def _headless_key(buffer: bytes, end: int) -> Iterator[Span]:
    """The lines before an END marker whose beginning was cut off."""
    marker = buffer.rfind(b"END", max(0, end - 80), end)
    marker = buffer.find(b"-", max(0, marker - 6), marker)
    if marker < 0:
        return
    start = marker
    while start > marker - _MOST:
        left = max(0, start - 160)
        line = _WHOLE_LINE_BEFORE.search(buffer[left:start])
        if line is None:
            break
        start = left + line.start(1)
    stop = buffer.find(b"KEY", marker, marker + 80)
    close = re.compile(rb"KEY(?: BLOCK)?-{0,5}").match(buffer, stop)
    if start < marker and close:
        yield Span(start, close.end(), "private_key", buffer[start : close.end()])


def _putty(buffer: bytes, end: int) -> Iterator[Span]:
    found = _PUTTY.match(buffer, buffer.rfind(b"Private-Lines", max(0, end - 40), end))
    if found:
        stop = _cut_off(buffer, found.end())
        if stop > found.end():
            yield Span(found.end(), stop, "private_key", buffer[found.end() : stop])


_JWT = re.compile(rb"eyJ[A-Za-z0-9_-]{8,6000}+(?:\.[A-Za-z0-9_-]{0,8000}+){1,4}")
_NO_TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]{0,7}\.")
_JSON_START = re.compile(rb"\s*\{\s*\"")


def _is_header(segment: bytes) -> bool:
    """Whether a segment is base64 of the beginning of a JSON object."""
    try:
        head = binascii.a2b_base64(segment[: len(segment) // 4 * 4].translate(_STANDARD))
    except binascii.Error:
        return False
    return _JSON_START.match(head) is not None and b'":' in head.replace(b" ", b"")


_STANDARD = bytes.maketrans(b"-_", b"+/")


def _web_token(buffer: bytes, end: int) -> Iterator[Span]:
    start = end - 3
    if not stands_alone(buffer, start):
        return
    if _NO_TOKEN.match(buffer, start):
        return
    found = _JWT.match(buffer, start)
    if found is None or line_break(buffer, found.end()) is not None:
        torn = pieces(buffer, start, 8000, torn=found is None)
        whole = _JWT.match(_plausible(torn.text, torn.starts)) if torn else None
        if torn and whole and _is_header(whole[0].split(b".")[0]):
            yield Span(start, torn.raw_end(whole.end()), "jwt", whole[0], FORM, learn=True)
            return
    if found and len(found[0]) > 24 and _is_header(found[0].split(b".")[0]):
        yield Span(start, found.end(), "jwt", found[0], FORM, learn=True)


def _plausible(text: bytes, starts: list[tuple[int, int]]) -> bytes:
    """The pieces of a torn token that can belong to it: no short words after the first."""
    bounds = [at for at, _ in starts[1:]] + [len(text)]
    end = bounds[0]
    for left, right in itertools.pairwise(bounds):
        piece = text[left:right]
        dots = text[:right].count(b".")
        if dots > 2 or (len(piece) < 8 and dots < 2) or b":" in piece or b"/" in piece:
            break
        if len(piece) < 20 and not any(48 <= byte <= 57 or byte in b"-_" for byte in piece):
            break
        end = right
    return text[:end]


DETECTORS = (
    Detector(rb"BEGIN (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-", _private_key),
    Detector(rb"END (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY", _headless_key),
    Detector(rb"Private-Lines: [0-9]{1,3}", _putty),
    Detector(rb"eyJ", _web_token),
    *form("age", "AGE-SECRET-KEY-1 AGE-SECRET-KEY-PQ-1", "A-Z0-9", 40, 58),
    *form("ssh_key", "b3BlbnNzaC1rZXktdjE", "A-Za-z0-9+/=", 40),
    *form("jwt", "eyJhbGciOi", U + ".", 60),
)
