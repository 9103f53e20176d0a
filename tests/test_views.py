"""Laws of the rows, over random trajectories: what a trainer relies on."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import trajectories
from trajset.fit.counter import EmbeddedCounter
from trajset.fit.section import Fit
from trajset.shards import schema_of
from trajset.trajectory import (
    MODEL_AT_FAULT,
    Observation,
    ToolCall,
    Trajectory,
    written_by_model,
)
from trajset.views import VIEWS
from trajset.views.messages import NOT_IN_LOG
from trajset.views.section import Views
from trajset.views.toolbox import accepts, name_of
from trajset.views.view import Context, Place, Row

COUNTER = EmbeddedCounter()
BY_NAME = {view.NAME: view for view in VIEWS}
FORBIDDEN = frozenset(
    {"input_ids", "labels", "label", "completion_mask", "assistant_masks", "seq_lengths"}
    | {"image", "images", "conversations", "text", "prompt_ids", "chosen_ids", "rejected_ids"}
    | {"chat_template_kwargs"}
)
OPEN = Views(
    failed_trajectories=True,
    user_helped=True,
    gaps=("none", "error_text", "observations", "user_feedback"),
)
budgets = st.sampled_from([256, 300, 512, 1024, 131_072])


def rows(name: str, trajectory: Trajectory, budget: int, **more: Any) -> tuple[list[Row], Context]:
    context = Context(
        section=more.pop("section", OPEN), fit=Fit(max_tokens=budget), counter=COUNTER
    )
    place = Place(id="t" * 16, copied=more.pop("copied", 0))
    return list(BY_NAME[name].render(trajectory, place, context)), context


def conversation(row: Row) -> list[dict[str, Any]]:
    if "messages" in row:
        return list(row["messages"])
    return [*row["prompt"], *row["completion" if "completion" in row else "chosen"]]


@pytest.mark.parametrize("view", VIEWS, ids=lambda v: v.NAME)
def test_columns_are_what_trainers_accept(view: Any) -> None:
    columns = set(view.FEATURES)
    assert not columns & FORBIDDEN or view.NAME == "tokenized"
    assert not {"messages", "prompt"} <= columns
    assert schema_of(view.FEATURES).names == list(view.FEATURES)


@pytest.mark.parametrize("name", ["chat", "sft", "error_recovery", "preference"])
@settings(max_examples=40)
@given(t=trajectories(), budget=budgets)
def test_messages_are_well_formed(name: str, t: Trajectory, budget: int) -> None:
    for row in rows(name, t, budget)[0]:
        messages = conversation(row)
        assert list(row) == list(BY_NAME[name].FEATURES)
        assert row["n_tokens"] <= budget
        roles = [m["role"] for m in messages]
        assert "system" not in roles[1:]
        assert "user" in roles[: roles.index("assistant")]
        assert not any(a == b == "user" for a, b in pairwise(roles))
        assert all(isinstance(m["content"], str) for m in messages)
        waiting: list[str] = []
        for at, message in enumerate(messages):
            if message["role"] == "tool":
                waiting.remove(message["tool_call_id"])
            elif message["role"] == "assistant":
                assert not waiting, "a call was not answered before the next assistant message"
                calls = message.get("tool_calls", [])
                assert message["content"] or calls
                waiting = [call["id"] for call in calls]
                assert all(isinstance(c["function"]["arguments"], dict) for c in calls)
            elif waiting:
                assert at == len(messages) - 1
        if "prompt" in row:
            assert row["prompt"]
            assert row["prompt"][-1]["role"] != "assistant"


@settings(max_examples=60)
@given(t=trajectories(), budget=budgets)
def test_nothing_forbidden_is_in_a_completion(t: Trajectory, budget: int) -> None:
    """No observation, user text or failed attempt among the assistant messages of a completion."""
    failed = {f.call_id for f in t.failures if f.category in MODEL_AT_FAULT}
    answered = {s.call_id for s in t.steps if isinstance(s, Observation)}
    unlearnt = {s.id for s in t.steps if isinstance(s, ToolCall) and not s.learn}
    for name in ("sft", "error_recovery"):
        for row in rows(name, t, budget)[0]:
            targets = [m for m in row["completion"] if m["role"] == "assistant"]
            assert targets
            assert all(m["role"] in ("assistant", "tool") for m in row["completion"])
            assert row["completion"][-1]["role"] == "assistant"
            for message in targets:
                text = message["content"] + message.get("reasoning_content", "")
                assert not any(word in text for word in ("RESULT", "USER", "SUMMARY", "SYSTEM"))
                ids = {call["id"] for call in message.get("tool_calls", [])}
                assert not ids & (failed | unlearnt)
                assert ids <= answered
            if name == "error_recovery":
                assert [m["role"] for m in row["completion"]] == ["assistant"]


@settings(max_examples=60)
@given(t=trajectories(), budget=budgets)
def test_sft_learns_each_response_once_and_all_that_chat_marks(t: Trajectory, budget: int) -> None:
    made, context = rows("sft", t, budget)
    learnt = [
        call["id"]
        for row in made
        for message in row["completion"]
        for call in message.get("tool_calls", [])
    ]
    assert len(learnt) == len(set(learnt))
    flagged = {
        call["id"]
        for row in rows("chat", t, budget)[0]
        for message in row["messages"]
        if message.get("train")
        for call in message.get("tool_calls", [])
    }
    if budget > 100_000 and not context.drops.get("follows_an_assistant_message"):
        assert set(learnt) == flagged


@settings(max_examples=40)
@given(t=trajectories(), budget=budgets)
def test_every_step_is_in_one_chat_window_or_counted(t: Trajectory, budget: int) -> None:
    made, context = rows("chat", t, budget)
    results = [m["tool_call_id"] for row in made for m in row["messages"] if m["role"] == "tool"]
    assert len(results) == len(set(results)), "an observation stands in two windows"
    if not context.drops and not context.notes:
        assert set(results) == {s.call_id for s in t.steps if isinstance(s, Observation)}


@settings(max_examples=40)
@given(t=trajectories(), budget=budgets)
def test_spans_point_at_failing_and_recovering_results(t: Trajectory, budget: int) -> None:
    fixes = {r.call_id for r in t.recoveries}
    failing = {f.call_id for f in t.failures}
    for row in rows("chat", t, budget)[0]:
        for start, end in row["error_recovery_spans"]:
            assert row["messages"][start]["tool_call_id"] in failing
            assert row["messages"][end]["tool_call_id"] in fixes
        assert row["has_error_recovery"] == bool(row["error_recovery_spans"])
    for row in rows("codeact", t, budget)[0]:
        for start, end in row["error_recovery_spans"]:
            assert (
                row["trajectory"][start]["role"] == row["trajectory"][end]["role"] == "observation"
            )
    for row in rows("error_recovery", t, budget)[0]:
        first, last = row["span"]
        assert row["prompt"][first]["tool_call_id"] in failing
        assert last == len(row["prompt"])


@settings(max_examples=40)
@given(t=trajectories(), budget=budgets)
def test_learnt_calls_validate_against_the_tools_of_their_row(t: Trajectory, budget: int) -> None:
    for row in rows("sft", t, budget)[0]:
        schemas = {name_of(tool): tool for tool in row["tools"]}
        for message in row["completion"]:
            for call in message.get("tool_calls", []):
                function = call["function"]
                assert accepts(schemas[function["name"]], [function["arguments"]])


@settings(max_examples=40)
@given(t=trajectories())
def test_copied_steps_are_learnt_nowhere_and_stand_in_no_window(t: Trajectory) -> None:
    copied = len(t.steps) // 2
    old = {s.id for s in t.steps[:copied] if isinstance(s, ToolCall)}
    for row in rows("sft", t, 131_072, copied=copied)[0]:
        made = {c["id"] for m in row["completion"] for c in m.get("tool_calls", [])}
        assert not made & old
    for row in rows("error_recovery", t, 131_072, copied=copied)[0]:
        made = {c["id"] for m in row["completion"] for c in m.get("tool_calls", [])}
        assert not made & old


@settings(max_examples=40)
@given(t=trajectories(branch=1), budget=budgets)
def test_an_abandoned_branch_is_never_a_target(t: Trajectory, budget: int) -> None:
    for name in ("chat", "sft", "error_recovery", "preference"):
        assert rows(name, t, budget)[0] == []
    assert rows("codeact", t, 131_072)[0] or not any(map(written_by_model, t.steps))


@settings(max_examples=40)
@given(t=trajectories(), budget=budgets)
def test_preference_sides_are_two_answers_to_one_prompt(t: Trajectory, budget: int) -> None:
    failed = {f.call_id for f in t.failures if f.category in MODEL_AT_FAULT}
    for row in rows("preference", t, budget)[0]:
        (chosen,), (rejected,) = row["chosen"], row["rejected"]
        assert chosen["role"] == rejected["role"] == "assistant"
        assert chosen["tool_calls"] != rejected["tool_calls"]
        assert rejected["tool_calls"][0]["id"] in failed
        assert not {c["id"] for c in chosen["tool_calls"]} & failed


@settings(max_examples=30)
@given(t=trajectories())
def test_reasoning_switches(t: Trajectory) -> None:
    strip = Views(reasoning="strip", failed_trajectories=True)
    for row in rows("sft", t, 131_072, section=strip)[0]:
        assert not any("reasoning_content" in m for m in conversation(row))
    require = Views(reasoning="require", failed_trajectories=True)
    for row in rows("sft", t, 131_072, section=require)[0]:
        learnt = [m for m in row["completion"] if m["role"] == "assistant"]
        assert all("reasoning_content" in m for m in learnt)


def test_failed_trajectories_stay_out_of_sft_and_chat(demo_trajectory: Trajectory) -> None:
    failed = demo_trajectory.with_(outcome="failure")
    assert rows("sft", failed, 8192, section=Views())[0] == []
    made, context = rows("chat", failed, 8192, section=Views())
    assert made == []
    assert context.drops == {"outcome_failure": 1}
    assert rows("codeact", failed, 8192, section=Views())[0]
    assert rows("sft", failed, 8192, section=Views(failed_trajectories=True))[0]


def test_a_slice_without_a_prompt_gets_a_marker(demo_trajectory: Trajectory) -> None:
    headless = demo_trajectory.with_(steps=demo_trajectory.steps[1:], failures=(), recoveries=())
    first = rows("chat", headless, 8192)[0][0]["messages"][0]
    assert first == {"role": "user", "content": NOT_IN_LOG}
