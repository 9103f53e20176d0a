"""Windows over a trajectory's messages: what `chat` and `sft` have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from trajset.fit.blocks import Block, Item
from trajset.fit.counter import RenderError
from trajset.fit.elide import elide_block
from trajset.fit.windows import Window, pack
from trajset.trajectory import Trajectory
from trajset.views.messages import Segment, joined, left_out
from trajset.views.view import Context

Tools = list[dict[str, Any]]


class Windowed(Struct, frozen=True, gc=False, kw_only=True):
    """One window: what is pinned, earlier steps as context, and the steps that are its own."""

    head: tuple[Item, ...]
    before: tuple[Item, ...]
    own: tuple[Item, ...]
    n_tokens: int

    @property
    def items(self) -> tuple[Item, ...]:
        """All items in order."""
        return (*self.head, *self.before, *self.own)


def windows_of(
    trajectory: Trajectory,
    segments: Sequence[Segment],
    copied: int,
    tools: Tools,
    context: Context,
    *,
    overlap: float = 0.0,
) -> list[Windowed]:
    """All windows of a trajectory, none over the budget; each new step is in exactly one.

    Steps that another trajectory owns (`copied`) are in no window, but may stand before one.
    """
    result: list[Windowed] = []
    for segment in segments:
        try:
            result += _segment_windows(trajectory, segment, copied, tools, context, overlap)
        except RenderError:
            context.drop("template_refuses")
    return result


def _segment_windows(
    trajectory: Trajectory,
    segment: Segment,
    copied: int,
    tools: Tools,
    context: Context,
    overlap: float,
) -> list[Windowed]:
    budget = context.fit.max_tokens
    pinned = _with_marker(segment.head, 99_999, context)
    room = budget - context.counter.count(joined(pinned)[0], tools)
    if room <= 0:
        context.drop("head_over_budget")
        return []
    blocks = list(segment.blocks)
    first = next((i for i, block in enumerate(blocks) if block.end > copied), len(blocks))
    if context.fit.over == "drop" and sum(b.weight for b in blocks[first:]) > room:
        context.drop("over_budget")
        return []
    spans = [(r.start, r.end) for r in trajectory.recoveries]
    for _ in range(12):
        own, elided = fitting(blocks[first:], room, context)
        made: list[Windowed] = []
        for number, run in enumerate(unbroken(own)):
            before = blocks[:first] if number == 0 and own[0] is not None else []
            windows = pack_after([*before, *run], len(before), room, spans, int(overlap * budget))
            made += [_make(segment, [*before, *run], window, tools, context) for window in windows]
        over = max((w.n_tokens for w in made), default=0) - budget
        if over <= 0:
            if elided:
                context.note("response_with_elided_observations", elided)
            if lost := sum(block is None for block in own):
                context.drop("over_budget", lost)
            return made
        room -= over + 16
        if room <= 0:
            break
    context.drop("over_budget")
    return []


def pack_after(
    blocks: Sequence[Block],
    first: int,
    room: int,
    spans: Sequence[tuple[int, int]],
    overlap: int,
) -> list[Window]:
    """`pack` the blocks from `first` on; those before it may only stand as context."""
    windows = []
    for window in pack(blocks[first:], room, spans, overlap):
        context, start = window.context + first, window.start + first
        if window.start == 0:
            spare = min(overlap, room - sum(b.weight for b in blocks[start : window.end + first]))
            context = start
            while context > 0 and blocks[context - 1].weight <= spare:
                context -= 1
                spare -= blocks[context].weight
        windows.append(Window(context=context, start=start, end=window.end + first))
    return windows


def fitting(blocks: Sequence[Block], room: int, context: Context) -> tuple[list[Block | None], int]:
    """Each block, with its observations shortened as far as needed (None where it never fits),
    and how many were shortened.
    """
    fitted = [b if b.weight <= room else shortened(b, room, context) for b in blocks]
    pairs = zip(blocks, fitted, strict=True)
    return fitted, sum(short is not None and short is not block for block, short in pairs)


def unbroken(blocks: Sequence[Block | None]) -> list[list[Block]]:
    """Runs of blocks between those that never fit: no window reaches across a hole."""
    runs: list[list[Block]] = [[]]
    for block in blocks:
        if block is not None:
            runs[-1].append(block)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def shortened(block: Block, room: int, context: Context) -> Block | None:
    """The block with observations elided to the longest limit of the recipe that fits, or None."""
    for limit in context.fit.elide_to:
        short = elide_block(block, limit, context.counter)
        if short.weight <= room:
            return short
    return None


def _make(
    segment: Segment, blocks: Sequence[Block], window: Window, tools: Tools, context: Context
) -> Windowed:
    skipped = sum(
        len(block.items) for block in segment.blocks if block.end <= blocks[window.context].start
    )
    head = _with_marker(segment.head, skipped, context)
    before = tuple(i for block in blocks[window.context : window.start] for i in block.items)
    own = tuple(i for block in blocks[window.start : window.end] for i in block.items)
    n_tokens = context.counter.count(joined((*head, *before, *own))[0], tools)
    return Windowed(head=head, before=before, own=own, n_tokens=n_tokens)


def _with_marker(head: Sequence[Item], skipped: int, context: Context) -> tuple[Item, ...]:
    """The head, and after it a marker for the messages between it and what follows."""
    if not skipped:
        return tuple(head)
    message = {"role": "user", "content": left_out(skipped)}
    return (*head, Item(message=message, steps=(), weight=context.counter.weight(message)))


def shorten_prompt(
    head: Sequence[Item],
    earlier: Sequence[Block],
    kept: Sequence[Item],
    answers: Sequence[Sequence[Item]],
    tools: Tools,
    context: Context,
) -> tuple[list[dict[str, Any]], list[int], tuple[Item, ...], int] | None:
    """A prompt of head, marker, the newest whole blocks of `earlier`, and `kept` as it is.

    Returns (messages, index of each item's message, items, tokens with the longest of `answers`),
    or None where not even head, marker and `kept` fit.

    Raises:
        RenderError: the template refuses the messages.
    """
    budget = context.fit.max_tokens
    least = max(
        context.counter.count(joined((*head, *kept, *answer))[0], tools) for answer in answers
    )
    room = budget - least
    start = 0
    if sum(block.weight for block in earlier) > room:
        start = len(earlier)
        used = _with_marker((), 99_999, context)[0].weight
        while start > 0 and used + earlier[start - 1].weight <= room:
            start -= 1
            used += earlier[start].weight
    while True:
        skipped = sum(len(block.items) for block in earlier[:start])
        items = (
            *_with_marker(head, skipped, context),
            *(item for block in earlier[start:] for item in block.items),
            *kept,
        )
        messages, index = joined(items)
        n_tokens = max(
            context.counter.count([*messages, *joined(answer)[0]], tools) for answer in answers
        )
        if n_tokens <= budget:
            return messages, index, items, n_tokens
        if start >= len(earlier):
            return None
        start += 1 + (len(earlier) - start) // 4
