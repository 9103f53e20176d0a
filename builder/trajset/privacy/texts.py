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
from trajset.privacy.walk import HEAD, Changes, Place, Take, read_trajectory
from trajset.privacy.words import is_strong
from trajset.trajectory import Trajectory

_BUFFER = 4_000_000
_SEAM = 400
"""So much of a long string may belong to a token that goes on in the next one."""


class Texts:
    """Every string of a unit once, in the order of its first appearance.

    The same string under a telling name (the value of `password`), or as a piece of a stream, is
    another one.
    """

    def __init__(self) -> None:
        self._number: dict[str | tuple[str, str, str], int] = {}
        self._raw: list[bytes] = []
        self._names: dict[int, bytes] = {}
        self._streams: dict[str, list[int]] = {}
        self._visits: list[int] = []
        self.take = self._taking()
        """Takes in a string, what it is called, and the stream that it is a piece of."""

    def __len__(self) -> int:
        return len(self._raw)

    def read(self, trajectory: Trajectory) -> list[int]:
        """Take in the strings of a trajectory.

        Returns how many strings came before it, before each of its parts (see `Changes`), before
        what stands behind its steps, and before what follows it.
        """
        visits = self._visits
        seen = [len(visits)]
        read_trajectory(trajectory, self.take, lambda: seen.append(len(visits)))
        seen.append(len(visits))
        return seen

    def _taking(self) -> Take:
        numbers, names, streams = self._number, self._names, self._streams
        known, see, add = numbers.get, self._visits.append, self._raw.append

        def take(text: str, name: str = "", stream: str = "") -> None:
            if name and not _telling(name):
                name = ""
            key = (text, name, stream) if name or stream else text
            number = known(key)
            if number is None:
                number = numbers[key] = len(numbers)
                add(text.encode("utf-8", "surrogatepass"))
                if name:
                    names[number] = name.encode("utf-8", "surrogatepass")
            see(number)
            if stream:
                streams.setdefault(stream, []).append(number)

        return take

    def changes(self, trajectory: Trajectory, seen: list[int], cut: Cut) -> Changes | None:
        """Where a cut changes a trajectory that was read; None if it stays as it is."""
        new, visits = cut.new, self._visits
        if not new:
            return None
        parts, cwds = set(), set()
        part = HEAD
        for at in range(seen[0], seen[-1]):
            if visits[at] in new:
                while at >= seen[part - HEAD + 1]:
                    part += 1
                only_cwd = part >= 0 and at == seen[part - HEAD] and part < len(trajectory.steps)
                if only_cwd and trajectory.steps[part].cwd is not None:
                    cwds.add(part)
                else:
                    parts.add(part)
        return Changes(parts, cwds) if parts or cwds else None

    @cached_property
    def _layout(self) -> tuple[list[bytes], list[int], list[int]]:
        """Buffers, the offset of each string in its own, and the first string of each."""
        buffers: list[bytes] = []
        offsets: list[int] = []
        firsts: list[int] = []
        at = 0
        for number, raw in enumerate(self._raw):
            if not firsts or (at and at + len(raw) > _BUFFER):
                firsts.append(number)
                at = 0
            offsets.append(at)
            at += len(raw) + len(SEPARATOR)
        for first, after in itertools.pairwise([*firsts, len(self._raw)]):
            buffers.append(SEPARATOR.join(self._raw[first:after]))
        return buffers, offsets, firsts

    @property
    def buffers(self) -> list[bytes]:
        """The strings, joined."""
        return self._layout[0]

    def _members(self, buffer: int) -> tuple[int, int]:
        """The first string of a buffer, and the first of the next one."""
        firsts = self._layout[2]
        after = firsts[buffer + 1] if buffer + 1 < len(firsts) else len(self._raw)
        return firsts[buffer], after

    def named(self, buffer: int) -> Iterator[Span]:
        """The values in a buffer that are secret because of what they are called."""
        first, after = self._members(buffer)
        for number, name in self._names.items():
            if not first <= number < after:
                continue
            raw = self._raw[number]
            start = without_scheme(raw, 0, len(raw))
            said = strength(name) or ""
            if plausible(raw[start:], said, Written.QUOTED):
                at = self._layout[1][number]
                value = raw[start:]
                kind = kind_of(name, said)
                yield Span(at + start, at + len(raw), kind, value, CONTEXT, learn=is_strong(value))

    def torn(self, scanner: Scanner) -> dict[int, list[Span]]:
        """Tokens over several strings of a stream: a span in each of them, by buffer."""
        found: dict[int, list[Span]] = {}
        for numbers in self._streams.values():
            if len(numbers) > 1 and self._may_go_on(numbers):
                for number, span in self._over_seams(scanner, numbers):
                    buffer = bisect_right(self._layout[2], number) - 1
                    at = self._layout[1][number]
                    moved = Span(span.start + at, span.end + at, *span[2:])
                    found.setdefault(buffer, []).append(moved)
        return found

    def _may_go_on(self, numbers: list[int]) -> bool:
        raw = self._raw
        for before, after in itertools.pairwise(numbers):
            head = raw[after][:8]
            if head[:1].isalnum() and b" " not in head and raw[before][-1:].isalnum():
                return True
        return False

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
            for start, end in around_placeholders(cut.new[number]):
                if number in self._names:
                    again._names[len(pieces)] = self._names[number]
                again._raw.append(cut.new[number][start:end])
                pieces.append((number, start, end))
        return again, pieces

    def giving(self, cut: Cut, findings: Findings | None) -> Callable[[str, Place], str]:
        """What gives each string back as it is after a cut; for the second walk over the unit."""

        def give(text: str, place: Place) -> str:
            name = place.name if place.name and _telling(place.name) else ""
            key = (text, name, place.stream) if name or place.stream else text
            number = self._number[key]
            if number not in cut.new:
                return text
            if findings is not None:
                for kind in cut.kinds[number]:
                    findings.saw(kind, place.field, place.line)
            return cut.text(number)

        return give

    def _by_text(self, found: list[list[Span]]) -> dict[int, list[Span]]:
        """The spans of each string that has any, in its own offsets."""
        offsets = self._layout[1]
        result: dict[int, list[Span]] = {}
        for buffer, spans in enumerate(found):
            first, after = self._members(buffer)
            for span in spans:
                number = bisect_right(offsets, span.start, first, after) - 1
                at = offsets[number]
                end = min(span.end - at, len(self._raw[number]))
                own = Span(span.start - at, end, *span[2:]) if at else span
                if end > own.start:
                    result.setdefault(number, []).append(
                        own if own.end == end else own._replace(end=end)
                    )
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


@lru_cache(maxsize=8192)
def _telling(name: str) -> bool:
    return strength(name.encode("utf-8", "surrogatepass")) is not None


def _length(raw: bytes) -> int:
    return len(raw.decode("utf-8", "surrogatepass"))
