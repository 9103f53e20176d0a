"""Rows through `apply_chat_template` with the real templates of TRL's wheel.

A tokenizer is trained here; the templates are read from the installed `trl`. What a template
refuses is listed with its reason: the list is part of what we know about the field.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from templating import TEMPLATES, tokenizer_with
from trajset.fit.counter import EmbeddedCounter
from trajset.fit.section import Fit
from trajset.trajectory import Message, Observation, Trajectory
from trajset.views import chat, error_recovery, preference, sft
from trajset.views.section import Views
from trajset.views.view import Context, Place, Row

# Templates that cannot render agent rows, and why.
REFUSES: dict[str, str] = {
    "cohere": "two tool results in a row",
    "cohere2": "two tool results in a row",
    "deepseekv3": "arguments as dict: it joins them as text",
    "gemma": "a system message",
    "gemma3": "two tool results in a row",
    "gptoss": "text beside reasoning and a call",
    "idefics3": "text content: it wants parts",
    "llama3_1": "parallel calls",
    "llama3_2": "parallel calls",
    "llava_next": "text content: it wants parts",
    "smolvlm": "text content: it wants parts",
}
# Refused by the plain template only: TRL's training template for it renders them.
PLAIN_ONLY = {"deepseekv3"}


def marked(trajectory: Trajectory) -> Trajectory:
    """The trajectory with a mark in every text that must not be learnt."""
    steps = []
    for step in trajectory.steps:
        if isinstance(step, Observation) or (isinstance(step, Message) and step.origin != "model"):
            fields = {f: getattr(step, f) for f in step.__struct_fields__}
            step = type(step)(**fields | {"text": f"FORBIDDEN {step.text} FORBIDDEN"})
        steps.append(step)
    return trajectory.with_(steps=tuple(steps), system_prompt="FORBIDDEN system FORBIDDEN")


@pytest.fixture(scope="module")
def rows(demo_trajectories: list[Trajectory]) -> list[Row]:
    context = Context(
        section=Views(gaps=("none", "error_text", "observations", "user_feedback")),
        fit=Fit(max_tokens=8192),
        counter=EmbeddedCounter(),
    )
    return [
        row
        for trajectory in map(marked, demo_trajectories)
        for view in (chat, sft, error_recovery, preference)
        for row in view.render(trajectory, Place(id="t" * 16), context)
    ]


def renderings(row: Row) -> list[list[dict[str, Any]]]:
    if "messages" in row:
        return [row["messages"]]
    return [
        [*row["prompt"], *row[side]] for side in ("completion", "chosen", "rejected") if side in row
    ]


@pytest.mark.parametrize("name", TEMPLATES)
def test_rows_render(name: str, rows: list[Row]) -> None:
    tokenizer = tokenizer_with(TEMPLATES[name])
    base = name.removesuffix("_training")
    refusal = None
    for row in rows:
        for messages in renderings(row):
            try:
                text = tokenizer.apply_chat_template(messages, tools=row["tools"], tokenize=False)
            except Exception as error:  # whatever a template raises
                refusal = refusal or error
            else:
                assert "FORBIDDEN" in text
    known = base in REFUSES and not (base != name and base in PLAIN_ONLY)
    assert (refusal is not None) == known, f"{name}: {refusal}"


def learnt_text(tokenizer: Any, row: Row) -> str:
    """What TRL trains on with `assistant_only_loss`: completion and assistant masks together."""
    prompt = tokenizer.apply_chat_template(
        row["prompt"], tools=row["tools"], return_dict=True, add_generation_prompt=True
    )
    whole = tokenizer.apply_chat_template(
        [*row["prompt"], *row["completion"]],
        tools=row["tools"],
        return_dict=True,
        return_assistant_tokens_mask=True,
    )
    pairs = zip(prompt["input_ids"], whole["input_ids"], strict=False)
    cut = next((i for i, (a, b) in enumerate(pairs) if a != b), len(prompt["input_ids"]))
    kept = [
        token
        for at, (token, flag) in enumerate(
            zip(whole["input_ids"], whole["assistant_masks"], strict=True)
        )
        if flag and at >= cut
    ]
    return str(tokenizer.decode(kept))


@pytest.mark.parametrize("name", ["qwen2_5_training", "qwen3_training", "glm4moe_training"])
def test_nothing_forbidden_is_learnt(name: str, rows: list[Row]) -> None:
    tokenizer = tokenizer_with(TEMPLATES[name])
    seen = 0
    for row in rows:
        if "completion" not in row:
            continue
        text = learnt_text(tokenizer, row)
        assert text.strip()
        assert "FORBIDDEN" not in text
        calls = [c for m in row["completion"] for c in m.get("tool_calls", [])]
        assert all(call["function"]["name"] in text for call in calls)
        seen += 1
    assert seen >= 4


def test_completions_start_after_a_prompt_that_waits_for_the_model(rows: list[Row]) -> None:
    for row in rows:
        if "prompt" in row:
            roles = [m["role"] for m in row["prompt"]]
            assert roles[-1] in ("user", "tool")
            assert not any(a == b == "user" for a, b in pairwise(roles))
