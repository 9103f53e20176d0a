"""Find values that are known by now in a text, however they are spelled or torn apart there."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator

from trajset.privacy.detectors.detector import Span
from trajset.privacy.detectors.forms import ALNUM_BYTES, run_before, stands_alone
from trajset.privacy.scanner import Automaton, literally

_FEW = 5
"""Up to so many searches one after the other are quicker than building an automaton."""

_ANCHOR = 8
"""A value is found by so many bytes at its head, or at its tail where its head is torn."""
_LEAST_TORN = 12
_BASE64_FINDS = 15
"""Longer values are found in base64 by decoding it."""

_BASE64_BYTES = re.compile(rb"[A-Za-z0-9+/_=-]*")
_GAP = re.compile(
    rb"(?:(?:\x1b\[[0-9;]{0,12}[A-Za-z])*+\\?(?:\r?\n|(?:\\+r)?\\+n)(?:[ \t]|\\+t){0,40}+"
    rb"(?:[+>|-](?![A-Za-z0-9])[ \t]{0,8}+)?"
    rb"(?:\d{1,6}(?:[ \t]*[:|]|\xe2\x94\x82|\xe2\x86\x92|[ \t]|\\+t){1,8}+)?(?:[|>]"
    rb"|\xe2\x94\x82)?[ \t]{0,8}+)?+"
)

_Needle = tuple[bytes, Span]


class Needles:
    """Texts to find, each with the span that says what stands in its place.

    Args:
        whole_words: only where no letter or digit stands beside it (names, not secrets).
    """

    def __init__(self, found: Iterable[_Needle], *, whole_words: bool = False) -> None:
        self._whole_words = whole_words
        self._heads: dict[bytes, list[_Needle]] = {}
        self._tails: dict[bytes, list[_Needle]] = {}
        self._base64: dict[bytes, Span] = {}
        for value, span in found:
            for text in (value,) if whole_words else _escaped(value):
                self._heads.setdefault(text[:_ANCHOR], []).append((text, span))
            if whole_words:
                continue
            if len(value) >= _LEAST_TORN:
                self._tails.setdefault(value[-_ANCHOR:], []).append((value, span))
            if len(value) < _BASE64_FINDS:
                for text in _in_base64(value):
                    self._base64.setdefault(text, span)
        self._find = _finder(list({**self._heads, **self._tails, **self._base64}))

    def __bool__(self) -> bool:
        return bool(self._heads)

    def find(self, buffer: bytes) -> Iterator[Span]:
        """The places of all needles in a buffer."""
        done = 0
        for anchor, end in self._find(buffer):
            start = end - len(anchor)
            for text, span in self._heads.get(anchor, ()):
                if buffer.startswith(text, start):
                    if not self._whole_words or _is_word(buffer, start, start + len(text)):
                        done = max(done, start + len(text))
                        yield _at(span, start, start + len(text))
                elif start >= done and len(text) >= _LEAST_TORN and not self._whole_words:
                    torn = _torn_end(buffer, start, text)
                    if torn is not None:
                        done = max(done, torn)
                        yield _at(span, start, torn)
            if end > done:
                yield from self._by_tail(buffer, anchor, end)
            if anchor in self._base64:
                start = run_before(buffer, start, ALNUM_BYTES + b"+/_-", 4096)
                yield _at(self._base64[anchor], start, _base64_end(buffer, end))

    def _by_tail(self, buffer: bytes, anchor: bytes, end: int) -> Iterator[Span]:
        """Values whose last bytes stand here and whose head is torn."""
        for text, span in self._tails.get(anchor, ()):
            left = max(0, end - 2 * len(text) - 120)
            for _ in range(20):
                start = buffer.find(text[:1], left, end)
                if start < 0:
                    break
                if _torn_end(buffer, start, text) == end:
                    yield _at(span, start, end)
                    break
                left = start + 1


def _torn_end(buffer: bytes, start: int, text: bytes) -> int | None:
    """Where a text that starts here with gaps between its bytes ends; None if it does not."""
    at, done = start, 0
    while True:
        same = _common(text[done:], buffer[at : at + len(text) - done])
        done += same
        at += same
        if done == len(text):
            return at
        gap = _GAP.match(buffer, at)
        if same == 0 or gap is None or gap.end() == at:
            return None
        at = gap.end()
        if buffer[at : at + 1] in (b"+", b"-") and buffer[at : at + 1] != text[done : done + 1]:
            at += 1  # the marker of a line in a diff


def _common(first: bytes, second: bytes) -> int:
    """How many bytes two texts have in common at their beginning."""
    size = min(len(first), len(second))
    different = int.from_bytes(first[:size], "big") ^ int.from_bytes(second[:size], "big")
    return size - (different.bit_length() + 7) // 8


def _at(span: Span, start: int, end: int) -> Span:
    return Span(start, end, span.kind, span.value, span.rank, span.put, span.learn)


def _finder(texts: list[bytes]) -> Callable[[bytes], Iterator[tuple[bytes, int]]]:
    """A function from a buffer to (text, end) of every place of some texts, by end."""
    if len(texts) <= _FEW:

        def find(buffer: bytes) -> Iterator[tuple[bytes, int]]:
            for text in texts:
                at = buffer.find(text)
                while at >= 0:
                    yield text, at + len(text)
                    at = buffer.find(text, at + 1)

        return find
    automaton = Automaton([literally(text) for text in texts], [0] * len(texts))

    def search(buffer: bytes) -> Iterator[tuple[bytes, int]]:
        for number, _, end in automaton.events(buffer):
            yield texts[number], end

    return search


def _is_word(buffer: bytes, start: int, end: int) -> bool:
    return stands_alone(buffer, start) and not buffer[end : end + 1].isalnum()


def _escaped(value: bytes) -> Iterator[bytes]:
    """A value as it stands, and inside JSON strings one and two levels deep."""
    yield value
    text = value.decode("utf-8", "surrogateescape")
    for _ in range(2):
        text = json.dumps(text, ensure_ascii=False)[1:-1]
        raw = text.encode("utf-8", "surrogateescape")
        if raw == value:
            return
        yield raw


def _in_base64(value: bytes) -> Iterator[bytes]:
    """What base64 of any text with this value inside must hold, for the three ways to align it."""
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + value)
        first = (0, 2, 3)[shift]
        spare = (len(value) + shift) % 3
        middle = encoded[first : len(encoded) - (0, 3, 2)[spare]]
        if len(middle) >= 9:
            yield middle
            urlsafe = middle.replace(b"+", b"-").replace(b"/", b"_")
            if urlsafe != middle:
                yield urlsafe


def _base64_end(buffer: bytes, at: int) -> int:
    found = _BASE64_BYTES.match(buffer, at)
    return found.end() if found else at
