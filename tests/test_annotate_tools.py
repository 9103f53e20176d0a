"""The tools of the common ecosystems, in the spellings that people meet (`annotate_tools.yaml`).

A failure is one whether its exit code shows or a pipe hides it; what passes, answers or only
speaks of errors is none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from annotating import Log, only

SAMPLES = yaml.safe_load(
    (Path(__file__).parent / "annotate_tools.yaml").read_text(encoding="utf-8")
)
LINES = [s for s in SAMPLES if "run" in s]
FAILING = [s for s in LINES if s["is"] != "fine"]
FINE = [s for s in LINES if s["is"] == "fine"]
CALLS = [s for s in SAMPLES if "tool" in s]
WRAPPERS = (
    "cd app && {}",
    "timeout 30 {}",
    "sudo -u dev {}",
    "env A=b C=d {}",
    "A=b {}",
    "nohup {}",
    "time {}",
    "docker exec -it web {}",
    "docker compose exec web {}",
    "wsl -e {}",
    "ssh host {}",
    "uv run {}",
    "poetry run {}",
    "pnpm exec {}",
    "npx --yes {}",
    "bash -lc '{}'",
    'powershell -Command "{}"',
)
WRAPPED = [s for s in FAILING if s["is"] == "command_exit" and "'" not in s["run"]][:4]


def name(sample: dict[str, Any]) -> str:
    return f"{sample.get('run', sample.get('tool'))[:28]}-{sample['text'][:20]}"


@pytest.mark.parametrize("sample", FAILING, ids=name)
def test_a_reported_failure_has_its_category(sample: dict[str, Any]) -> None:
    failure = only(Log().bash(sample["run"], sample["text"], 1))
    assert (failure.status_source, failure.category) == ("reported", sample["is"]), failure.why


@pytest.mark.parametrize("sample", FAILING, ids=name)
@pytest.mark.parametrize("line", ["{} 2>&1 | tail -50", "{}; echo done"], ids=["pipe", "echo"])
def test_a_hidden_failure_is_seen(sample: dict[str, Any], line: str) -> None:
    failure = only(Log().bash(line.format(sample["run"]), sample["text"]))
    assert (failure.status_source, failure.category) == ("inferred", sample["is"]), failure.why


@pytest.mark.parametrize("sample", FINE, ids=name)
@pytest.mark.parametrize("line", ["{}", "{} 2>&1 | tail -50"], ids=["plain", "pipe"])
def test_what_speaks_of_errors_is_fine(sample: dict[str, Any], line: str) -> None:
    found = Log().bash(line.format(sample["run"]), sample["text"], None).failures()
    assert [(f.kind, f.why) for f in found] == []


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("sample", WRAPPED, ids=name)
def test_wrappers_hide_nothing(sample: dict[str, Any], wrapper: str) -> None:
    line = wrapper.format(sample["run"]) + " | tail -50"
    assert only(Log().bash(line, sample["text"])).category == sample["is"]


@pytest.mark.parametrize("sample", CALLS, ids=name)
def test_other_tools_say_in_words_what_went_wrong(sample: dict[str, Any]) -> None:
    statuses = ("ok", "unknown") if sample["is"] == "fine" else ("error", "unknown")
    for status in statuses[: 1 if sample.get("only") == "reported" else 2]:
        log = Log().call(sample["tool"], {"file_path": "/w/a.py"}, sample["text"], status)
        expected = [] if sample["is"] == "fine" else [sample["is"]]
        assert [f.category for f in log.failures()] == expected, (status, log.failures())
