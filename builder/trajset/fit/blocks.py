"""What is fitted: items (one message or entry each) and blocks that must not be parted."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Item(Struct, frozen=True, gc=False, kw_only=True):
    """One message (or one codeact entry) and the steps that it was made of."""

    message: dict[str, Any]
    steps: tuple[int, ...]
    weight: int
    """Tokens for packing."""
    learn: bool = False
    """On assistant messages: whether it may be a target."""
    unlearnt_why: str | None = None
    elidable: bool = False
    """Whether `content` may be shortened: it is an observation."""
    tool: str = ""
    """On observations: the tool that gave it."""


class Block(Struct, frozen=True, gc=False, kw_only=True):
    """A response with its observations, and the messages of others that led to it."""

    items: tuple[Item, ...]
    start: int
    end: int
    """Half-open range of step indices."""

    @property
    def weight(self) -> int:
        """Tokens of all its items."""
        return sum(item.weight for item in self.items)
