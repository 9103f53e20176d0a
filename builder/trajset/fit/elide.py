"""Shortening long observations to head and tail, with a marker that says how much is missing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from fnmatch import fnmatchcase

from msgspec.structs import replace

from trajset.fit.blocks import Block, Item
from trajset.fit.counter import Counter

LEAST = 64
"""Tokens below which no text is shortened: marker, and something at both ends."""


def elide(text: str, limit: int, count: Callable[[str], int]) -> str:
    """The text's head and tail, together at most `limit` tokens; the text itself if it is short.

    The tail is longer than the head: the end of a command's output says how it ended. With a limit
    below `LEAST`, little is left, but it may be more than the limit.
    """
    total = count(text)
    if total <= limit:
        return text
    keep = int(len(text) * limit / total)
    while True:
        keep = max(40, keep)
        if keep >= len(text):
            return text
        head, tail = keep // 3, keep - keep // 3
        first, last = _to_line_end(text[:head]), _to_line_start(text[-tail:])
        left_out = len(text) - len(first) - len(last)
        short = f"{first}\n[… {left_out} characters left out …]\n{last}"
        tokens = count(short)
        if tokens <= limit or keep == 40:
            return short
        keep = min(keep - 1, int(keep * limit / tokens))


def _to_line_end(text: str) -> str:
    cut = text.rfind("\n")
    return text[:cut] if cut > len(text) // 2 else text


def _to_line_start(text: str) -> str:
    cut = text.find("\n")
    return text[cut + 1 :] if 0 <= cut < len(text) // 2 else text


def elide_block(
    block: Block, limit: int, counter: Counter, spare: Collection[int] = ()
) -> tuple[Block, int]:
    """The block with its observations shortened to `limit` tokens each, and how many were.

    Observations whose step is in `spare` stay whole.
    """
    return _with(block, [_elided(item, limit, counter, spare) for item in block.items])


def limit_block(
    block: Block, limits: Mapping[str, int], counter: Counter, spare: Collection[int] = ()
) -> tuple[Block, int]:
    """The block with its observations shortened to the limit of their tool, and how many were.

    `limits` maps a tool's name, or a glob over names, to tokens; the first that fits decides, names
    before globs.
    """
    if not limits:
        return block, 0
    items = []
    for item in block.items:
        limit = limit_of(item.tool, limits) if item.elidable else None
        items.append(item if limit is None else _elided(item, limit, counter, spare))
    return _with(block, items)


def limit_of(tool: str, limits: Mapping[str, int]) -> int | None:
    """The limit of a tool, or None where it has none."""
    if tool in limits:
        return limits[tool]
    return next((n for glob, n in limits.items() if fnmatchcase(tool, glob)), None)


def _with(block: Block, items: list[Item]) -> tuple[Block, int]:
    changed = sum(new is not old for new, old in zip(items, block.items, strict=True))
    return (replace(block, items=tuple(items)), changed) if changed else (block, 0)


def _elided(item: Item, limit: int, counter: Counter, spare: Collection[int]) -> Item:
    if not item.elidable or item.steps[0] in spare:
        return item
    text = item.message["content"]
    short = elide(text, limit, counter.text)
    if len(short) >= len(text):
        return item
    weight = item.weight - counter.text(text) + counter.text(short)
    return replace(item, message={**item.message, "content": short}, weight=max(1, weight))
