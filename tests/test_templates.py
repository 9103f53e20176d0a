"""Rows through `apply_chat_template` with the real templates of TRL's wheel.

A tokenizer is trained here; the templates are read from the installed `trl`. What a template
refuses is listed with its reason: the list is part of what we know about the field.
"""

from __future__ import annotations

import importlib.util
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from trajset.fit.counter import EmbeddedCounter
from trajset.fit.section import Fit
from trajset.fit.template_counter import TemplateCounter
from trajset.trajectory import Message, Observation, Trajectory
from trajset.views import chat, error_recovery, preference, sft
from trajset.views.section import Views
from trajset.views.view import Context, Place, Row

transformers = pytest.importorskip("transformers", reason="the extra `templates` is not installed")
_spec = importlib.util.find_spec("trl")
if _spec is None or not _spec.submodule_search_locations:
    pytest.skip("trl, whose wheel holds the templates, is not installed", allow_module_level=True)
TEMPLATES = sorted((Path(_spec.submodule_search_locations[0]) / "chat_templates").glob("*.jinja"))

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


def tokenizer_with(template: str, corpus: list[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<bos>", "<eos>", "<pad>", "<|im_start|>", "<|im_end|>", "<|endoftext|>"]
    tokenizer.train_from_iterator(
        corpus,
        trainers.BpeTrainer(
            vocab_size=600,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<bos>",
        eos_token="<eos>",
        pad_token="<pad>",
        chat_template=template,
    )


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


@pytest.fixture(scope="module")
def corpus(rows: list[Row]) -> list[str]:
    return [str(row) for row in rows]


def renderings(row: Row) -> list[list[dict[str, Any]]]:
    if "messages" in row:
        return [row["messages"]]
    return [
        [*row["prompt"], *row[side]] for side in ("completion", "chosen", "rejected") if side in row
    ]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.stem)
def test_rows_render(path: Path, rows: list[Row], corpus: list[str]) -> None:
    tokenizer = tokenizer_with(path.read_text(encoding="utf-8"), corpus)
    base = path.stem.removesuffix("_training")
    refusal = None
    for row in rows:
        for messages in renderings(row):
            try:
                text = tokenizer.apply_chat_template(messages, tools=row["tools"], tokenize=False)
            except Exception as error:  # whatever a template raises
                refusal = refusal or error
            else:
                assert "FORBIDDEN" in text
    known = base in REFUSES and not (base != path.stem and base in PLAIN_ONLY)
    assert (refusal is not None) == known, f"{path.stem}: {refusal}"


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
def test_nothing_forbidden_is_learnt(name: str, rows: list[Row], corpus: list[str]) -> None:
    (path,) = [p for p in TEMPLATES if p.stem == name]
    tokenizer = tokenizer_with(path.read_text(encoding="utf-8"), corpus)
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


@pytest.mark.parametrize("name", ["qwen2_5", "qwen3"])
def test_the_template_count_is_the_length_of_the_longest_rendering(
    name: str, rows: list[Row], corpus: list[str]
) -> None:
    (path,) = [p for p in TEMPLATES if p.stem == name]
    tokenizer = tokenizer_with(path.read_text(encoding="utf-8"), corpus)
    counter = TemplateCounter.of(tokenizer)
    assert len(counter.templates) == 2, "TRL's training template was not found"
    for row in rows:
        for messages in renderings(row):
            lengths = [
                len(
                    tokenizer.apply_chat_template(
                        messages, tools=row["tools"], chat_template=template, return_dict=True
                    )["input_ids"]
                )
                for template in counter.templates
            ]
            assert counter.count(messages, row["tools"]) == max(lengths)


def test_completions_start_after_a_prompt_that_waits_for_the_model(rows: list[Row]) -> None:
    for row in rows:
        if "prompt" in row:
            roles = [m["role"] for m in row["prompt"]]
            assert roles[-1] in ("user", "tool")
            assert not any(a == b == "user" for a, b in pairwise(roles))
