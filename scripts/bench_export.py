"""Export to OpenAI messages beside dataclaw's export and teich's extract + convert; all redact.

`scripts/bench export --mb 100`. Whole processes on the same Claude Code store, each with all its
workers; trajset's cache is empty each time. teich's two commands count as one.
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

OURS = "trajset export"


def main() -> int:
    """Measure and print; returns 1 where a goal is missed."""
    parser = options(__doc__, mb=100)
    parser.add_argument("--no-separators", action="store_true", help="a store without raw U+2028")
    asked = parser.parse_args()
    store, facts = corpus(asked.mb, asked.seed, separators=not asked.no_separators)
    with tempfile.TemporaryDirectory(prefix="trajset-bench-") as folder:
        work = Path(folder)
        contestants: dict[str, Callable[[], Run]] = {OURS: lambda: export(store, work)}
        versions: dict[str, Any] = {}
        missing = {}
        try:
            versions = peers.install()
            contestants["dataclaw export"] = lambda: peers.dataclaw_export(store, work / "peer")
            contestants["teich extract + convert"] = lambda: peers.teich_export(
                store, work / "peer"
            )
        except peers.Unavailable as error:
            missing["peers"] = str(error)
        found, skipped = in_turn(contestants, asked.runs)
    if OURS not in found:
        raise Failed(skipped[OURS])
    ours = middle(found[OURS])
    goals = [
        at_least(f"against {name}", 5, middle(runs) / ours)
        for name, runs in found.items()
        if name != OURS
    ]
    measured = compared(found, {**skipped, **missing}, OURS, facts["bytes"] / 1e6)
    return finish({"corpus": facts, "versions": versions, "measured": measured}, goals, asked.json)


def export(store: Path, work: Path) -> Run:
    """`trajset export --format openai` with an empty cache."""
    shutil.rmtree(work / "cache", ignore_errors=True)
    arguments = ["export", str(store), "--format", "openai", "--output", str(work / "out.jsonl")]
    return run(command(*arguments), env={"TRAJSET_CACHE": str(work / "cache")}, cwd=work)


if __name__ == "__main__":
    sys.exit(told(main))
