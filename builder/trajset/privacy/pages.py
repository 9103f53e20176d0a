"""A buffer and its other spellings, read once; places found in a view are places in the buffer."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from trajset.privacy.detectors.detector import PERSONAL, Span
from trajset.privacy.scanner import Scanner
from trajset.privacy.spellings import Needles
from trajset.privacy.views import View, views_of

_DEEPEST = 3
"""How many spellings may lie in one another: base64 of URL-encoded text with colours."""


class Page(Struct):
    """What was found in a buffer by detectors, and its views."""

    buffer: bytes
    spans: list[Span]
    views: list[tuple[View, Page]]

    def occurrences(self, needles: Needles) -> Iterator[Span]:
        """Where values occur that are known by now, in whatever spelling."""
        yield from needles.find(self.buffer)
        for view, page in self.views:
            for span in page.occurrences(needles):
                raw = view.back(span)
                if raw is not None:
                    yield raw


def read_page(scanner: Scanner, buffer: bytes, depth: int = 0) -> Page:
    """Run all detectors over a buffer and over its other spellings."""
    spans, hints = scanner.scan(buffer)
    views: list[tuple[View, Page]] = []
    if depth < _DEEPEST:
        for view in views_of(buffer, hints):
            page = read_page(scanner, view.text(), depth + 1)
            views.append((view, page))
            spans += (raw for raw in map(view.back, page.spans) if raw is not None)
    return Page(buffer, spans, views)


def settled(spans: list[Span]) -> list[Span]:
    """Spans in order, none overlapping: secrets that overlap become one, secrets beat addresses."""
    spans.sort(key=lambda span: (span.start, -span.end, span.rank))
    result: list[Span] = []
    for span in spans:
        if span.end <= span.start:
            continue
        if not result or span.start >= result[-1].end:
            result.append(span)
            continue
        result[-1] = _together(result[-1], span)
        while len(result) > 1 and result[-1].start < result[-2].end:
            last = result.pop()
            result[-1] = _together(result[-1], last)
    return result


def _together(first: Span, second: Span) -> Span:
    """One span for two that overlap; `first` starts no later."""
    if first.rank == PERSONAL or second.rank == PERSONAL:
        if first.rank == second.rank:
            return first if first.end - first.start >= second.end - second.start else second
        return first if second.rank == PERSONAL else second
    better = min(first, second, key=lambda span: (span.rank, span.start - span.end))
    return Span(first.start, max(first.end, second.end), *better[2:])
