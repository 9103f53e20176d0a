"""A whole build, with the fast tokenizer and with the reference one, beside `datasets` with teich.

`scripts/bench build --mb 200`. trajset builds all default configs, redacts, counts tokens and
removes duplicates, with an empty cache each time; `load_dataset` makes messages of the same folder
and does none of that. The store has no raw U+2028, on which the trace reader stops.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peers
from measuring import (
    Failed,
    Run,
    at_least,
    compared,
    corpus,
    finish,
    in_turn,
    middle,
    options,
    run,
    told,
)
from measuring import trajset as command

FAST, SLOW, PEER = "trajset build", "trajset build, reference tokenizer", "datasets with teich"


def main() -> int:
    """Measure and print; returns 1 where a goal is missed."""
    parser = options(__doc__, mb=200)
    parser.add_argument("--jobs", type=int, default=0, help="worker processes (0: one a core)")
    asked = parser.parse_args()
    store, facts = corpus(asked.mb, asked.seed, separators=False)
    with tempfile.TemporaryDirectory(prefix="trajset-bench-") as folder:
        work = Path(folder)
        contestants: dict[str, Callable[[], Run]] = {
            FAST: lambda: build(store, work, asked.jobs),
            SLOW: lambda: build(store, work, asked.jobs, env=without_fastokens(work)),
        }
        versions: dict[str, Any] = {}
        missing = ""
        try:
            versions = peers.install()
            contestants[PEER] = lambda: peers.load_dataset(store, work / "peer")
        except peers.Unavailable as error:
            missing = str(error)
        found, skipped = in_turn(contestants, asked.runs)
    if missing:
        skipped[PEER] = missing
    goals = []
    for name, least in ((FAST, 4), (SLOW, 2)):
        if PEER in found and name in found:
            goals.append(at_least(name, least, middle(found[PEER]) / middle(found[name])))
    measured = compared(found, skipped, FAST, facts["bytes"] / 1e6)
    result = {"corpus": facts, "versions": versions, "measured": measured}
    if FAST not in found:
        raise Failed(skipped[FAST])
    return finish(result, goals, asked.json)


def build(
    store: Path, work: Path, jobs: int = 0, env: dict[str, str] | None = None, keep: bool = False
) -> Run:
    """A build of a store below `work`, with an empty cache and no dataset before unless `keep`."""
    cache, out = work / "cache", work / "out"
    if not keep:
        for folder in (cache, out):
            shutil.rmtree(folder, ignore_errors=True)
    arguments = ["build", str(store), "--out", str(out), *(["--jobs", str(jobs)] if jobs else [])]
    return run(command(*arguments), env={"TRAJSET_CACHE": str(cache), **(env or {})}, cwd=work)


def without_fastokens(work: Path) -> dict[str, str]:
    """Variables with which the accelerator is not found, as where it is not installed."""
    place = work / "without"
    place.mkdir(exist_ok=True)
    (place / "fastokens.py").write_text("raise ImportError\n", encoding="utf-8")
    return {"PYTHONPATH": str(place)}


if __name__ == "__main__":
    sys.exit(told(main))
