"""When two texts say the same: normalisation, and hashes of words and of runs of words.

A word is a run of letters, digits, underscores and bytes of other scripts, in lower case; a
character of a script without blanks (Chinese, Japanese, Korean) begins a new one. Hashes are 64
bit, the same on every machine and in every process; texts are worked on as arrays of bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Hashes: TypeAlias = NDArray[np.uint64]

_PLACEHOLDER = re.compile(r"<([A-Z]+(?::[a-z0-9_-]+)?):\d+>")
# A pattern that begins with a literal is searched for thirty times faster than the whole one.
_LIKE_TIME = re.compile(r"-[0-9][0-9]-[0-9][0-9][T ][0-9][0-9]:[0-9][0-9]")
_TIME = re.compile(
    r"\b[0-9]{4}-[0-9][0-9]-[0-9][0-9][T ][0-9][0-9]:[0-9][0-9](?::[0-9][0-9](?:\.[0-9]+)?)?Z?"
)

_BLOCK = 1 << 16
_ODD = 0x9E3779B97F4A7C15
_MIX = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_CJK = (0xE3, 0xED)
"""First bytes of the characters from U+3000 to U+DFFF in UTF-8."""


def normal(text: str) -> str:
    """Text without what may differ between two copies: placeholder numbers and clock times."""
    text = _PLACEHOLDER.sub(r"<\1>", text)
    return _TIME.sub(" ", text) if _LIKE_TIME.search(text) else text


def encoded(text: str) -> bytes:
    """UTF-8, for any text that a log may hold."""
    return text.encode("utf-8", "surrogatepass")


def words(data: bytes) -> tuple[Hashes, NDArray[np.int64]]:
    """The hash of each word of a UTF-8 text, and the byte where it begins."""
    hashes, places = [], []
    for start, block in _blocks(data):
        found, at = _words(block)
        hashes.append(found)
        places.append(at + start)
    if not hashes:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    return np.concatenate(hashes), np.concatenate(places)


def runs(hashes: Hashes, length: int) -> Hashes:
    """The hash of each run of `length` words, in order; none where there are fewer words."""
    count = len(hashes) - length + 1
    if count <= 0:
        return np.empty(0, np.uint64)
    state = hashes[:count].copy()
    for offset in range(1, length):
        state *= np.uint64(_ODD)
        state += hashes[offset : offset + count]
    return _mixed(state)


def strings(value: object) -> Iterator[str]:
    """All texts in a JSON value, keys left out, in the order of the keys; numbers as text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key in sorted(value):
            yield from strings(value[key])
    elif isinstance(value, Iterable) and not isinstance(value, bytes):
        for item in value:
            yield from strings(item)
    elif value is not None:
        yield str(value)


def _blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(start, part): parts of bounded size, cut at blanks where there are any."""
    start = 0
    while start < len(data):
        end = start + _BLOCK
        if end < len(data):
            blank = max(data.rfind(b" ", start, end), data.rfind(b"\n", start, end))
            end = blank + 1 if blank > start else end
        yield start, data[start:end]
        start = end


def _words(block: bytes) -> tuple[Hashes, NDArray[np.int64]]:
    letters, powers, inverse = _tables()
    codes = np.frombuffer(block.translate(letters), np.uint8)
    inside = codes != 0
    begins = inside.copy()
    begins[1:] &= ~inside[:-1]
    if not block.isascii():
        begins |= (codes >= _CJK[0]) & (codes <= _CJK[1])
    at = np.flatnonzero(begins)
    # A word's hash is the sum of its letters, each times the power of its place. Bytes between
    # words count 0, so a sum may run up to the next word; the inverse moves it to place 0.
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum(codes * powers[: len(codes)], out=sums[1:])
    until = np.append(at[1:], len(codes))
    return _mixed((sums[until] - sums[at]) * inverse[at]), at


def _mixed(state: Hashes) -> Hashes:
    """Every bit of the input in every bit of the output (splitmix64)."""
    for shift, factor in zip((30, 27), _MIX, strict=True):
        state = (state ^ (state >> np.uint64(shift))) * np.uint64(factor)
    return state ^ (state >> np.uint64(31))


@cache
def _tables() -> tuple[bytes, Hashes, Hashes]:
    """Byte -> its letter in lower case or 0; powers of an odd number, and their inverses."""
    letters = bytearray(256)
    for byte in range(256):
        if byte >= 0x80 or chr(byte).isalnum() or byte == ord("_"):
            letters[byte] = ord(chr(byte).lower()) if byte < 0x80 else byte
    powers = np.full(_BLOCK, _ODD, np.uint64)
    inverse = np.full(_BLOCK, pow(_ODD, -1, 1 << 64), np.uint64)
    powers[0] = inverse[0] = 1
    return bytes(letters), np.multiply.accumulate(powers), np.multiply.accumulate(inverse)
