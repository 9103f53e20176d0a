"""Numbers of examples: tools and their sequences, time, files, tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct, field

from trajset.reports.measures import without_repeats


class Statistics(Struct, kw_only=True):
    """Numbers of some rows or examples. Means are of those that have the number."""

    rows: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    tools: Counter[str] = field(default_factory=Counter)
    sequences: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """Tools of a turn in order, each once where it follows itself -> turns."""
    mean_tools: float | None = None
    mean_seconds: float | None = None
    mean_files_modified: float | None = None
    mean_input_tokens: float | None = None
    mean_output_tokens: float | None = None
    mean_correctness: float | None = None
    mean_efficiency: float | None = None


_MEANS = {
    "mean_tools": "n_tools",
    "mean_seconds": "seconds",
    "mean_files_modified": "files_modified",
    "mean_input_tokens": "input_tokens",
    "mean_output_tokens": "output_tokens",
    "mean_correctness": "correctness",
    "mean_efficiency": "efficiency",
}


def statistics(examples: Iterable[Mapping[str, Any]]) -> Statistics:
    """Numbers of examples (or of the rows that they are made of).

    train, validation = load("~/.claude/projects")
    print(statistics([*train, *validation]).tools.most_common(10))
    """
    found = Statistics()
    values: dict[str, list[float]] = {name: [] for name in _MEANS}
    for example in examples:
        found.rows += 1
        found.outcomes[example["outcome"]] += 1
        used = [action["tool"] for action in msgspec.json.decode(example["actions"])]
        found.tools.update(used)
        if used:
            found.sequences[tuple(without_repeats(used))] += 1
        for name, column in _MEANS.items():
            if example[column] is not None:
                values[name].append(example[column])
    for name, numbers in values.items():
        if numbers:
            setattr(found, name, sum(numbers) / len(numbers))
    return found
