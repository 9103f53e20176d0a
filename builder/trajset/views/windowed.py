"""Windows over a trajectory's messages: what `chat`, `sft` and `tokenized` have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from trajset.fit.blocks import Block, Item
from trajset.fit.counter import RenderError
from trajset.fit.elide import elide_block, limit_block
from trajset.fit.windows import Packing, Window, newest
from trajset.trajectory import Trajectory
from trajset.views.messages import Segment, joined, left_out
from trajset.views.view import Context

Tools = list[dict[str, Any]]
Ends = Callable[[Sequence[Item], int], Sequence[int]]
"""(items of a window, index of the first that is its own) -> where its rows end."""


class Windowed(Struct, frozen=True, gc=False, kw_only=True):
    """One window: what is pinned, earlier steps as context, and the steps that are its own."""

    head: tuple[Item, ...]
    before: tuple[Item, ...]
    own: tuple[Item, ...]
    tokens: tuple[int, ...]
    """Of each of its rows, in order."""

    @property
    def items(self) -> tuple[Item, ...]:
        """All items in order."""
        return (*self.head, *self.before, *self.own)

    @property
    def first_own(self) -> int:
        """Index of the first item that is its own."""
        return len(self.head) + len(self.before)

    @property
    def n_tokens(self) -> int:
        """Tokens of the longest of its rows."""
        return max(self.tokens, default=0)


def whole(items: Sequence[Item], first_own: int) -> Sequence[int]:
    """One row a window, of all its items."""
    return (len(items),)


def windows_of(
    trajectory: Trajectory,
    segments: Sequence[Segment],
    copied: int,
    tools: Tools,
    context: Context,
    *,
    overlap: float = 0.0,
    ends: Ends = whole,
) -> list[Windowed]:
    """All windows of a trajectory, no row over the budget; each new step is in exactly one.

    Steps that another trajectory owns (`copied`) are in no window, but may stand before one.
    """
    result: list[Windowed] = []
    for segment in segments:
        try:
            result += _segment_windows(
                trajectory, limited(segment, context), copied, tools, context, overlap, ends
            )
        except RenderError:
            context.drop("template_refuses")
    return result


def limited(segment: Segment, context: Context) -> Segment:
    """The segment with its observations shortened to the recipe's limits for their tools."""
    blocks, changed = limited_blocks(segment.blocks, context)
    return replace(segment, blocks=blocks) if changed else segment


def limited_blocks(
    blocks: Sequence[Block], context: Context, spare: Collection[int] = ()
) -> tuple[tuple[Block, ...], int]:
    """The blocks with observations shortened to the limits for their tools, and how many were.

    Observations whose step is in `spare` stay whole.
    """
    limits = context.fit.elide_tools
    made = [limit_block(block, limits, context.counter, spare) for block in blocks]
    changed = sum(count for _, count in made)
    if changed:
        context.note("observation_elided", changed)
    return tuple(block for block, _ in made), changed


def _segment_windows(
    trajectory: Trajectory,
    segment: Segment,
    copied: int,
    tools: Tools,
    context: Context,
    overlap: float,
    ends: Ends,
) -> list[Windowed]:
    budget = context.fit.max_tokens
    blocks = segment.blocks
    first = next((i for i, block in enumerate(blocks) if block.end > copied), len(blocks))
    if first == len(blocks):
        return []
    pinned = _with_marker(segment.head, 99_999, context)
    head = context.counter.count(joined(pinned)[0], tools)
    if head >= budget:
        context.head_too_long(head)
        return []
    if context.fit.over != "window":
        window = Window(context=0, start=first, end=len(blocks))
        made = _make(segment, blocks, window, tools, context, ends)
        if made.n_tokens <= budget:
            return [made]
        context.too_long(tokens=made.n_tokens)
        return []

    def make(blocks: Sequence[Block], window: Window) -> Windowed | None:
        try:
            return _make(segment, blocks, window, tools, context, ends)
        except RenderError:
            context.drop("template_refuses")
            return None

    packing = Packing(
        budget=budget,
        head=head,
        spans=[(r.start, r.end) for r in trajectory.recoveries],
        overlap=int(overlap * budget),
        make=make,
        shorten=lambda block, room: shortened(block, room, context),
        lose=context.too_long,
    )
    return packing.pack(blocks, first)


def shortened(block: Block, room: int, context: Context) -> Block | None:
    """The block with observations elided to the longest limit of the recipe that fits, or None."""
    for limit in context.fit.elide_to:
        short, changed = elide_block(block, limit, context.counter)
        if changed and short.weight <= room:
            context.note("observation_elided", changed)
            return short
    return None


def _make(
    segment: Segment,
    blocks: Sequence[Block],
    window: Window,
    tools: Tools,
    context: Context,
    ends: Ends,
) -> Windowed:
    skipped = sum(
        len(block.items) for block in segment.blocks if block.end <= blocks[window.context].start
    )
    head = _with_marker(segment.head, skipped, context)
    before = tuple(i for block in blocks[window.context : window.start] for i in block.items)
    own = tuple(i for block in blocks[window.start : window.end] for i in block.items)
    items = (*head, *before, *own)
    tokens = tuple(
        context.counter.count(joined(items[:end])[0], tools)
        for end in ends(items, len(head) + len(before))
    )
    return Windowed(head=head, before=before, own=own, tokens=tokens)


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
    or None where not even head, marker and `kept` fit. Unless the recipe says `over: window`,
    nothing is left out of a prompt.

    Raises:
        RenderError: the template refuses the messages.
    """
    budget = context.fit.max_tokens
    start = 0
    if context.fit.over == "window":
        answer = max((sum(i.weight for i in answer) for answer in answers), default=0)
        start = newest(earlier, budget - answer - sum(i.weight for i in (*head, *kept)))
    attempt = 0
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
        if start >= len(earlier) or context.fit.over != "window":
            return None
        # As much as is over must go; twice as much each time that was not enough.
        excess = (n_tokens - budget) << max(0, attempt - 1)
        while excess > 0 and start < len(earlier):
            excess -= earlier[start].weight
            start += 1
        attempt += 1
