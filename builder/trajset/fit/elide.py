"""Shortening long observations to head and tail, with a marker that says how much is missing."""

from __future__ import annotations

from collections.abc import Callable, Collection

from msgspec.structs import replace

from trajset.fit.blocks import Block
from trajset.fit.counter import Counter


def elide(text: str, limit: int, count: Callable[[str], int]) -> str:
    """The text's head and tail, about `limit` tokens together; the text itself if it is short.

    The tail is longer than the head: the end of a command's output says how it ended.
    """
    total = count(text)
    if total <= limit:
        return text
    keep = max(40, int(len(text) * limit / total))
    head, tail = keep // 3, keep - keep // 3
    first, last = _to_line_end(text[:head]), _to_line_start(text[-tail:])
    left_out = len(text) - len(first) - len(last)
    return f"{first}\n[… {left_out} characters left out …]\n{last}"


def _to_line_end(text: str) -> str:
    cut = text.rfind("\n")
    return text[:cut] if cut > len(text) // 2 else text


def _to_line_start(text: str) -> str:
    cut = text.find("\n")
    return text[cut + 1 :] if 0 <= cut < len(text) // 2 else text


def elide_block(block: Block, limit: int, counter: Counter, spare: Collection[int] = ()) -> Block:
    """The block with its observations shortened to `limit` tokens each.

    Observations whose step is in `spare` stay whole.
    """
    items = []
    for item in block.items:
        if item.elidable and item.steps[0] not in spare:
            text = item.message["content"]
            short = elide(text, limit, counter.text)
            if len(short) < len(text):
                message = {**item.message, "content": short}
                weight = item.weight - counter.text(text) + counter.text(short)
                item = replace(item, message=message, weight=weight)
        items.append(item)
    return replace(block, items=tuple(items))
