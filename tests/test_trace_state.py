"""States for teacher replay: one a response, with what the agent saw, and never more."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

import trajset
from conftest import ROOT
from trajset.annotate import annotate
from trajset.fit.counter import EmbeddedCounter
from trajset.fit.section import Fit
from trajset.recipe import Recipe
from trajset.sources import SOURCES
from trajset.sources.discover import discover
from trajset.sources.tally import Tally
from trajset.trajectory import (
    Message,
    Observation,
    Reasoning,
    Response,
    ToolCall,
    Trajectory,
    response_spans,
)
from trajset.views.section import Views
from trajset.views.trace_state import FEATURES, SYSTEM_PROMPT, render, states
from trajset.views.view import Context, Place

COUNTER = EmbeddedCounter()


def a_trajectory(**fields: Any) -> Trajectory:
    """Asked, read (with a thought), read twice at once, answered."""
    steps = (
        Message(role="user", text="Where is the limit?", origin="human"),
        Reasoning(text="Look at the config first.", response_id="r1"),
        Message(role="assistant", text="I read the config.", origin="model", response_id="r1"),
        ToolCall(id="a", tool="Read", arguments={"path": "c.toml"}, response_id="r1"),
        Observation(call_id="a", text="limit = 5", status="ok"),
        ToolCall(id="b", tool="Read", arguments={"path": "x"}, response_id="r2"),
        ToolCall(id="c", tool="Read", arguments={"path": "y"}, response_id="r2"),
        Observation(call_id="b", text="x", status="ok"),
        Observation(call_id="c", text="y", status="ok"),
        Reasoning(text="That is all.", response_id="r3"),
        Message(role="assistant", text="In c.toml: 5.", origin="model", response_id="r3"),
    )
    made: dict[str, Any] = {
        "id": "t1",
        "session_id": "s1",
        "harness": "claude_code",
        "model": "claude-sonnet-4-5",
        "steps": steps,
    }
    return Trajectory.make(**(made | fields))


def a_context(max_tokens: int = 32768, **section: Any) -> Context:
    return Context(section=Views(**section), fit=Fit(max_tokens=max_tokens), counter=COUNTER)


def test_one_state_a_response_with_all_before_it() -> None:
    first, second, third = states(a_trajectory())
    assert [m["role"] for m in first["messages"]] == ["system", "user"]
    assert first["messages"][0]["content"] == SYSTEM_PROMPT
    assert SYSTEM_PROMPT.startswith("You are a coding agent")
    assert first["student_action"] == (
        "<think>\nLook at the config first.\n</think>\n\nI read the config.\n\n"
        '<tool_call>\n{"name":"Read","arguments":{"path":"c.toml"}}\n</tool_call>'
    )
    assert second["messages"][2:] == [
        {
            "role": "assistant",
            "content": "I read the config.",
            "tool_calls": [
                {
                    "id": "a",
                    "type": "function",
                    "function": {"name": "Read", "arguments": '{"path":"c.toml"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "limit = 5"},
    ]
    assert second["student_action"].count("<tool_call>") == 2
    assert third["student_message"] == {"role": "assistant", "content": "In c.toml: 5."}
    assert len({s["state_id"] for s in (first, second, third)}) == 3


def test_who_the_source_was() -> None:
    by_another = a_trajectory(responses={"r2": Response(model="openai/gpt-5.5")})
    assert [s["source_model"] for s in states(by_another)] == [
        "claude-sonnet-4-5",
        "openai/gpt-5.5",
        "claude-sonnet-4-5",
    ]
    assert [s["source_model_family"] for s in states(by_another)] == ["claude", "gpt", "claude"]
    (state, *_) = states(a_trajectory(model="homemade"))
    assert state["source_model_family"] is None
    assert state["excluded_teacher_families"] == []


def test_a_recorded_system_prompt_follows_ours() -> None:
    (state, *_) = states(a_trajectory(system_prompt="Be brief."))
    assert state["messages"][0]["content"] == f"{SYSTEM_PROMPT}\n\nBe brief."
    assert [m["role"] for m in state["messages"]].count("system") == 1


def test_what_gives_no_state_is_counted() -> None:
    context = a_context()
    assert not list(render(a_trajectory(branch=1), Place(id="t1"), context))
    assert not list(render(a_trajectory(agent="x"), Place(id="t1"), context))
    marked = msgspec.structs.replace(a_trajectory().steps[10], learn=False)
    marked_too = msgspec.structs.replace(a_trajectory().steps[9], learn=False)
    failed = a_trajectory(steps=(*a_trajectory().steps[:9], marked_too, marked))
    assert len(list(render(failed, Place(id="t1"), context))) == 2
    assert context.drops == {"abandoned_branch": 1, "subagent": 1, "marked_by_source": 1}
    assert (
        len(list(render(a_trajectory(agent="x"), Place(id="t1"), a_context(subagents=True)))) == 3
    )


def test_a_malformed_call_is_what_the_student_did() -> None:
    steps = (
        a_trajectory().steps[0],
        ToolCall(
            id="a", tool="Read", arguments={}, raw_arguments='{"path', response_id="r", learn=False
        ),
        Observation(call_id="a", text="no JSON", status="error"),
        Message(role="assistant", text="Sorry.", origin="model", response_id="q"),
    )
    first, second = states(a_trajectory(steps=steps))
    assert '{"path' in json.loads(first["student_action"].split("\n")[1])["arguments"]
    assert first["student_message"]["tool_calls"][0]["function"]["arguments"] == '{"path'
    assert second["messages"][2]["tool_calls"][0]["function"]["arguments"] == "{}"


def test_copied_steps_give_no_states_and_ids_do_not_depend_on_the_plan() -> None:
    whole = [s["state_id"] for s in states(a_trajectory())]
    own = [s["state_id"] for s in states(a_trajectory(), Place(id="final", copied=5))]
    assert own == whole[1:]
    fork = [s["state_id"] for s in states(a_trajectory(session_id="s2"))]
    assert not set(fork) & set(whole)


def test_nothing_is_over_the_budget_and_the_newest_stays() -> None:
    steps: list[Any] = [Message(role="user", text="Go on.", origin="human")]
    for n in range(30):
        steps += [
            ToolCall(id=f"c{n}", tool="Read", arguments={"path": f"f{n}"}, response_id=f"r{n}"),
            Observation(call_id=f"c{n}", text=f"content {n} " * 40, status="ok"),
        ]
    steps[40] = msgspec.structs.replace(steps[40], text="word " * 5000)
    found = list(states(a_trajectory(steps=tuple(steps)), context=a_context(1024)))
    assert len(found) == 30
    for state in found:
        texts = [{**m, "tool_calls": []} for m in state["messages"]]
        assert COUNTER.count(texts, state["tools"]) <= state["n_tokens"] <= 1024
        assert [m["role"] for m in state["messages"][:2]] == ["system", "user"]
        assert state["messages"][1]["content"].startswith("Go on.")
    assert "content 28" in found[29]["messages"][-1]["content"]
    assert "left out here" in found[29]["messages"][1]["content"]
    # The long result is shortened, not left out: the agent had just seen it.
    assert found[20]["messages"][-1]["content"].startswith("word word")


def read_all(place: Path) -> list[Trajectory]:
    by_name = {source.NAME: source for source in SOURCES}
    found = []
    for unit in discover([str(place)], SOURCES).units:
        found += [annotate(t) for t in by_name[unit.harness].read(unit, Tally())]
    return found


def check_states(trajectory: Trajectory, found: Sequence[Any]) -> None:
    """The laws of states, for one trajectory."""
    wordy = sum(
        any(isinstance(s, Message | ToolCall) for s in trajectory.steps[start:end])
        for start, end in response_spans(trajectory.steps)
    )
    assert len(found) <= wordy
    thoughts = {s.text for s in trajectory.steps if isinstance(s, Reasoning)}
    for state in found:
        assert state["messages"][0]["role"] == "system"
        assert set(state) == set(FEATURES)
        for message in state["messages"]:
            assert set(message) <= {"role", "content", "tool_calls", "tool_call_id"}
            assert isinstance(message["content"], str)
            assert message["content"] not in thoughts or message["role"] != "assistant"
            for call in message.get("tool_calls", ()):
                assert isinstance(json.loads(call["function"]["arguments"]), dict)


@pytest.mark.parametrize("harness", sorted(source.NAME for source in SOURCES))
def test_every_source_gives_states(harness: str) -> None:
    found = []
    for trajectory in read_all(ROOT / "tests" / "cases" / harness):
        made = list(states(trajectory))
        check_states(trajectory, made)
        found += made
    assert found


def test_real_sessions(sessions: Path) -> None:
    """Of the few that are small enough to be quick: one a response, ids unique in the trace."""
    for place in ("codex", "pi", "deepseek-harness", "openhands", "gemini-cli"):
        for trajectory in read_all(sessions / place):
            made = list(states(trajectory))
            check_states(trajectory, made)
            assert len({s["state_id"] for s in made}) == len(made)


def test_trace_states_streams_redacted_states(tmp_path: Path) -> None:
    """Also with records of a type that nobody knows between, and a line that is no JSON."""
    key = "q7Zt0vKx93LmPwUe"
    values = tmp_path / "values.env"
    values.write_text(f"SHOP_TOKEN={key}\n")
    home = "/home/dora/shop"
    at = {"sessionId": "s", "cwd": home, "version": "2.1.0", "timestamp": "2026-01-05T09:00:00Z"}
    records = [
        {"type": "from-the-future", "uuid": "u0", **at},
        {
            "type": "user",
            "uuid": "u1",
            "parentUuid": None,
            "message": {"role": "user", "content": f"Use {key} in {home}/env."},
            **at,
        },
        {
            "type": "assistant",
            "uuid": "u2",
            "parentUuid": "u1",
            "message": {
                "id": "m1",
                "role": "assistant",
                "model": "claude-opus-4-6",
                "content": [{"type": "text", "text": f"Done in {home}."}],
            },
            **at,
        },
    ]
    log = tmp_path / "projects" / "-home-dora-shop" / "s.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text("\n".join([*map(json.dumps, records), '{"type": "user", "mess']) + "\n")
    (state,) = trajset.trace_states(tmp_path / "projects", env_files=[values])
    text = json.dumps(state)
    assert key not in text
    assert "dora" not in text
    assert state["student_action"] == "Done in /home/user/shop."
    assert state["source_model_family"] == "claude"


def test_trace_states_of_sub_agents_and_of_a_small_budget(demo: Path) -> None:
    main = list(trajset.trace_states(demo))
    both = list(trajset.trace_states(demo, subagents=True))
    assert {s["state_id"] for s in main} < {s["state_id"] for s in both}
    assert all(s["parent_id"] is None for s in main)
    small = Recipe(fit=Fit(max_tokens=600))
    short = list(trajset.trace_states(demo, recipe=small))
    assert short
    assert max(s["n_tokens"] for s in short) <= 600
