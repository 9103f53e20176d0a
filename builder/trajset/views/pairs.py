"""One preference pair: a prompt that both answers share, fitted to the budget."""

from __future__ import annotations

from typing import Any

from trajset.fit.blocks import Item
from trajset.fit.counter import RenderError
from trajset.views.messages import Segment
from trajset.views.view import Context
from trajset.views.windowed import limited_blocks, shorten_prompt


def pair(
    segment: Segment,
    number: int,
    at: int,
    chosen: Item,
    rejected: Item,
    tools: list[dict[str, Any]],
    context: Context,
) -> dict[str, Any] | None:
    """Prompt and sides of a pair that stands before item `at` of a block; None where it is none
    (counted).
    """
    lead = segment.blocks[number].items[:at]
    earlier, _ = limited_blocks(segment.blocks[:number], context)
    try:
        fitted = shorten_prompt(segment.head, earlier, lead, [[chosen], [rejected]], tools, context)
    except RenderError:
        context.drop("template_refuses")
        return None
    if fitted is None:
        context.too_long()
        return None
    prompt, _, _, n_tokens = fitted
    if prompt[-1]["role"] == "assistant":
        context.drop("prompt_ends_in_assistant")
        return None
    return {
        "n_tokens": n_tokens,
        "prompt": prompt,
        "chosen": [chosen.message],
        "rejected": [rejected.message],
    }
