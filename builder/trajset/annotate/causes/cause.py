"""What failed, and whose fault it most likely is."""

from __future__ import annotations

from msgspec import Struct

from trajset.annotate.phenomena import Sign
from trajset.annotate.shell import Run
from trajset.trajectory import Category


class Cause(Struct, frozen=True, gc=False):
    """What failed, and whose fault it most likely is."""

    kind: str
    category: Category
    why: str
    confidence: float
    run: Run | None = None
    """The program that failed, where a command line did."""


def cause_of(sign: Sign, run: Run | None = None, category: Category | None = None) -> Cause:
    """A cause from a sign; `category` where the row's own does not fit the call."""
    row = sign.phenomenon
    return Cause(
        row.kind, category or row.category, f"The result says: {sign.line}", row.confidence, run
    )
