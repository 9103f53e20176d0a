"""Peak memory of a build and its workers on two sizes, and how its time grows with the input.

`scripts/bench memory --mb 100 --larger 400`. The larger store repeats other sessions of the same
kind (another seed a part), so that nothing of it is a duplicate. `--single 1000` builds one log of
so many MB as well.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench_build import build
from measuring import Goal, Run, at_most, compared, corpus, finish, middle, options, told
from session_corpus import write_log

BASE, FACTOR, GROWTH, SINGLE = 400, 6, 1.15, 6500
"""Most MB: BASE + FACTOR × the largest log; most growth of the time a MB; most MB for one log of
1 GB."""


def main() -> int:
    """Measure and print; returns 1 where a goal is missed."""
    parser = options(__doc__, mb=100, runs=1)
    parser.add_argument("--larger", type=float, default=400, help="size of the second store in MB")
    parser.add_argument("--single", type=float, default=0, help="size of one single log in MB")
    asked = parser.parse_args()
    found: dict[str, list[Run]] = {}
    facts: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="trajset-bench-") as folder:
        work = Path(folder)
        for megabytes in (asked.mb, asked.larger):
            name = f"{megabytes:g} MB"
            store, facts[name] = joined(work, megabytes, asked.mb, asked.seed)
            found[name] = [build(store, work) for _ in range(asked.runs)]
        if asked.single:
            store = work / "single"
            facts["one log"] = {"bytes": write_log(store, asked.single, asked.seed)}
            facts["one log"]["largest_log"] = facts["one log"]["bytes"]
            found["one log"] = [build(store, work, jobs=1) for _ in range(asked.runs)]
    measured: dict[str, Any] = {}
    goals: list[Goal] = []
    for name, runs in found.items():
        megabytes = facts[name]["bytes"] / 1e6
        measured |= compared({name: runs}, {}, "", megabytes)
        largest = facts[name]["largest_log"] / 1e6
        most = BASE + FACTOR * largest
        if name == "one log" and largest >= 1000:
            most = min(most, SINGLE * largest / 1000)
        peak = max(run.peak for run in runs)
        goals.append(at_most(f"peak memory, {name} (largest log {largest:.1f})", most, peak, " MB"))
    small, large = (f"{m:g} MB" for m in (asked.mb, asked.larger))
    grown = (middle(found[large]) / facts[large]["bytes"]) / (
        middle(found[small]) / facts[small]["bytes"]
    )
    goals.append(at_most(f"time a MB at {large}, of that at {small}", GROWTH, grown, "×"))
    result = {
        "workers": os.cpu_count(),
        "memory": "resident, of all processes together; a page that several share counts once",
        "measured": measured,
    }
    return finish(result, goals, asked.json)


def joined(work: Path, megabytes: float, part: float, seed: int) -> tuple[Path, dict[str, Any]]:
    """A store of about so many MB, of parts with a seed each, and its bytes and largest log."""
    store = work / f"store-{megabytes:g}"
    total = largest = 0
    for number in range(max(1, round(megabytes / part))):
        source, facts = corpus(part, seed + number)
        for project in sorted((source / "projects").iterdir()):
            shutil.copytree(
                project,
                store / "projects" / f"{number}{project.name}",
                copy_function=os.link if _linkable(source, work) else shutil.copyfile,
            )
        total += facts["bytes"]
        largest = max(largest, facts["largest_log"])
    return store, {"bytes": total, "largest_log": largest}


def _linkable(source: Path, work: Path) -> bool:
    return source.stat().st_dev == work.stat().st_dev


if __name__ == "__main__":
    sys.exit(told(main))
