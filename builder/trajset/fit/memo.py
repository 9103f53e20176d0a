"""Remembering how many tokens a text has: one distinct text is encoded once in a process."""

from __future__ import annotations

from collections.abc import Callable, Sequence

ROOM = 24_000_000
"""Bytes, about, that are remembered before all is forgotten; keeps a worker's memory bounded."""
_ENTRY = 100
"""Bytes that remembering takes beside the text itself."""


class Memo:
    """Token counts by text. Gives what `count_all` gives, whatever it remembers."""

    def __init__(self, count_all: Callable[[Sequence[str]], Sequence[int]]) -> None:
        """`count_all` gives the number of tokens of each of some texts."""
        self._count_all = count_all
        self._known: dict[str, int] = {}
        self._size = 0

    def count(self, text: str) -> int:
        """Tokens of one text."""
        if not text:
            return 0
        found = self._known.get(text)
        return self._learn((text,))[0] if found is None else found

    def total(self, texts: Sequence[str]) -> int:
        """Tokens of all these texts; those that are new are encoded in one batch."""
        found = [self._known.get(text) for text in texts]
        new = [text for text, count in zip(texts, found, strict=True) if count is None]
        return sum(count for count in found if count is not None) + sum(self._learn(new))

    def _learn(self, texts: Sequence[str]) -> Sequence[int]:
        if not texts:
            return ()
        counts = self._count_all(texts)
        for text, count in zip(texts, counts, strict=True):
            self._size += len(text) + _ENTRY
            if self._size > ROOM:
                self._known.clear()
                self._size = len(text) + _ENTRY
            self._known[text] = count
        return counts
