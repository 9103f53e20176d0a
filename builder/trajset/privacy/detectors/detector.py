"""What a detector is: a trigger for the scanner, and a function that looks closer there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec import Struct

FORM, ADDRESS, CONTEXT, KNOWN, LEARNT, PERSONAL = range(6)
"""Ranks of spans: where spans overlap, the lowest names the kind of both together."""


class Span(NamedTuple):
    """A place in a buffer that has to go; offsets are bytes."""

    start: int
    end: int
    kind: str
    value: bytes
    """What is numbered: the value in its plain spelling."""
    rank: int = FORM
    put: bytes | None = None
    """A constant to put there instead of a numbered placeholder."""
    learn: bool = False
    """Remove the value wherever it occurs in the unit."""


BREAK = rb"(?:\\?(?:\r?\n|(?:\\+r)?\\+n)(?:[ \t]*[0-9]+(?:\xe2\x86\x92|\t|\\+t|:|\|)|[+-])?)"
"""For triggers and closer looks: a line break, with what a listing or a diff puts behind it."""
SPACES = rb"(?:(?:[ \t]|\\+t|" + BREAK + rb")+)"

Find = Callable[[bytes, int], Iterable[Span]]
"""(buffer, end of the trigger) -> spans. Looks at a bounded part of the buffer."""


class Detector(Struct, frozen=True):
    """Linear-time trigger (Hyperscan's syntax) and what to do at its end."""

    trigger: bytes
    find: Find
    caseless: bool = False
