"""Teachers' answers become preference pairs; what does not is counted under its reason."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import trajset
from trajset.cli import app
from trajset.recipe import Recipe
from trajset.replay import Answer, Replayed, ReplayError, pairs, read_answers, read_states
from trajset.replay.answers import Malformed, message_of
from trajset.views.preference import FEATURES
from trajset.views.section import Views

READ = {
    "type": "function",
    "function": {
        "name": "Read",
        "description": "",
        "parameters": {
            "type": "object",
            "properties": {"path": {"type": "string"}},
            "required": ["path"],
        },
    },
}


def call(path: str, call_id: str = "x") -> dict[str, Any]:
    function = {"name": "Read", "arguments": json.dumps({"path": path})}
    message = {"role": "assistant", "content": ""}
    return message | {"tool_calls": [{"id": call_id, "type": "function", "function": function}]}


def state(**changes: Any) -> dict[str, Any]:
    """The user named two files; the agent read the second."""
    return {
        "state_id": "abc-0",
        "trajectory_id": "t1",
        "messages": [
            {"role": "system", "content": "You are a coding agent."},
            {"role": "user", "content": "Look at src/a.py or src/b.py."},
        ],
        "tools": [READ],
        "tools_source": "catalog",
        "student_action": "…",
        "student_message": call("src/b.py"),
        "source_model": "claude-sonnet-4-5",
        "excluded_teacher_families": ["claude"],
    } | changes


def answer(teacher: str = "gpt-5.5", path: str = "src/a.py", **changes: Any) -> Answer:
    fields: dict[str, Any] = {"state_id": "abc-0", "teacher": teacher, "message": call(path)}
    return Answer(**(fields | changes))


def made(
    answers: list[Answer], states: list[dict[str, Any]] | None = None, **options: Any
) -> tuple[list[dict[str, Any]], Replayed]:
    counts = Replayed()
    rows = list(pairs(states or [state()], answers, counts=counts, **options))
    assert counts.rows == len(rows)
    assert counts.answers == len(answers)
    return rows, counts


def test_a_pair_has_the_columns_of_preference() -> None:
    (row,), counts = made([answer()])
    assert list(row) == list(FEATURES)
    assert row["id"] == "abc-0-replay"
    assert row["origin"] == "replay"
    assert row["information_gap"] == "none"
    assert row["chosen"][0]["tool_calls"][0]["function"]["arguments"] == {"path": "src/a.py"}
    assert row["rejected"][0]["tool_calls"][0]["function"]["arguments"] == {"path": "src/b.py"}
    assert row["prompt"] == state()["messages"]
    assert row["why"] == "Given by 1 of 1 teachers: gpt-5.5."
    assert not counts.drops


def test_messages_of_the_prompt_are_as_in_rows() -> None:
    earlier = [
        *state()["messages"],
        call("src/c.py", "c1"),
        {"role": "tool", "tool_call_id": "c1", "content": "nothing"},
    ]
    (row,), _ = made([answer()], [state(messages=earlier)])
    assert row["prompt"][2]["tool_calls"][0]["function"]["arguments"] == {"path": "src/c.py"}
    assert row["prompt"][3]["name"] == "Read"


def test_ineligible_teachers_are_refused() -> None:
    rows, counts = made([answer("anthropic/claude-opus-4.7"), answer("haiku")])
    assert not rows
    assert counts.drops == {"teacher_ineligible": 2}


def test_equal_sides_are_no_pair_whatever_the_ids_and_spaces() -> None:
    rows, counts = made([answer(message=call("src/b.py", "another id"))])
    assert not rows
    assert counts.drops == {"equal_sides": 1}


def test_the_answer_with_most_votes_is_chosen_then_the_better_one() -> None:
    given = [
        answer("gpt-5.5", "src/b.py"),
        answer("qwen3:8b"),
        answer("kimi-k2", text="<think>hm</think>\nI ask.", message=None, score=0.1),
        answer("deepseek-v4-pro"),
    ]
    (row,), counts = made(given)
    assert row["chosen"][0]["tool_calls"][0]["function"]["arguments"] == {"path": "src/a.py"}
    assert row["why"] == "Given by 2 of 4 teachers: qwen3:8b, deepseek-v4-pro."
    assert counts.drops == {"outvoted": 2}
    (row,), _ = made([answer(score=0.2), given[2], answer("grok-4", "src", score=0.9)])
    assert row["chosen"][0]["tool_calls"][0]["function"]["arguments"] == {"path": "src"}
    rows, counts = made(given, min_votes=3)
    assert not rows
    assert counts.drops == {"outvoted": 2, "too_few_votes": 1}
    (row,), _ = made([*given, answer("glm-5", text="I ask.", message=None, votes=5)])
    assert row["chosen"] == [{"role": "assistant", "content": "I ask."}]


def test_a_gap_is_decided_as_for_other_pairs() -> None:
    given = [answer(path="src/deep/unheard_of.py")]
    rows, counts = made(given)
    assert not rows
    assert counts.drops == {"replay_gap_observations": 1}
    (row,), _ = made(given, recipe=Recipe(views=Views(gaps=("none", "observations"))))
    assert row["information_gap"] == "observations"


@pytest.mark.parametrize(
    ("given", "states", "reason"),
    [
        (answer(state_id="other"), None, "unknown_state"),
        (answer(message=None, text="<tool_call>{</tool_call>"), None, "answer_call_malformed"),
        (answer(message={"content": None, "tool_calls": [{}]}), None, "answer_call_malformed"),
        (answer(message={"content": None}), None, "answer_empty"),
        (answer(message=None, text="<think>only</think>"), None, "answer_empty"),
        (
            answer(message=None, text='<tool_call>{"name": "Bash", "arguments": {}}</tool_call>'),
            None,
            "answer_call_against_schema",
        ),
        (
            answer(message=None, text='<tool_call>{"name": "Read", "arguments": {}}</tool_call>'),
            None,
            "answer_call_against_schema",
        ),
        (
            answer(),
            state(messages=[*state()["messages"], {"role": "assistant", "content": "So:"}]),
            "prompt_ends_in_assistant",
        ),
        (
            answer(),
            state(
                student_message={
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [{"function": {"name": "Read", "arguments": '{"pa'}}],
                }
            ),
            "student_call_malformed",
        ),
        (answer(message=None, text="word " * 40_000), None, "over_budget"),
    ],
)
def test_what_is_no_pair_is_counted(
    given: Answer, states: dict[str, Any] | None, reason: str
) -> None:
    rows, counts = made([given], [states] if states else None)
    assert not rows
    assert counts.drops == {reason: 1}


def test_a_teacher_has_one_answer_a_state() -> None:
    rows, counts = made([answer(), answer(path="src/b.py")])
    assert len(rows) == 1
    assert counts.drops == {"teacher_answered_before": 1}


def test_the_literal_text_gives_the_message_back(demo: Path) -> None:
    """What `student_action` writes, `text` reads: on every state of the demo."""
    found = list(trajset.trace_states(demo, subagents=True))
    assert found
    for one in found:
        read = message_of(Answer(state_id="x", teacher="y", text=one["student_action"]))
        sent = message_of(Answer(state_id="x", teacher="y", message=one["student_message"]))
        assert read["content"].split() == sent["content"].split()
        assert [c["function"] for c in read.get("tool_calls", ())] == [
            c["function"] for c in sent.get("tool_calls", ())
        ]


def test_answers_are_redacted() -> None:
    leak = answer(message={"content": "It is in /home/dora/shop/.env", "tool_calls": None})
    (row,), _ = made([leak])
    assert row["chosen"][0]["content"] == "It is in /home/user/shop/.env"


def test_a_call_is_kept_apart_from_text() -> None:
    with pytest.raises(Malformed, match="answer_empty"):
        message_of(Answer(state_id="x", teacher="y", text="  "))
    both = message_of(
        Answer(
            state_id="x",
            teacher="y",
            text='First.\n<tool_call>{"name": "Read", "arguments": {"path": "a"}}</tool_call>',
        )
    )
    assert both["content"] == "First."
    assert both["tool_calls"][0]["id"] == "call_001"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 2: expected an answer in JSON"),
        ('{"teacher": "x", "text": "y"}', "line 2: expected an answer in JSON"),
        ('{"state_id": "s", "text": "y"}', "line 2: expected the id of a teacher"),
        ('{"state_id": "s", "model": "x"}', "line 2: expected a message or a text"),
        ('{"state_id": "s", "model": "x", "text": "", "votes": 0}', "line 2: expected 1 vote"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, told: str) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text('{"state_id": "s", "model": "x", "text": "secret words"}\n' + line + "\n")
    with pytest.raises(ReplayError, match=told) as caught:
        read_answers(file)
    assert "secret" not in str(caught.value)


def test_states_come_from_a_file_or_a_dataset_and_are_the_same(demo: Path, tmp_path: Path) -> None:
    """The command on both gives the same rows, and on our own rows nothing at all."""
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("views: {configs: [trace_state], subagents: true}\n")
    run = CliRunner().invoke
    out = str(tmp_path / "b")
    arguments = ["build", str(demo), "--out", out, "--recipe", str(recipe), "--jobs", "1"]
    assert run(app, arguments).exit_code == 0
    built = {one["state_id"]: one for one in read_states(tmp_path / "b")}
    streamed = {one["state_id"]: one for one in trajset.trace_states(demo, subagents=True)}
    assert built
    assert built.keys() <= streamed.keys()
    for name in ("messages", "student_action", "student_message", "tools", "n_tokens"):
        assert all(one[name] == streamed[key][name] for key, one in built.items())  # type: ignore[literal-required]
    states, answers = tmp_path / "states.jsonl", tmp_path / "answers.jsonl"
    states.write_text("".join(json.dumps(one) + "\n" for one in streamed.values()))
    answers.write_text(
        "".join(
            json.dumps({"state_id": key, "teacher": "gpt-5.5", "text": "Which of them?"}) + "\n"
            for key in built
        )
    )
    files = []
    for place in (out, str(states)):
        files.append(tmp_path / f"pairs{len(files)}.jsonl")
        result = run(app, ["replay", str(answers), place, "--output", str(files[-1])])
        assert result.exit_code == 0, result.output
        assert f"{len(built)} answers to {len(built)} states" in result.output
    ours, theirs = ([json.loads(row) for row in f.read_text().splitlines()] for f in files)
    assert len(ours) == len(built)
    key = {row["id"]: (row["prompt"], row["chosen"], row["rejected"]) for row in ours}
    assert key == {row["id"]: (row["prompt"], row["chosen"], row["rejected"]) for row in theirs}
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600


def test_misuse_is_told_in_a_line(tmp_path: Path, demo: Path) -> None:
    answers, rows = tmp_path / "answers.jsonl", tmp_path / "rows.jsonl"
    answers.write_text('{"state_id": "s", "model": "x", "text": "y"}\n')
    rows.write_text('{"id": 1}\n')
    for place, told in (
        (tmp_path / "none", "expected states, found: No such file"),
        (rows, "state 1: expected state_id, found none"),
        (demo, "expected rows of trace_state, found none"),
    ):
        arguments = ["replay", str(answers), str(place), "-o", str(tmp_path / "out.jsonl")]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 2
        assert told in result.output
        assert not (tmp_path / "out.jsonl").exists()
