"""Counting tokens with the embedded vocabulary: accelerator beside reference, on texts of a store.

`scripts/bench count --mb 20`. Each distinct text is counted once, as in a build. MB are 10^6 bytes
of these texts, not of logs. Both must count the same.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from measuring import Goal, Run, corpus, finish, numbers, options

from trajset.fit import counter
from trajset.sources import claude_code
from trajset.sources.tally import Tally
from trajset.trajectory import ToolCall


def main() -> int:
    """Measure and print; returns 1 where the two count differently."""
    asked = options(__doc__, mb=20).parse_args()
    store, facts = corpus(asked.mb, asked.seed)
    texts = texts_of(sorted(map(str, store.rglob("*.jsonl"))))
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    ways: dict[str, Callable[[str], int]] = {
        "as trajset counts": counter._embedded(counter.make_counter("embedded").digest),
        "reference": counter._count_reference,
    }
    for count in ways.values():
        count("loads the vocabulary")
    found: dict[str, list[Run]] = {name: [] for name in ways}
    totals: dict[str, int] = {}
    for _ in range(asked.runs):
        for name, count in ways.items():
            wall, cpu = time.perf_counter(), time.process_time()
            totals[name] = sum(map(count, texts))
            seconds = time.perf_counter() - wall
            found[name].append(Run(seconds=seconds, cpu=time.process_time() - cpu, peak=0))
    first = next(iter(ways))
    measured = {name: numbers(runs, megabytes) for name, runs in found.items()}
    for row in measured.values():
        row["times_ours"] = round(row["seconds"][1] / measured[first]["seconds"][1], 2)
    result = {
        "corpus": facts,
        "texts": {
            "distinct": len(texts),
            "megabytes": round(megabytes, 1),
            "tokens": totals[first],
        },
        "versions": {name: _version(name) for name in ("fastokens", "tokenizers")},
        "measured": measured,
    }
    same = len(set(totals.values())) == 1
    goal = Goal(
        what="tokens, both ways",
        want="equal",
        found="equal" if same else " and ".join(map(str, totals.values())),
        met=same,
    )
    return finish(result, [goal], asked.json)


def texts_of(files: list[str]) -> list[str]:
    """The distinct texts of all steps of some logs."""
    found: dict[str, None] = {}
    for unit in claude_code.units(files):
        for trajectory in claude_code.read(unit, Tally()):
            for step in trajectory.steps:
                if not isinstance(step, ToolCall):
                    found[step.text] = None
    return list(found)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


if __name__ == "__main__":
    sys.exit(main())
