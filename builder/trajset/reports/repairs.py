"""Repair strategies: what was tried after failures of one sort, and how often it succeeded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field

from trajset.reports.measures import LONGEST_REPAIR

LONGER = (f"more than {LONGEST_REPAIR} steps",)
_EXAMPLES = 3

Strategy = tuple[str, ...]


class _Sort(Struct):
    """Failures of one category and tool."""

    failures: int = 0
    recovered: int = 0
    tried: Counter[Strategy] = field(default_factory=Counter)
    succeeded: Counter[Strategy] = field(default_factory=Counter)
    examples: dict[Strategy, list[str]] = field(default_factory=lambda: defaultdict(list))


def repairs(failures: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a strategy that succeeded, commonest sort of failure first, then by successes.

    A strategy is the steps from the failure to the recovering call, repeated ones once. It was
    tried wherever these steps came next after a failure of that sort.
    """
    sorts: dict[tuple[str, str], _Sort] = defaultdict(_Sort)
    for failure in failures:
        _add(sorts[failure["category"], failure["tool"]], failure)
    rows = []
    for (category, tool), sort in sorted(sorts.items(), key=lambda p: (-p[1].failures, p[0])):
        for strategy, succeeded in sorted(
            sort.succeeded.items(), key=lambda pair: (-pair[1], len(pair[0]), pair[0])
        ):
            rows.append(
                {
                    "category": category,
                    "tool": tool,
                    "failures": sort.failures,
                    "recovered": sort.recovered,
                    "steps": list(strategy),
                    "tried": sort.tried[strategy],
                    "succeeded": succeeded,
                    "success_rate": succeeded / sort.tried[strategy],
                    "examples": sort.examples[strategy],
                }
            )
    return rows


def _add(sort: _Sort, failure: dict[str, Any]) -> None:
    steps, recovered = failure["tried"], failure["recovered"]
    sort.failures += 1
    sort.recovered += recovered
    longer = len(steps) > LONGEST_REPAIR
    for length in range(1, min(len(steps), LONGEST_REPAIR) + 1):
        sort.tried[steps[:length]] += 1
    sort.tried[LONGER] += longer
    if recovered and steps:
        strategy = LONGER if longer else steps
        sort.succeeded[strategy] += 1
        examples = sort.examples[strategy]
        if len(examples) < _EXAMPLES and failure["trajectory_id"] not in examples:
            examples.append(failure["trajectory_id"])
