"""The linter: each rule refuses a row that breaks it, with the row's id, and nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import trajectories
from trajset.fit.counter import EmbeddedCounter
from trajset.fit.section import Fit
from trajset.lint import LintError, Seen, inspect, refuse
from trajset.pipeline import BuildError, build
from trajset.recipe import parse_recipe
from trajset.trajectory import Trajectory, answers
from trajset.views import chat, codeact, error_recovery, preference, sft
from trajset.views.section import Views
from trajset.views.view import Context, Place

COUNTER = EmbeddedCounter()
ASK = {"role": "user", "content": "please"}
SAY = {"role": "assistant", "content": "done"}
CALL = {
    "role": "assistant",
    "content": "",
    "tool_calls": [{"type": "function", "id": "c1", "function": {"name": "Ls", "arguments": {}}}],
}
ANSWER = {"role": "tool", "tool_call_id": "c1", "name": "Ls", "content": "a b"}


def found(config: str, row: dict[str, Any], answered: tuple[str, ...] = ("c1",)) -> list[str]:
    seen = Seen()
    inspect(seen, config, {"id": "row-1", "n_tokens": 100} | row, answered, COUNTER)
    assert all(ids == ["row-1"] for ids in seen.violations.values())
    return list(seen.violations)


@pytest.mark.parametrize(
    ("config", "row", "rule"),
    [
        ("sft", {"prompt": [ASK, SAY], "completion": [SAY]}, "prompt is empty or ends in"),
        ("sft", {"prompt": [], "completion": [SAY]}, "prompt is empty or ends in"),
        ("chat", {"messages": [ASK, CALL, SAY]}, "not answered before the next assistant"),
        ("chat", {"messages": [ASK, ANSWER, SAY]}, "answers no call"),
        ("sft", {"prompt": [ASK, CALL], "completion": [SAY]}, "not answered before"),
        ("sft", {"prompt": [ASK], "completion": [], "n_tokens_trained": 0}, "nothing in it"),
        ("tokenized", {"labels": [-100, -100], "input_ids": [1, 2]}, "nothing in it"),
    ],
)
def test_each_rule_refuses(config: str, row: dict[str, Any], rule: str) -> None:
    assert any(rule in name for name in found(config, row))


def test_a_call_without_a_result_in_its_log_is_not_learnt() -> None:
    row = {"prompt": [ASK], "completion": [CALL]}
    assert found("error_recovery", row) == []
    assert found("error_recovery", row, ()) == ["a call without a result is learnt"]
    marked = {"messages": [ASK, CALL | {"train": True}]}
    assert found("chat", marked, ()) == ["a call without a result is learnt"]
    assert found("chat", {"messages": [ASK, CALL | {"train": False}]}, ()) == []


def test_violations_are_one_error_with_row_ids() -> None:
    seen = {"sft": Seen(rows=9, violations={"a rule": [f"row-{i}" for i in range(7)]})}
    with pytest.raises(LintError, match=r"config sft: a rule: row-0, .*row-4 and 2 more"):
        refuse(seen, 0.0)
    little = {"sft": Seen(rows=1, tokens=1000, learnt=1, least=(0.001, "row-x"))}
    with pytest.raises(LintError, match=r"0\.10% of its tokens .* \(1\.00%\), least in row-x"):
        refuse(little, 0.01)
    refuse(little, 0.001)


@settings(max_examples=40)
@given(t=trajectories(), budget=st.sampled_from([256, 512, 131_072]))
def test_our_own_rows_break_no_rule(t: Trajectory, budget: int) -> None:
    open_ = Views(failed_trajectories=True, user_helped=True, gaps=("none", "observations"))
    for view in (codeact, chat, sft, error_recovery, preference):
        seen = Seen()
        context = Context(section=open_, fit=Fit(max_tokens=budget), counter=COUNTER)
        for row in view.render(t, Place(id="t" * 16), context):
            inspect(seen, view.NAME, row, answers(t.steps), COUNTER)
        refuse({view.NAME: seen}, 0.0)


def test_a_build_that_teaches_too_little_is_refused_and_the_old_dataset_stays(
    demo: Path, tmp_path: Path
) -> None:
    out = tmp_path / "b"
    build([str(demo)], out, parse_recipe("fit: {max_tokens: 8192}"))
    before = (out / "README.md").read_bytes()
    with pytest.raises(BuildError, match=r"config error_recovery: .* views.min_learnt \(50"):
        build([str(demo)], out, parse_recipe("views: {min_learnt: 0.5}"))
    assert (out / "README.md").read_bytes() == before


def test_a_budget_smaller_than_every_head_is_an_error_that_says_so(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "word " * 2000
    monkeypatch.setattr("trajset.fragment.Fragment.trajectory", _with_prompt(long))
    recipe = "{views: {configs: [codeact, chat]}, fit: {max_tokens: 512, over: %s}}"
    with pytest.raises(BuildError, match=r"config chat: expected room .*smallest takes 2,"):
        build([str(demo)], tmp_path / "a", parse_recipe(recipe % "window"))
    recipe = recipe.replace("codeact, ", "")
    with pytest.raises(BuildError, match=r"config chat: expected at most 512 .*found 2,.*alone"):
        build([str(demo)], tmp_path / "b", parse_recipe(recipe % "error"))


def _with_prompt(text: str) -> Any:
    from trajset.fragment import Fragment

    inner = Fragment.trajectory
    return lambda self, ordinal: inner(self, ordinal).with_(system_prompt=text)


def test_the_policies_for_what_is_too_long(demo: Path, tmp_path: Path) -> None:
    small = "{views: {configs: [chat]}, fit: {max_tokens: 600, over: %s}}"
    windows = build([str(demo)], tmp_path / "w", parse_recipe(small % "window")).manifest
    dropped = build([str(demo)], tmp_path / "d", parse_recipe(small % "drop")).manifest
    assert sum(dropped.configs["chat"]["rows"].values()) > 0
    assert dropped.configs["chat"]["dropped"]["over_budget"] > 0
    rows = [sum(m.configs["chat"]["rows"].values()) for m in (windows, dropped)]
    assert rows[0] > rows[1]
    with pytest.raises(BuildError, match=r"fit\.over: error.*stops here"):
        build([str(demo)], tmp_path / "e", parse_recipe(small % "error"))


def test_tokenized_alone_needs_a_tokenizer(demo: Path, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"config tokenized cannot be made: fit\.tokenizer must"):
        build([str(demo)], tmp_path / "b", parse_recipe("views: {configs: [tokenized]}"))
    built = build([str(demo)], tmp_path / "c", parse_recipe("views: {configs: [chat, tokenized]}"))
    assert list(built.manifest.configs) == ["chat"]
    assert "fit.tokenizer" in (built.unmade or "")
