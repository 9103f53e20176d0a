"""Every phenomenon has a sample that shows it; every kind in the tables has a sample here."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from annotating import Log, only
from trajset.annotate.phenomena import (
    Phenomenon,
    checks,
    commands,
    files,
    git,
    localised,
    options,
    packages,
    refusals,
    runners,
    services,
    tools,
    traces,
)

SAMPLES = yaml.safe_load(
    (Path(__file__).parent / "annotate_samples.yaml").read_text(encoding="utf-8")
)


def log_of(sample: dict[str, Any]) -> Log:
    status, text = sample.get("status", "error"), sample["text"]
    if "run" in sample:
        code = sample.get("exit_code", 0 if status == "ok" else None)
        return Log().call("Bash", {"command": sample["run"]}, text, status, code)
    return Log().call(sample["tool"], {"file_path": "/w/a.txt"}, text, status)


@pytest.mark.parametrize(
    "sample", SAMPLES, ids=lambda s: f"{s['kind']}-{s.get('run', s.get('tool'))[:24]}"
)
def test_a_sample_shows_its_phenomenon(sample: dict[str, Any]) -> None:
    failure = only(log_of(sample))
    assert (failure.kind, failure.category) == (sample["kind"], sample["category"])
    inferred = sample.get("status") in ("ok", "unknown")
    assert failure.status_source == ("inferred" if inferred else "reported")
    assert 0 < failure.confidence <= 1


def kinds_of(module: ModuleType) -> set[str]:
    tables = [value for value in vars(module).values() if isinstance(value, tuple)]
    return {row.kind for table in tables for row in table if isinstance(row, Phenomenon)}


def test_every_phenomenon_has_a_sample() -> None:
    modules = (
        *(refusals, tools, files, commands, options, localised),
        *(git, services, packages, checks, runners, traces),
    )
    known = {kind for module in modules for kind in kinds_of(module)}
    assert known - {sample["kind"] for sample in SAMPLES} == set()
