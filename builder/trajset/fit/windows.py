"""Packing blocks into windows under a budget, and choosing the newest blocks for a prompt."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from trajset.fit.blocks import Block


class Window(Struct, frozen=True, gc=False, kw_only=True):
    """A run of blocks [start, end); those in [context, start) may stand before it as context."""

    context: int
    start: int
    end: int


def pack(
    blocks: Sequence[Block],
    room: int,
    spans: Sequence[tuple[int, int]] = (),
    overlap: int = 0,
) -> list[Window]:
    """Pack blocks greedily into windows of at most `room` tokens; each block is in exactly one.

    A recovery span (inclusive step indices) that fits into a window is not cut: a window ends
    before a span that it cannot hold to its end, if a fresh window can. `overlap` tokens of earlier
    blocks are added as context where they fit. Blocks heavier than `room` must be gone before.
    """
    weights = [block.weight for block in blocks]
    ends = _span_ends(blocks, spans)
    windows: list[Window] = []
    start = 0
    while start < len(blocks):
        used, end = 0, start
        while end < len(blocks) and used + weights[end] <= room:
            if end > start and (last := ends.get(end)) is not None:
                span_weight = sum(weights[end : last + 1])
                if used + span_weight > room and span_weight <= room:
                    break
            used += weights[end]
            end += 1
        if end == start:
            raise ValueError(f"block {start} weighs {weights[start]} tokens, the room is {room}")
        context, spare = start, min(overlap, room - used)
        while context > 0 and weights[context - 1] <= spare:
            context -= 1
            spare -= weights[context]
        windows.append(Window(context=context, start=start, end=end))
        start = end
    return windows


def _span_ends(blocks: Sequence[Block], spans: Sequence[tuple[int, int]]) -> dict[int, int]:
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
