"""What Inspect's scores say about a sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trajset.trajectory import Outcome

_LETTERS = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}


def outcome_of(scores: Any, failed: bool) -> tuple[Outcome | None, float | None]:
    """(outcome, reward): the first score that is a number is the reward.

    The outcome is success or failure where all such scores are 1 or all are 0, unknown where they
    differ or lie between. Without a score a sample that broke off (`failed`) is a failure.
    """
    values = list(_numbers(scores))
    if not values:
        return ("failure" if failed else None), None
    if all(value == 1.0 for value in values):
        return "success", values[0]
    if all(value == 0.0 for value in values):
        return "failure", values[0]
    return "unknown", values[0]


def _numbers(scores: Any) -> Iterator[float]:
    for score in scores.values() if isinstance(scores, dict) else ():
        value = score.get("value") if isinstance(score, dict) else score
        if isinstance(value, str):
            value = _LETTERS.get(value)
        if isinstance(value, int | float) and value == value:
            yield float(value)
