"""`trajset stats`: what is counted, how rates are made, and what repaired what."""

from __future__ import annotations

import csv
import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from annotating import Log
from trajset.annotate import annotate
from trajset.cli import app
from trajset.plan import Decision
from trajset.reports.measures import Measures, measure, step_of
from trajset.reports.repairs import LONGER, repairs
from trajset.reports.statistics import GROUPS, as_csv, as_json, tables
from trajset.trajectory import Response, ToolCall, Trajectory

MISSING = ("npm run e2e", "sh: playwright: command not found", 127)


def run(*args: str | Path) -> Any:
    return CliRunner().invoke(app, [str(a) for a in args])


def trajectory(log: Log, name: str = "t", **fields: Any) -> Trajectory:
    fields = {"session_id": name, "harness": "claude_code", "project": "/p"} | fields
    return annotate(Trajectory.make(id=name, steps=tuple(log.steps), **fields))


def measured(*items: Trajectory, copied: int = 0) -> Measures:
    return measure((t, Decision(id=t.id, group=1, split="train", copied=copied)) for t in items)


def row(log: Log, copied: int = 0, **fields: Any) -> dict[str, Any]:
    return measured(trajectory(log, **fields), copied=copied).trajectories[0]


def edit(log: Log, path: str, status: Any = "ok") -> Log:
    arguments = {"file_path": path, "old_string": "a", "new_string": "b"}
    text = "done" if status == "ok" else "<tool_use_error>String to replace not found in file."
    return log.call("Edit", arguments, text, status)


def test_files_modified_are_distinct_targets_of_edits_that_succeeded() -> None:
    log = Log().human("Change them.")
    for path in ("/p/a.py", "a.py", "/p/x/../a.py", "b.py"):
        edit(log, path)
    edit(log, "/p/refused.py", "error")
    log.call("Write", {"file_path": "/p/new.py", "content": "x"}, "written")
    log.call("Read", {"file_path": "/p/read.py"}, "text")
    patch = "*** Begin Patch\n*** Update File: c.py\n@@\n-a\n+b\n*** End Patch"
    log.call("apply_patch", {"input": patch}, "Success")
    assert row(log.says("Done."))["files_modified"] == 4


def test_tokens_are_those_that_the_log_reports_and_never_invented() -> None:
    log = Log().human("Go.").call("Bash", {"command": "ls"}, "a").says("Done.")
    first, last = (s.response_id for s in log.steps if s.response_id is not None)
    assert row(log)["tokens"] is None
    partly = {first: Response(output_tokens=7), last: Response()}
    assert row(log, responses=partly)["output_tokens"] == 7
    assert row(log, responses=partly)["tokens"] is None
    usage = {name: Response(input_tokens=100, output_tokens=5) for name in (first, last)}
    assert row(log, responses=usage)["tokens"] == 210
    assert row(log, copied=3, responses=usage)["tokens"] == 105


def test_time_is_from_start_to_end_or_missing() -> None:
    log = Log().human("Go.").says("Done.")
    assert row(log, started_at=1_000, ended_at=61_500)["seconds"] == 60.5
    assert row(log, started_at=1_000)["seconds"] is None
    assert row(log, started_at=2_000, ended_at=1_000)["seconds"] is None
    monday = 1_767_571_200_000
    assert row(log, started_at=monday)["week"] == "2026-W02"
    assert row(log, started_at=monday - 1)["week"] == "2026-W01"
    assert row(log, started_at=10**18)["week"] == row(log)["week"] == "not recorded"


def test_repeats_of_a_tool_are_one_step_of_a_sequence() -> None:
    log = Log().human("Go.")
    for tool in ("Read", "Read", "Grep", "Read", "Read", "Grep"):
        log.call(tool, {"file_path": "/a", "pattern": "x"}, "text")
    found = measured(trajectory(log)).sequences
    assert found[("Read", "Grep")] == 2
    assert found[("Read", "Grep", "Read")] == 1
    assert all(a != b for sequence in found for a, b in pairwise(sequence))


@pytest.mark.parametrize(
    ("tool", "arguments", "label"),
    [
        ("Bash", {"command": "cd /p && npm install left-pad"}, "Bash (install)"),
        ("Bash", {"command": "pytest -q | tail -5"}, "Bash (test)"),
        ("Bash", {"command": "cd /p"}, "Bash (shell)"),
        ("Read", {"file_path": "/a"}, "Read"),
    ],
)
def test_a_step_says_what_a_command_line_is_for(
    tool: str, arguments: dict[str, Any], label: str
) -> None:
    assert step_of(ToolCall(id="c", tool=tool, arguments=arguments, response_id="r")) == label


def failed(name: str, *steps: str, recovered: bool) -> dict[str, Any]:
    return {
        "category": "model",
        "tool": "Edit",
        "trajectory_id": name,
        "tried": steps,
        "recovered": recovered,
    }


def test_a_strategy_was_tried_wherever_its_steps_came_next() -> None:
    found = repairs(
        [
            failed("a", "Read", "Edit", recovered=True),
            failed("b", "Read", "Edit", recovered=True),
            failed("c", "Read", "Edit", "Bash", recovered=False),
            failed("d", "Edit", recovered=True),
            failed("e", "Edit", "Read", recovered=False),
            failed("f", recovered=False),
            failed("g", "A", "B", "C", "D", "E", recovered=True),
        ]
    )
    shown = {tuple(one["steps"]): (one["succeeded"], one["tried"]) for one in found}
    assert shown == {("Read", "Edit"): (2, 3), ("Edit",): (1, 2), LONGER: (1, 1)}
    assert found[0]["examples"] == ["a", "b"]
    assert {(one["failures"], one["recovered"]) for one in found} == {(7, 4)}


def test_the_repair_of_a_real_failure_is_what_stands_between() -> None:
    log = Log().human("Run them.").bash(*MISSING)
    log.bash("npm install playwright", "added 1 package").bash("npm run e2e", "3 passed")
    (failure,) = measured(trajectory(log.says("Done."))).failures
    assert failure["recovered"]
    assert failure["tried"] == ("Bash (install)", "Bash (test)")
    assert failure["steps_to_recovery"] == 4


def sample() -> Measures:
    fixed = Log().human("Run.").bash(*MISSING).bash("npm install playwright", "added 1 package")
    fixed.bash("npm run e2e", "3 passed").says("Done.")
    broken = edit(Log().human("Fix."), "/p/a.py", "error").says("No.")
    quiet = Log().human("Hello").says("Hi.")
    return measured(
        trajectory(fixed, "a", model="m1", recorded_outcome="success"),
        trajectory(broken, "b", model="m1", recorded_outcome="failure"),
        trajectory(quiet, "c", model="m2"),
    )


def test_rates_have_the_denominators_that_they_name() -> None:
    groups = tables(sample())["groups"].set_index(["by", "value"])
    whole = groups.loc[("all", "all")]
    assert (whole["succeeded"], whole["failed"], whole["unknown"]) == (1, 1, 1)
    assert whole["success_rate"] == 0.5
    assert whole["failures_per_100_calls"] == 50
    assert whole["recovery_rate"] == 0.5
    assert whole["median_steps_to_recovery"] == 4
    assert whole["mean_calls"] == pytest.approx(4 / 3)
    quiet = groups.loc[("model", "m2")]
    for name in ("success_rate", "failures_per_100_calls", "recovery_rate", "mean_tokens"):
        assert pd.isna(quiet[name]), name


def test_groups_add_up_and_json_and_csv_say_the_same(demo: Path) -> None:
    result = run("stats", demo, "--json", "--jobs", "1")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    whole = found["groups"][0]
    assert whole["trajectories"] == len(found["trajectories"])
    for by in GROUPS:
        own = [group for group in found["groups"] if group["by"] == by]
        for name in ("trajectories", "calls", "failures", "recovered", "unclosed_turns"):
            assert sum(group[name] for group in own) == whole[name], (by, name)
    assert sum(tool["calls"] for tool in found["tools"]) == whole["calls"]
    assert sum(mode["failures"] for mode in found["failure_modes"]) == whole["failures"]
    assert found["best_recoveries"][0]["recovery_rate"] == 1
    for name in ("groups", "repairs"):
        text = run("stats", demo, "--csv", "--table", name, "--jobs", "1").stdout
        lines = list(csv.DictReader(io.StringIO(text)))
        assert [list(line) for line in lines] == [list(one) for one in found[name]], name


def test_the_failure_report_counts_the_same(demo: Path) -> None:
    whole = json.loads(run("stats", demo, "--json", "--jobs", "1").stdout)["groups"][0]
    lines = run("failures", demo, "--json", "--jobs", "1").stdout.splitlines()
    categories = [json.loads(line)["category"] for line in lines]
    assert whole["unclosed_turns"] == categories.count("unclosed_turn")
    assert whole["failures"] == len(categories) - whole["unclosed_turns"]


def test_people_see_every_part(demo: Path) -> None:
    shown = run("stats", demo, "--jobs", "1").stdout
    for head in ("harness", "model", "project", "week", "tools in sequence", "recovered best"):
        assert head in shown
    assert "repaired by" in shown
    assert " → " in shown


def test_sessions_without_calls_or_failures_have_statistics_too() -> None:
    for log in (Log().human("Hello").says("Hi."), Log().human("Go.").bash("ls", "a").says("Ok.")):
        found = tables(measured(trajectory(log)))
        assert json.loads(as_json(found))["groups"][0]["recovery_rate"] is None
        assert as_csv(found["repairs"]).startswith("category,tool,")


@pytest.mark.parametrize("args", [("--json", "--csv"), ("--csv", "--table", "none")])
def test_mistakes_in_options_are_misuse(args: tuple[str, ...], demo: Path) -> None:
    result = run("stats", demo, *args)
    assert result.exit_code == 2
    assert "expected one of" in result.output
