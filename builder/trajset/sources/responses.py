"""What logs tell about the responses of a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from trajset.trajectory import Response


def usual_model(responses: Mapping[str, Response]) -> str | None:
    """The model of most responses; of equals the one that came first."""
    counts = Counter(r.model for r in responses.values() if r.model)
    return counts.most_common(1)[0][0] if counts else None


def whole(value: Any) -> int | None:
    """A count as a log gives it, or None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    return int(value) if 0 <= value < 2**53 else None


def word(value: Any) -> str | None:
    """A text field as a log gives it, or None where it is empty or no text."""
    return value if isinstance(value, str) and value else None
