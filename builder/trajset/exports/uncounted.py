"""A counter that counts nothing: most formats are not fitted, so no tokenizer is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trajset.fit.counter import Messages, Tools

if TYPE_CHECKING:
    from trajset.fit.labels import Labeller


class Uncounted:
    """Stands for a `Counter` where lengths do not matter."""

    name = "none"
    digest = ""
    approximate = True
    labeller: Labeller | None = None

    def count(self, messages: Messages, tools: Tools) -> int:
        """Always 0."""
        return 0

    def weight(self, message: Mapping[str, Any]) -> int:
        """Always 0."""
        return 0

    def text(self, text: str) -> int:
        """Always 0."""
        return 0
