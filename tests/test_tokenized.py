"""Config `tokenized`: exactly what may be learnt is learnt, in every template that marks it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import trajectories
from templating import TEMPLATES, tokenizer_with
from trajset.fit.counter import EmbeddedCounter
from trajset.fit.labels import IGNORED
from trajset.fit.section import Fit
from trajset.fit.template_counter import TemplateCounter
from trajset.trajectory import MODEL_AT_FAULT, Observation, ToolCall, Trajectory
from trajset.views import sft, tokenized
from trajset.views.section import Views
from trajset.views.view import Context, Place, Row

OPEN = Views(failed_trajectories=True, user_helped=True)
# Templates that render all of an agent's work and that keep messages apart, and such that do not.
APART = ["qwen2_5", "qwen3", "qwen3_instruct_2507", "qwen3_6", "lfm2_v2"]
MIXED = ["glm4moe", "nemotron_3_nano", "deepseekv3", "diffusion_gemma"]


@cache
def counter_of(name: str) -> TemplateCounter:
    return TemplateCounter.of(tokenizer_with(TEMPLATES[name]), name)


def rows(name: str, t: Trajectory, budget: int = 131_072, view: Any = tokenized) -> list[Row]:
    context = Context(section=OPEN, fit=Fit(max_tokens=budget), counter=counter_of(name))
    return list(view.render(t, Place(id="t" * 16), context))


def learnt_texts(name: str, row: Row) -> list[str]:
    """The learnt stretches of a row, decoded."""
    stretches: list[list[int]] = [[]]
    for label in row["labels"]:
        if label != IGNORED:
            stretches[-1].append(label)
        elif stretches[-1]:
            stretches.append([])
    tokenizer = counter_of(name).tokenizer
    return [tokenizer.decode(stretch) for stretch in stretches if stretch]


@pytest.mark.parametrize("name", [*APART, *MIXED])
@settings(max_examples=25)
@given(t=trajectories(), budget=st.sampled_from([300, 512, 131_072]))
def test_nothing_that_others_wrote_is_learnt(name: str, t: Trajectory, budget: int) -> None:
    failed = {f.call_id for f in t.failures if f.category in MODEL_AT_FAULT}
    answered = {s.call_id for s in t.steps if isinstance(s, Observation)}
    for row in rows(name, t, budget):
        assert len(row["input_ids"]) == len(row["labels"]) == row["n_tokens"] <= budget
        pairs = zip(row["input_ids"], row["labels"], strict=True)
        assert all(label in (token, IGNORED) for token, label in pairs)
        texts = learnt_texts(name, row)
        assert texts
        for text in texts:
            assert not any(word in text for word in ("RESULT", "USER", "SUMMARY", "SYSTEM"))
    # Calls have no mark of their own in the text: their ids are compared through `sft`.
    for row in rows(name, t, budget, sft):
        made = {c["id"] for m in row["completion"] for c in m.get("tool_calls", [])}
        assert not made & failed
        assert made <= answered


@pytest.mark.parametrize("name", APART)
@settings(max_examples=25)
@given(t=trajectories())
def test_all_that_sft_learns_is_learnt_once_and_the_turn_ends(name: str, t: Trajectory) -> None:
    counter = counter_of(name)
    assert counter.labeller is not None
    assert counter.labeller.whole
    assert counter.labeller.learns_to_stop
    learnt = [text for row in rows(name, t) for text in learnt_texts(name, row)]
    said = [m for row in rows(name, t, view=sft) for m in row["completion"]]
    said = [m for m in said if m["role"] == "assistant"]
    assert len(learnt) >= len(said)
    for message in said:
        texts = [text for text in learnt if message["content"].strip() in text]
        assert texts
    for text in learnt:
        assert "<|im_end|>" in text
        assert text.count("<|im_end|>") == 1
    for row in rows(name, t):
        assert counter.labeller.stops(row["labels"])


def trl_labels(tokenizer: Any, template: str, row: Row) -> tuple[list[int], list[int]]:
    """What TRL 1.16 makes of a prompt-completion row with `assistant_only_loss`."""
    more: dict[str, Any] = {"tools": row["tools"], "chat_template": template, "return_dict": True}
    prompt = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, **more)
    whole = tokenizer.apply_chat_template(
        [*row["prompt"], *row["completion"]], return_assistant_tokens_mask=True, **more
    )
    ids = whole["input_ids"]
    pairs = zip(prompt["input_ids"], ids, strict=False)
    cut = next((i for i, (a, b) in enumerate(pairs) if a != b), len(prompt["input_ids"]))
    masks = whole["assistant_masks"]
    return ids, [ids[i] if masks[i] and i >= cut else IGNORED for i in range(len(ids))]


@pytest.mark.parametrize("name", [*APART, *MIXED])
def test_labels_of_completions_are_those_that_trl_makes(
    name: str, demo_trajectories: Sequence[Trajectory]
) -> None:
    counter = counter_of(name)
    labeller = counter.labeller
    assert labeller is not None
    compared = 0
    for trajectory in demo_trajectories:
        for row in rows(name, trajectory, 8192, sft):
            made = labeller.label_completion(row["prompt"], row["completion"], row["tools"])
            ids, labels = trl_labels(counter.tokenizer, labeller.template.text, row)
            assert made.ids == ids
            if not made.unrendered:
                assert made.labels == labels
                compared += 1
    assert compared


def test_ids_are_what_apply_chat_template_gives(demo_trajectory: Trajectory) -> None:
    from trajset.views import chat

    (row,) = rows("qwen3", demo_trajectory)
    (whole,) = rows("qwen3", demo_trajectory, view=chat)
    counter = counter_of("qwen3")
    assert counter.training is not None
    ids = counter.tokenizer.apply_chat_template(
        whole["messages"],
        tools=whole["tools"],
        chat_template=counter.training.text,
        return_dict=True,
    )["input_ids"]
    assert row["input_ids"] == ids[: len(row["input_ids"])]


@pytest.mark.parametrize("name", ["lfm2", "phi3"])
def test_a_message_whose_call_the_template_drops_is_not_learnt(
    name: str, demo_trajectory: Trajectory
) -> None:
    """These render calls as nothing: learning the rest would teach to stop instead of acting."""
    context = Context(section=OPEN, fit=Fit(), counter=counter_of(name))
    made = list(tokenized.render(demo_trajectory, Place(id="t" * 16), context))
    calls = sum(isinstance(step, ToolCall) for step in demo_trajectory.steps)
    assert context.notes["response_not_rendered_whole"] >= calls - 1
    assert all(len(learnt_texts(name, row)) <= 2 for row in made)


def test_what_it_needs_is_said() -> None:
    assert "fit.tokenizer must name" in str(tokenized.needs(EmbeddedCounter()))
    assert "{% generation %}" in str(tokenized.needs(counter_of("llama3_1")))
    assert tokenized.needs(counter_of("qwen3")) is None
