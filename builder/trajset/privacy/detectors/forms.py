"""Secrets that are known by their own form: a literal prefix, then so many characters of a kind."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

from trajset.privacy import gaps
from trajset.privacy.detectors.detector import FORM, Detector, Span
from trajset.privacy.words import is_illustration, is_random, is_strong, is_wordlike, says_example

Check = Callable[[bytes], bool]

W = "A-Za-z0-9"
U = r"A-Za-z0-9_\-"
B = "A-Za-z0-9+/"
HEX = "0-9a-f"
_ESCAPE_BEFORE = re.compile(
    rb"(?:\\[nrtbf]|%[0-9A-Fa-f]{2}|\\u00[0-9a-fA-F]{2}|\\x[0-9a-fA-F]{2}|\[[0-9;]{0,12}m)\Z"
)
_ESCAPED = (b"n", b"r", b"t", b"b", b"f")
_MIXED = re.compile(rb"[0-9]")
_MOST = 300
ALNUM_BYTES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def stands_alone(buffer: bytes, start: int, *, strictly: bool = False) -> bool:
    """Whether a token may start here: not inside a word, but right after an escape it may."""
    if start == 0:
        return True
    before = buffer[start - 1 : start]
    if before == b"\\" and buffer[start : start + 1] in _ESCAPED and _odd_escape(buffer, start):
        return False
    if not before.isalnum() and not (strictly and before in b"_-./+"):
        return True
    head = buffer[max(0, start - 8) : start]
    if b"\\" not in head and b"%" not in head and b"[" not in head:
        return False
    return _ESCAPE_BEFORE.search(head) is not None


def _odd_escape(buffer: bytes, start: int) -> bool:
    """Whether the letter at `start` belongs to the backslash before it: `\\n`, not `\\\\n`."""
    head = buffer[max(0, start - 16) : start]
    return bool((len(head) - len(head.rstrip(b"\\"))) % 2)


def run_before(buffer: bytes, end: int, allowed: bytes, most: int) -> int:
    """Where the run of allowed bytes that ends at `end` begins, at most so many before."""
    window = buffer[max(0, end - most) : end]
    return end - len(window) + len(window.rstrip(allowed))


_LONG = 32
"""So long a rest is a token also where its length is not known, and where it runs on a keyboard."""


def genuine(value: bytes) -> bool:
    """Whether the part after a prefix, of its provider's own length, is no example of it."""
    return not says_example(value)


def mixed(value: bytes) -> bool:
    """Genuine, and not words: for prefixes that ordinary names start with, too."""
    return (
        not (says_example(value) if len(value) >= _LONG else is_illustration(value))
        and _MIXED.search(value) is not None
        and not value.isdigit()
        and not is_wordlike(value)
    )


def form(
    kind: str,
    prefixes: str,
    alphabet: str,
    least: int,
    size: int | None = None,
    *,
    check: Check = mixed,
    strictly: bool = False,
) -> list[Detector]:
    """Detectors for tokens of a prefix (several, separated by blanks) and a run of characters.

    Args:
        least: shortest rest after the prefix that counts, so that a token that was cut off counts.
        size: how long the rest is when whole, if it is known; tells where a torn token ends.
    """
    made: list[Detector] = []
    for prefix in prefixes.split():
        start = re.escape(prefix)
        loose = re.compile(f"{start}([{alphabet}]{{{least},{max(_MOST, size or 0)}}}+)".encode())
        exact = re.compile(f"{start}([{alphabet}]{{{size}}})".encode()) if size else None
        made += _triggered(kind, prefix, loose, exact, check, strictly)
    return made


def pattern(
    kind: str, prefixes: str, rest: str, *, check: Check = genuine, strictly: bool = False
) -> list[Detector]:
    """Detectors for tokens of a prefix and a structure; `rest` has one group, what is checked."""
    made: list[Detector] = []
    for prefix in prefixes.split():
        regex = re.compile((re.escape(prefix) + rest).encode())
        made += _triggered(kind, prefix, regex, regex, check, strictly)
    return made


def _triggered(
    kind: str,
    prefix: str,
    loose: re.Pattern[bytes],
    exact: re.Pattern[bytes] | None,
    check: Check,
    strictly: bool,
) -> Iterator[Detector]:
    length, first = len(prefix.encode()), prefix.encode()[0]

    def find(buffer: bytes, end: int) -> Iterator[Span]:
        start = end - length
        if start and buffer[start - 1] == first:
            return  # in a run of one character, which may be long
        if stands_alone(buffer, start, strictly=strictly):
            yield from _whole(kind, buffer, start, loose, exact, check)

    yield Detector(re.escape(prefix).encode(), find)


def _whole(
    kind: str,
    buffer: bytes,
    start: int,
    loose: re.Pattern[bytes],
    exact: re.Pattern[bytes] | None,
    check: Check,
) -> Iterator[Span]:
    """The token at `start`, with the pieces that follow where it was torn apart."""
    found = loose.match(buffer, start)
    whole = exact.match(buffer, start) if exact and exact is not loose else None
    if whole:
        found = found or whole
        if genuine(whole[1]):
            yield _span(kind, buffer, start, found.end(), found[0])
        return
    longer = joined(
        buffer, start, found, exact or loose, loose, sized=exact is not loose and exact is not None
    )
    if longer is not None and (genuine if exact else check)(longer[1][1]):
        yield _span(kind, buffer, start, longer[0], longer[1][0])
    elif found and check(found[1]):
        yield _span(kind, buffer, start, found.end(), found[0])


def joined(
    buffer: bytes,
    start: int,
    found: re.Match[bytes] | None,
    exact: re.Pattern[bytes],
    loose: re.Pattern[bytes],
    *,
    sized: bool,
) -> tuple[int, re.Match[bytes]] | None:
    """A token that goes on behind a gap: where it ends in the buffer, and the match.

    Args:
        found: what matches without the gap, if anything does.
        sized: the length of the whole token is known.
    """
    torn = gaps.pieces(buffer, start, 600, torn=found is None)
    if torn is None:
        return None
    text = torn.text if sized else _going_on(torn, found is None)
    whole = exact.match(text) or (loose.match(text) if found is None else None)
    if whole is None or (found is not None and whole.end() <= found.end() - start):
        return None
    return torn.raw_end(whole.end()), whole


def _going_on(torn: gaps.View, needed: bool) -> bytes:
    """The pieces of a token of unknown length that look like more of the same."""
    bounds = [at for at, _ in torn.starts] + [len(torn.text)]
    end = bounds[2] if needed and len(bounds) > 2 else bounds[1]
    for left, right in itertools.pairwise(bounds):
        if left < end:
            continue
        piece = torn.text[left:right]
        if not (is_random(piece) or (needed and mixed(piece))) or b"=" in piece.rstrip(b"="):
            break
        end = right
    return torn.text[:end]


def _span(kind: str, buffer: bytes, start: int, end: int, value: bytes) -> Span:
    return Span(start, end, kind, value, FORM, learn=is_strong(value))
