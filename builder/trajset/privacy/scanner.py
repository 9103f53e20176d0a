"""One automaton for all triggers (Hyperscan: linear time, no backtracking), and what they find."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import NamedTuple

import hyperscan

from trajset.privacy.compiled import compiled
from trajset.privacy.detectors.detector import KNOWN, Detector, Span

_ESCAPE = (
    rb"%[0-9A-Fa-f]{2}|\\u00[0-9A-Fa-f]{2}|\\x[2-7][0-9A-Fa-f]|\\/|&(?:amp|quot|#[0-9]{2,3}"
    rb"|#x[0-9A-Fa-f]{2});"
)
_TEXT_QUAD = (
    rb"[CI-Za-f][ACDEFGHQSTUVWXgijklmnwyz0123][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_\-]"
)
_BASE64 = rb"(?:" + _TEXT_QUAD + rb"){5}"
"""Base64 of text: ASCII has its high bits clear, so few characters are possible in each place."""
_GAP = rb"(?:\r?\n|\\n)[ \t]*(?:[0-9]+[ \t:|]+)?"
_BREAK = (
    rb"[A-Za-z0-9_\-]"
    + _GAP
    + rb"(?:[A-Za-z][A-Za-z_\-]{0,6}[0-9]|[0-9]{1,7}[A-Za-z])[A-Za-z0-9_\-]{8}"
    rb"|[A-Za-z0-9_\-]" + _GAP + rb"[A-Za-z0-9_\-]{24}"
    rb"|(?:[0-9][A-Za-z]|[A-Za-z][0-9])[A-Za-z0-9_\-]{0,6}" + _GAP + rb"[A-Za-z0-9_.\-]{8}"
)
"""A line break that may tear a token apart."""
_COLOUR = rb"\x1b[\[\]]|\\+(?:u001b|x1b|033|e)\[|'\\+''"
"""Terminal sequences, and a quote inside of a quoted word of a shell: all of it but one quote."""


class Hints(NamedTuple):
    """Where a buffer holds text in another spelling (ends of what gave it away, ascending)."""

    escapes: list[int]
    base64: list[int]
    colours: list[int]
    breaks: list[int]


class PatternError(ValueError):
    """A pattern of the recipe cannot be used; the text says which and why."""


class Scanner:
    """All detectors, known values and patterns of one policy, compiled once."""

    def __init__(
        self, detectors: Sequence[Detector], patterns: dict[str, str], *, keep: bool = False
    ) -> None:
        """With `keep` what is compiled stays in the cache folder (see `compiled`)."""
        self._find = [detector.find for detector in detectors]
        expressions = [detector.trigger for detector in detectors]
        flags = [hyperscan.HS_FLAG_CASELESS if d.caseless else 0 for d in detectors]
        self._first_hint = len(expressions)
        expressions += [_ESCAPE, _BASE64, _COLOUR, _BREAK]
        flags += [0, 0, 0, 0]
        self._first_pattern = len(expressions)
        self._pattern_names = list(patterns)
        for name, regex in patterns.items():
            expressions.append(regex.encode())
            flags.append(hyperscan.HS_FLAG_SOM_LEFTMOST | hyperscan.HS_FLAG_UTF8)
            check_pattern(name, regex)
        self._automaton = Automaton(expressions, flags, keep=keep)

    def scan(self, buffer: bytes) -> tuple[list[Span], Hints]:
        """What the detectors find in a buffer, and where it holds other spellings."""
        spans: list[Span] = []
        hints = Hints([], [], [], [])
        own: dict[tuple[int, int], int] = {}
        removed: dict[int, int] = {}
        find, first_hint, first_pattern = self._find, self._first_hint, self._first_pattern
        for number, start, end in self._automaton.events(buffer):
            if number < first_hint:
                if end <= removed.get(number, 0):
                    continue  # inside of what this detector has removed
                for span in find[number](buffer, end):
                    spans.append(span)
                    removed[number] = max(removed.get(number, 0), span.end)
            elif number < first_pattern:
                hints[number - first_hint].append(end)
            else:
                own[number, start] = max(end, own.get((number, start), 0))
        for (number, start), end in own.items():
            if end > start:
                name = self._pattern_names[number - first_pattern]
                kind = re.sub(r"\W", "_", name)
                spans.append(
                    Span(start, end, kind, buffer[start:end], KNOWN, learn=end - start >= 8)
                )
        return spans, hints


def check_pattern(name: str, regex: str) -> None:
    """Raise PatternError unless a recipe's pattern can run in linear time and matches something."""
    try:
        Automaton([regex.encode()], [hyperscan.HS_FLAG_SOM_LEFTMOST | hyperscan.HS_FLAG_UTF8])
    except hyperscan.HyperscanError as error:
        raise PatternError(
            f"privacy: patterns: {name}: expected a regular expression without look-around and "
            f"back-references, found one that does not compile: {error}"
        ) from None


def literally(text: bytes) -> bytes:
    """An expression that matches just this text."""
    return b"".join(b"\\x%02x" % byte for byte in text)


class Automaton:
    """Compiled expressions. One scan at a time: Hyperscan's scratch space is not shared."""

    def __init__(
        self, expressions: Sequence[bytes], flags: Sequence[int], *, keep: bool = False
    ) -> None:
        self._database = compiled(expressions, flags, keep=keep)
        self._lock = threading.Lock()

    def events(self, buffer: bytes) -> list[tuple[int, int, int]]:
        """(number of the expression, start where asked for, end) of every match, by end."""
        found: list[tuple[int, int, int]] = []
        append = found.append

        def event(number: int, start: int, end: int, flags: int, context: object) -> None:
            append((number, start, end))

        with self._lock:
            self._database.scan(buffer, match_event_handler=event)
        return found
