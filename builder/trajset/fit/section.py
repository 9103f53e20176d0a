"""Recipe section `fit`: the budget, who counts it, and what gives way."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Fit(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How rows are fitted into a token budget."""

    max_tokens: int = 32_768
    """Budget of a row, tools included; also the `max_length` to give the trainer."""
    tokenizer: str = "embedded"
    """`embedded`, a local tokenizer folder, a hub id, or `tiktoken:<encoding>`."""
    over: Literal["window", "drop"] = "window"
    """What happens to a trajectory that is over the budget: windows, or left out and counted."""
    overlap: float = 0.1
    """Share of the budget that an `sft` window may spend on steps before it, as context."""
    elide_to: tuple[int, ...] = (8192, 4096, 2048, 1024, 512, 256, 128)
    """Lengths in tokens to which observations are shortened, one after the other, until a
    response and its observations fit."""
