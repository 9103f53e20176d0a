"""The strings of a unit, joined into buffers for the scanner, and put back when redacted."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache

from trajset.privacy.cut import Cut, Piece, around_placeholders, cut_out
from trajset.privacy.detectors.context import without_scheme
from trajset.privacy.detectors.detector import CONTEXT, FORM, Span
from trajset.privacy.detectors.naming import kind_of, strength
from trajset.privacy.detectors.plausible import Written, plausible
from trajset.privacy.findings import Finding, Findings
from trajset.privacy.placeholders import Numbering
from trajset.privacy.scanner import Scanner
from trajset.privacy.views import SEPARATOR
from trajset.privacy.walk import Place
from trajset.privacy.words import is_strong

_BUFFER = 4_000_000
_SEAM = 400
"""So much of a long string may belong to a token that goes on in the next one."""


class Texts:
    """Every string of a unit once, in the order of its first appearance.

    The same string under a telling name (the value of `password`), or as a piece of a stream, is
    another one.
    """

    def __init__(self) -> None:
        self._number: dict[tuple[str, str, str], int] = {}
        self._raw: list[bytes] = []
        self._streams: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self._raw)

    def collect(self, text: str, place: Place) -> str:
        """Take a string in; for the first walk over a unit."""
        key = _key(text, place)
        if key not in self._number:
            self._number[key] = len(self._raw)
            self._raw.append(text.encode("utf-8", "surrogatepass"))
        if place.stream:
            self._streams.setdefault(place.stream, []).append(self._number[key])
        return text

    @cached_property
    def _layout(self) -> tuple[list[bytes], list[tuple[int, int]], list[list[int]]]:
        """Buffers, the place (buffer, offset) of each string, and the strings of each buffer."""
        buffers: list[bytes] = []
        places: list[tuple[int, int]] = []
        members: list[list[int]] = []
        parts: list[bytes] = []
        at = 0
        for number, raw in enumerate(self._raw):
            if parts and at + len(raw) > _BUFFER:
                buffers.append(SEPARATOR.join(parts))
                parts, at = [], 0
            if not parts:
                members.append([])
            places.append((len(buffers), at))
            members[-1].append(number)
            parts.append(raw)
            at += len(raw) + len(SEPARATOR)
        if parts:
            buffers.append(SEPARATOR.join(parts))
        return buffers, places, members

    @property
    def buffers(self) -> list[bytes]:
        """The strings, joined."""
        return self._layout[0]

    def named(self, buffer: int) -> Iterator[Span]:
        """The values in a buffer that are secret because of what they are called."""
        _, places, members = self._layout
        names = self._names
        for number in members[buffer]:
            name = names.get(number)
            if name is None:
                continue
            raw = self._raw[number]
            start = without_scheme(raw, 0, len(raw))
            said = strength(name) or ""
            if plausible(raw[start:], said, Written.QUOTED):
                at = places[number][1]
                value = raw[start:]
                kind = kind_of(name, said)
                yield Span(at + start, at + len(raw), kind, value, CONTEXT, learn=is_strong(value))

    @cached_property
    def _names(self) -> dict[int, bytes]:
        return {
            number: key[1].encode("utf-8", "surrogatepass")
            for key, number in self._number.items()
            if key[1]
        }

    def torn(self, scanner: Scanner) -> dict[int, list[Span]]:
        """Tokens over several strings of a stream: a span in each of them, by buffer."""
        found: dict[int, list[Span]] = {}
        for numbers in self._streams.values():
            if len(numbers) > 1 and self._may_go_on(numbers):
                for number, span in self._over_seams(scanner, numbers):
                    buffer, at = self._layout[1][number]
                    moved = Span(span.start + at, span.end + at, *span[2:])
                    found.setdefault(buffer, []).append(moved)
        return found

    def _may_go_on(self, numbers: list[int]) -> bool:
        raw = self._raw
        return any(
            raw[a][-1:].isalnum() and raw[b][:1].isalnum() and b" " not in raw[b][:8]
            for a, b in itertools.pairwise(numbers)
        )

    def _over_seams(self, scanner: Scanner, numbers: list[int]) -> Iterator[tuple[int, Span]]:
        parts: list[bytes] = []
        starts: list[int] = []
        sources: list[tuple[int, int]] = []
        at = 0
        for number in numbers:
            raw = self._raw[number]
            whole = len(raw) <= 2 * _SEAM
            for offset in (0,) if whole else (0, len(raw) - _SEAM):
                piece = raw if whole else raw[offset : offset + _SEAM]
                starts.append(at)
                sources.append((number, offset))
                parts.append(piece)
                at += len(piece)
                if not whole and offset == 0:
                    parts.append(SEPARATOR)
                    at += len(SEPARATOR)
        spans, _ = scanner.scan(b"".join(parts))
        for span in spans:
            first = bisect_right(starts, span.start) - 1
            last = bisect_right(starts, span.end - 1) - 1
            if span.rank != FORM or first == last or span.put is not None:
                continue
            for part in range(first, last + 1):
                number, offset = sources[part]
                size = len(self._raw[number]) - offset
                start = max(span.start - starts[part], 0) + offset
                end = min(span.end - starts[part], size) + offset
                yield number, Span(start, end, *span[2:])

    def cut(self, found: list[list[Span]], numbering: Numbering) -> Cut:
        """The strings that change, with placeholders in the places of their spans."""
        cut = Cut()
        for number, spans in self._by_text(found).items():
            cut.new[number] = cut_out(self._raw[number], spans, numbering)
            cut.kinds[number] = [span.kind for span in spans]
            if any(span.put is None for span in spans):
                cut.numbered.append(number)
        cut.numbered.sort()
        return cut

    def excerpt(self, cut: Cut) -> tuple[Texts, list[Piece]]:
        """What stands around the placeholders after a cut, as texts that are numbered as pieces."""
        again = Texts()
        pieces: list[Piece] = []
        for number in cut.numbered:
            name = self._names.get(number, b"").decode("utf-8", "surrogatepass")
            for start, end in around_placeholders(cut.new[number]):
                again._number[str(len(pieces)), name, ""] = len(pieces)
                again._raw.append(cut.new[number][start:end])
                pieces.append((number, start, end))
        return again, pieces

    def giving(self, cut: Cut, findings: Findings | None) -> Callable[[str, Place], str]:
        """What gives each string back as it is after a cut; for the second walk over the unit."""

        def give(text: str, place: Place) -> str:
            number = self._number[_key(text, place)]
            if number not in cut.new:
                return text
            if findings is not None:
                for kind in cut.kinds[number]:
                    findings.saw(kind, place.field, place.line)
            return cut.text(number)

        return give

    def _by_text(self, found: list[list[Span]]) -> dict[int, list[Span]]:
        """The spans of each string that has any, in its own offsets."""
        _, places, members = self._layout
        result: dict[int, list[Span]] = {}
        for numbers, spans in zip(members, found, strict=True):
            starts = [places[number][1] for number in numbers]
            for span in spans:
                index = bisect_right(starts, span.start) - 1
                number, at = numbers[index], starts[index]
                end = min(span.end - at, len(self._raw[number]))
                own = Span(span.start - at, end, *span[2:])
                if own.end > own.start:
                    result.setdefault(number, []).append(own)
        return result

    def in_characters(self, found: list[list[Span]]) -> Iterator[tuple[int, Finding]]:
        """(number of the string, place in it) of the spans of a unit, in characters."""
        for number, spans in sorted(self._by_text(found).items()):
            raw = self._raw[number]
            at = characters = 0
            for span in spans:
                start = characters + _length(raw[at : span.start])
                at, characters = span.end, start + _length(raw[span.start : span.end])
                yield number, Finding(start, characters, span.kind)


def _key(text: str, place: Place) -> tuple[str, str, str]:
    name = place.name
    return text, name if name and _telling(name) else "", place.stream


@lru_cache(maxsize=8192)
def _telling(name: str) -> bool:
    return strength(name.encode("utf-8", "surrogatepass")) is not None


def _length(raw: bytes) -> int:
    return len(raw.decode("utf-8", "surrogatepass"))
