"""How turns and trajectories end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from annotating import Log, played
from trajset.trajectory import Message

TEST = "pytest -q"


def test_a_call_without_a_result_leaves_its_turn_open() -> None:
    log = Log().human("go").call("Bash", {"command": "sleep 9"}, None).human("and?").says("done")
    (failure,) = log.annotated().failures
    assert (failure.category, failure.kind) == ("unclosed_turn", "call_without_result")
    assert (failure.call_id, failure.step) == ("c1", 1)


def test_a_log_that_ends_on_a_result_leaves_its_turn_open() -> None:
    log = Log().human("go").bash("ls", "a").bash("ls", "b")
    (failure,) = log.annotated().failures
    assert (failure.kind, failure.call_id, failure.step) == ("no_last_word", None, 4)


def test_a_turn_that_ends_on_words_or_on_submitting_is_closed() -> None:
    assert Log().human("go").bash("ls", "a").says("done").annotated().failures == ()
    assert Log().bash("ls", "a").call("finish", {"message": "x"}, "x").annotated().failures == ()
    assert Log().bash("ls", "a").call("submit", {}, None).annotated().failures == ()


def test_one_result_that_ends_a_turn_says_nothing_about_the_harness() -> None:
    assert Log().human("go").bash("ls", "a").annotated().failures == ()


def test_a_recorded_outcome_is_taken_over() -> None:
    log = Log().human("go").bash(TEST, "1 failed", 1).says("done")
    for recorded in ("success", "failure"):
        annotated = log.annotated(recorded_outcome=recorded)
        assert (annotated.outcome, annotated.outcome_source) == (recorded, "recorded")
    assert log.annotated(reward=1.0).outcome == "success"
    assert log.annotated(reward=0.0).outcome == "failure"


@pytest.mark.parametrize(
    ("outcome", "log"),
    [
        ("unknown", Log().human("go").says("done")),
        ("unknown", Log().human("go").bash("ls", "a").says("Shall I go on?")),
        ("success", Log().human("go").bash(TEST, "3 passed").says("done")),
        ("success", Log().human("go").bash("git commit -m x", "[main 1] x").says("done")),
        ("success", Log().human("go").says("done").human("perfect, thanks").says("welcome")),
        ("success", Log().human("go").says("done").human("Ok thanks").says("welcome")),
        ("success", Log().human("los").says("fertig").human("Danke!").says("gern")),
        ("failure", Log().human("go").says("done").human("还是不行")),
        (
            "failure",
            Log().human("go").call("ExitPlanMode", {"plan": "x"}, "rejected", "rejected"),
        ),
        (
            "unknown",
            Log()
            .human("go")
            .bash(TEST, "3 passed")
            .call("Write", {"file_path": "b"}, "ENOSPC", "error")
            .bash("ls", "a")
            .says("done"),
        ),
        (
            "success",
            Log().human("go").bash("python repro.py", "345", None).says("The issue is now fixed."),
        ),
        ("unknown", Log().human("go").bash("python repro.py", "345", None).says("Hm.")),
        ("failure", Log().human("go").bash(TEST, "1 failed", 1).says("I give up")),
        ("failure", Log().human("go").says("done").human("it still doesn't work")),
        ("failure", Log().human("go").says("API Error: 500 internal")),
        ("unknown", Log().human("go").bash(TEST, "3 passed").human("that's wrong").says("hm")),
        (
            "success",
            Log().human("go").bash(TEST, "1 failed", 1).bash(TEST, "3 passed").says("done"),
        ),
        (
            "unknown",
            Log()
            .human("go")
            .bash(TEST, "3 passed")
            .human("now b")
            .call("Edit", {"file_path": "b"}, "updated")
            .human("and c")
            .says("done"),
        ),
    ],
)
def test_an_outcome_is_read_from_the_last_word_or_is_unknown(outcome: str, log: Log) -> None:
    annotated = log.annotated()
    assert annotated.outcome == outcome
    assert annotated.outcome_source == (None if outcome == "unknown" else "inferred")


def said_by_harness(log: Log, text: str) -> Log:
    log.steps.append(Message(role="user", text=text, origin="environment"))
    return log


def test_edits_that_the_harness_commits_are_delivered_unless_it_takes_them_back() -> None:
    def edited() -> Log:
        log = Log().human("go").call("edit", {"path": "a.py", "old": "x", "new": "y"}, "Applied")
        return said_by_harness(log, "Commit 86d37e0 fix: y")

    assert edited().annotated().outcome == "success"
    for then in (
        "Removed: 86d37e0 fix: y",
        "# Fix any errors below, if possible.",
        "1 failed in 2s",
    ):
        assert said_by_harness(edited(), then).annotated().outcome == "unknown"


def test_a_session_that_goes_on_to_a_call_without_result_does_not_end_on_a_failure() -> None:
    log = Log().human("go").bash(TEST, "1 failed", 1)
    assert log.annotated().outcome == "failure"
    log.call("Edit", {"file_path": "a.py"}, None)
    assert log.annotated().outcome == "unknown"


OUTCOMES = yaml.safe_load((Path(__file__).parent / "annotate_outcomes.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", OUTCOMES, ids=[case["name"] for case in OUTCOMES])
def test_an_outcome_of_each_kind_of_ending(case: dict[str, Any]) -> None:
    assert played(case["steps"]).annotated().outcome == case["outcome"]
