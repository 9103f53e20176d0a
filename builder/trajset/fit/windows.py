"""Packing blocks into windows under a budget.

Weights are what blocks add to a row, close but not exact; what a window really has is counted. So a
window is planned from sums of weights, counted, and planned again smaller where it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from trajset.fit.blocks import Block


class Window(Struct, frozen=True, gc=False, kw_only=True):
    """A run of blocks [start, end); those in [context, start) may stand before it as context."""

    context: int
    start: int
    end: int


class Counted(Protocol):
    """What was made of a window."""

    @property
    def n_tokens(self) -> int:
        """Its exact length."""
        ...


Made = TypeVar("Made", bound=Counted)


class Packing(Struct, Generic[Made], kw_only=True):
    """How blocks are packed into rows."""

    budget: int
    head: int
    """Tokens of what stands before every window; the rest of the budget is for blocks."""
    spans: Sequence[tuple[int, int]] = ()
    """Recovery spans (inclusive step indices), not cut where they fit into a window."""
    overlap: int = 0
    """Tokens of earlier blocks that may stand before a window as context."""
    make: Callable[[Sequence[Block], Window], Made | None]
    """Makes a row of a window, and counts it; None where it cannot be made (counted there)."""
    shorten: Callable[[Block, int], Block | None]
    """A block made lighter than so many tokens, or None where it cannot be."""
    lose: Callable[[], None]
    """Told about each block that fits into no window."""

    def pack(self, blocks: Sequence[Block], first: int = 0) -> list[Made]:
        """Rows, none over the budget; each block from `first` on is in exactly one, or lost.

        A window never goes on across a block that was lost.
        """
        room = self.budget - self.head
        fitted: list[Block] = list(blocks[:first])
        barrier: set[int] = set()  # windows begin here, and what stands before does not reach in
        for block in blocks[first:]:
            short = block if block.weight <= room else self.shorten(block, room)
            if short is None:
                self.lose()
                barrier.add(len(fitted))
            else:
                fitted.append(short)
        rows: list[Made] = []
        start, floor, scale = first, 0, 1.0
        ends = span_ends(fitted, self.spans)
        while start < len(fitted):
            floor = start if start in barrier else floor
            stop = min((b for b in barrier if b > start), default=len(fitted))
            window, made = self._window(fitted, start, stop, floor, int(room * scale), ends)
            if window is None:
                self.lose()
                start = floor = start + 1
                continue
            if made is not None:
                rows.append(made)
                used = sum(block.weight for block in fitted[window.context : window.end])
                # Where weights are too light by a share, so are those of the next window.
                scale = min(1.0, used / max(1, made.n_tokens - self.head))
            start = window.end
        return rows

    def _window(
        self,
        blocks: list[Block],
        start: int,
        stop: int,
        floor: int,
        room: int,
        ends: dict[int, int],
    ) -> tuple[Window | None, Made | None]:
        """The longest window from `start` that is within the budget; none if its block never is."""
        while True:
            end = _end(blocks, start, stop, room, ends)
            used = sum(block.weight for block in blocks[start:end])
            context, spare = start, min(self.overlap, room - used)
            while context > floor and blocks[context - 1].weight <= spare:
                context -= 1
                spare -= blocks[context].weight
            window = Window(context=context, start=start, end=end)
            made = self.make(blocks, window)
            if made is None or made.n_tokens <= self.budget:
                return window, made
            used = sum(block.weight for block in blocks[context:end])
            # The true size of what has been tried says how much lighter it must be.
            true = max(made.n_tokens - self.head, 1)
            room = min(used - 1, used * (self.budget - self.head) // true)
            if end - context == 1:
                short = self.shorten(blocks[start], room)
                if short is None or short.weight >= used:
                    return None, None
                blocks[start] = short


def _end(blocks: Sequence[Block], start: int, stop: int, room: int, ends: dict[int, int]) -> int:
    """Where a window from `start` ends: at `room`, or before a span that a fresh one can hold."""
    used, end = blocks[start].weight, start + 1
    while end < stop and used + blocks[end].weight <= room:
        if (last := ends.get(end)) is not None:
            weight = sum(block.weight for block in blocks[end : last + 1])
            if used + weight > room and weight <= room:
                break
        used += blocks[end].weight
        end += 1
    return end


def span_ends(blocks: Sequence[Block], spans: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Block in which a span begins -> block in which it ends."""
    at = {step: i for i, block in enumerate(blocks) for step in range(block.start, block.end)}
    ends: dict[int, int] = {}
    for first, last in spans:
        if first in at and last in at:
            ends[at[first]] = max(ends.get(at[first], 0), at[last])
    return ends


def newest(blocks: Sequence[Block], room: int) -> int:
    """Index from which the blocks fit into `room` tokens, counted from the end."""
    start = len(blocks)
    while start > 0 and blocks[start - 1].weight <= room:
        start -= 1
        room -= blocks[start].weight
    return start
