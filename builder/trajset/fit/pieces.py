"""Encoding a rendered conversation piece by piece, where that gives exactly the same tokens.

A tokenizer takes its special tokens out of a text before it looks at the rest, and encodes what
lies between them apart. So a text that is cut before special tokens gives the same tokens piece by
piece, and a message that stands in many rows is encoded once. That holds for tokens that swallow no
whitespace before them and that no longer token can hide; the counter checks it on probes as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from trajset.fit.memo import Memo


class Pieces:
    """Counts tokens of texts with a `transformers` tokenizer, cut where cutting is exact."""

    def __init__(self, tokenizer: Any, probes: Iterable[str]) -> None:
        """`probes` are texts as they will come: the special tokens in them are where to cut.

        Where piece by piece differs from the whole on any probe, nothing is cut.
        """
        self._tokenizer = tokenizer
        self._memo = Memo(self._count_all)
        self._border: re.Pattern[str] | None = None
        texts = list(probes)
        borders = _borders(tokenizer, texts)
        if borders:
            pattern = re.compile("(?=" + "|".join(re.escape(b) for b in borders) + ")")
            if all(self._agrees(pattern, text) for text in texts):
                self._border = pattern

    @property
    def cuts(self) -> bool:
        """Whether texts are cut at all."""
        return self._border is not None

    def count(self, text: str) -> int:
        """Tokens of a text, as the tokenizer gives them for the whole."""
        if self._border is None:
            return self._memo.count(text)
        return self._memo.total([piece for piece in self._border.split(text) if piece])

    def _agrees(self, pattern: re.Pattern[str], text: str) -> bool:
        pieces = [piece for piece in pattern.split(text) if piece]
        parts = [token for ids in self._encode_all(pieces) for token in ids]
        return parts == self._encode_all([text])[0]

    def _encode_all(self, texts: Sequence[str]) -> list[list[int]]:
        encoded = self._tokenizer(
            list(texts), add_special_tokens=False, return_attention_mask=False, verbose=False
        )
        return list(encoded["input_ids"])

    def _count_all(self, texts: Sequence[str]) -> list[int]:
        return [len(ids) for ids in self._encode_all(texts)]


def _borders(tokenizer: Any, texts: Sequence[str]) -> list[str]:
    """The special tokens in these texts before which a text may be cut."""
    if not getattr(tokenizer, "is_fast", False) or getattr(tokenizer, "split_special_tokens", True):
        return []
    added = list(tokenizer.added_tokens_decoder.values())
    early = [str(token.content) for token in added if not token.normalized]
    return sorted(
        content
        for token in added
        if (content := str(token.content))
        and not (token.normalized or token.lstrip or token.single_word)
        and any(content in text for text in texts)
        and not any(_hides(other, content) for other in early)
    )


def _hides(other: str, token: str) -> bool:
    """Whether a match of `other` can begin before a match of `token` and reach into it."""
    at = other.find(token[0], 1)
    while at != -1:
        rest = other[at:]
        if rest.startswith(token) or token.startswith(rest):
            return True
        at = other.find(token[0], at + 1)
    return False
