"""Failures, categories, recoveries and outcomes against hand labels, with the confusion.

`scripts/bench labels [--labels FILE_OR_DIR] [--sessions DIR] [--json]`. The labels lie beside the
checkout (`../shared/labels`); lines that their readers marked as unsure count half.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
sys.path.insert(0, str(ROOT / "tests"))

from label_scores import scores  # noqa: E402 - it lies beside the tests that hold it

TARGETS = {
    "failure_precision": 0.95,
    "failure_recall": 0.95,
    "category": 0.90,
    "recovered": 0.92,
    "same_recovering_call": 0.85,
    "outcome": 0.80,
}


def main() -> int:
    """Measure and print; the exit code is 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=Path, default=SHARED / "labels" / "sessions.jsonl")
    parser.add_argument("--sessions", type=Path, default=SHARED / "sessions")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not given.labels.exists() or not given.sessions.is_dir():
        parser.error(f"expected labels at {given.labels} and sessions at {given.sessions}")
    found = scores(given.labels, given.sessions)
    if given.json:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
    else:
        show(found)
    return int(any(found[name] < floor for name, floor in TARGETS.items()))


def show(found: dict[str, Any]) -> None:
    """Print the measures, the confusion and every miss."""
    console = Console(highlight=False)
    table = Table(box=None)
    for column in ("measure", "reached", "target"):
        table.add_column(column, justify="left" if column == "measure" else "right")
    for name, value in found.items():
        if isinstance(value, float):
            target = TARGETS.get(name)
            table.add_row(name, f"{value:.3f}", "" if target is None else f"{target:.2f}")
    console.print(table)
    for name in ("confusion", "misses"):
        console.print(f"\n[bold]{name}[/bold]")
        items = found[name].items() if isinstance(found[name], dict) else enumerate(found[name])
        for key, value in items:
            console.print(f"  {key}: {value}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
