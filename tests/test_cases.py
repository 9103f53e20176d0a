"""Every case folder: a log beside what its source must make of it.

`tests/cases/<harness>/<case>/input/` holds the log, `trajectories.json` and `tally.json` what
reading it gives. Refresh with `pytest tests/test_cases.py --update-golden`, then read the diff.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from trajset.sources import SOURCES
from trajset.sources.discover import discover
from trajset.sources.tally import Tally

CASES = sorted(p for p in (Path(__file__).parent / "cases").glob("*/*") if (p / "input").is_dir())
BY_NAME = {source.NAME: source for source in SOURCES}


def pruned(value: Any) -> Any:
    """Drop nulls and empty containers, so that expected files stay readable."""
    if isinstance(value, dict):
        kept = {k: pruned(v) for k, v in value.items()}
        return {k: v for k, v in kept.items() if v not in (None, {}, [], "")}
    return [pruned(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_reading_a_case(case: Path, update_golden: bool) -> None:
    found = discover([str(case / "input")], SOURCES)
    tally = Tally()
    trajectories = []
    for unit in found.units:
        assert unit.harness == case.parent.name
        trajectories += list(BY_NAME[unit.harness].read(unit, tally))
    assert tally.read == tally.used + sum(tally.skipped.values())
    actual = {
        "trajectories.json": [pruned(msgspec.to_builtins(t)) for t in trajectories],
        "tally.json": pruned(msgspec.to_builtins(tally)),
    }
    for name, value in actual.items():
        text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
        if update_golden:
            (case / name).write_text(text, encoding="utf-8")
        assert text == (case / name).read_text(encoding="utf-8"), f"{case.name}/{name} differs"
