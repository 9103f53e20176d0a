"""Recipe section `fit`: the budget, who counts it, and what gives way."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field


class Fit(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How rows are fitted into a token budget."""

    max_tokens: int = 32_768
    """Budget of a row, tools included; also the `max_length` to give the trainer."""
    tokenizer: str = "embedded"
    """`embedded`, a local tokenizer folder, a hub id, or `tiktoken:<encoding>`."""
    over: Literal["window", "drop", "error"] = "window"
    """What happens to what is over the budget: windows and shortened prompts, left out and counted,
    or the build stops."""
    overlap: float = 0.1
    """Share of the budget that an `sft` window may spend on steps before it, as context."""
    elide_tools: dict[str, int] = field(default_factory=dict)
    """Longest result of a tool in tokens, by its name or a glob over names: longer ones are
    shortened to head and tail in every row, except for the failure that a repair answers."""
    elide_to: tuple[int, ...] = (8192, 4096, 2048, 1024, 512, 256, 128)
    """Lengths in tokens to which observations are shortened, one after the other, until a
    response and its observations fit."""
