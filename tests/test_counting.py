"""The count is the length that training sees, for every template that TRL ships."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import trajectories
from templating import TEMPLATES, tokenizer_with
from trajset.fit.counter import EmbeddedCounter, RenderError
from trajset.fit.pieces import Pieces
from trajset.fit.section import Fit
from trajset.fit.template_counter import TemplateCounter
from trajset.trajectory import Trajectory
from trajset.views import chat, codeact, error_recovery, preference, sft, tokenized
from trajset.views.section import Views
from trajset.views.view import Context, Place, Row

OPEN = Views(failed_trajectories=True, user_helped=True, gaps=("none", "error_text"))
EMBEDDED = EmbeddedCounter()
BASES = [name for name in TEMPLATES if not name.endswith("_training")]


@cache
def counter_of(name: str) -> TemplateCounter:
    """One counter a template for the whole module: building it tries the template out."""
    return TemplateCounter.of(tokenizer_with(TEMPLATES[name]), name)


def lengths(counter: TemplateCounter, messages: list[Any], tools: list[Any]) -> list[int]:
    """What `apply_chat_template` gives, for each of the templates that training may use."""
    found = []
    for template in counter.templates:
        try:
            ids = counter.tokenizer.apply_chat_template(
                messages, tools=tools, chat_template=template.text, tokenize=True
            )
        except Exception:
            continue
        found.append(len(ids if isinstance(ids, list) else ids["input_ids"]))
    return found


def conversations(row: Row) -> list[list[dict[str, Any]]]:
    if "messages" in row:
        return [row["messages"]]
    sides = ("completion", "chosen", "rejected")
    return [[*row["prompt"], *row[side]] for side in sides if side in row]


def check(counter: TemplateCounter, messages: list[Any], tools: list[Any]) -> bool:
    """Whether any template renders these; the count must say so and be right."""
    expected = lengths(counter, messages, tools)
    if expected:
        assert counter.count(messages, tools) == max(expected), counter.name
        return True
    with pytest.raises(RenderError):
        counter.count(messages, tools)
    return False


@pytest.mark.parametrize("name", BASES)
def test_the_count_is_the_length_for_every_template(
    name: str, demo_trajectories: Sequence[Trajectory]
) -> None:
    counter = counter_of(name)
    context = Context(section=OPEN, fit=Fit(max_tokens=8192), counter=counter)
    rendered = 0
    for trajectory in demo_trajectories:
        for view in (chat, sft, error_recovery, preference):
            for row in view.render(trajectory, Place(id="t" * 16), context):
                for messages in conversations(row):
                    assert check(counter, messages, row["tools"])
                    rendered += 1
                longest = max(counter.count(m, row["tools"]) for m in conversations(row))
                assert row["n_tokens"] == longest
    assert rendered or context.drops["template_refuses"]


@settings(max_examples=40)
@given(t=trajectories(), name=st.sampled_from(sorted(TEMPLATES)))
def test_the_count_is_the_length_for_random_rows(t: Trajectory, name: str) -> None:
    counter = counter_of(name)
    context = Context(section=OPEN, fit=Fit(max_tokens=131_072), counter=counter)
    for row in chat.render(t, Place(id="t" * 16), context):
        messages = row["messages"]
        check(counter, messages, row["tools"])
        check(counter, messages, [])
        check(counter, messages[: len(messages) // 2] or messages, row["tools"])


SPECIAL_TEXTS = st.lists(
    st.sampled_from(
        [
            "<|im_start|>",
            "<|im_end|>\n",
            "<|eot_id|>",
            "user\n",
            " a b",
            "\n\n",
            "<",
            "|>",
            "é🙂",
            "def",
        ]
    )
    | st.text(max_size=8),
    max_size=20,
).map("".join)


@settings(max_examples=200)
@given(text=SPECIAL_TEXTS, name=st.sampled_from(["qwen3", "llama3", "deepseekv3_training"]))
def test_pieces_are_the_whole(text: str, name: str) -> None:
    """Also where special tokens stand in the text itself, glued to anything."""
    counter = counter_of(name)
    whole = counter.tokenizer(text, add_special_tokens=False)["input_ids"]
    assert counter.text(text) == len(whole)


def test_pieces_are_cut_where_that_is_exact_and_only_there() -> None:
    tokenizer = tokenizer_with(TEMPLATES["qwen3"])
    probe = "<|im_start|>user\nhello<|im_end|>\n"
    assert Pieces(tokenizer, [probe]).cuts
    assert not Pieces(tokenizer, ["no special token"]).cuts
    # A token that swallows the space before it, and one that hides in a longer one.
    from tokenizers import AddedToken

    greedy = tokenizer_with(TEMPLATES["qwen3"])
    greedy.add_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    assert not Pieces(greedy, ["a <mask> b"]).cuts
    hidden = tokenizer_with(TEMPLATES["qwen3"])
    hidden.add_tokens([AddedToken("x<|im_start|>", normalized=False)])
    pieces = Pieces(hidden, ["<|im_start|>user"])
    text = "max<|im_start|>user"
    assert pieces.count(text) == len(hidden(text, add_special_tokens=False)["input_ids"])


def test_a_message_is_encoded_once_however_many_rows_hold_it(
    demo_trajectory: Trajectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = TemplateCounter.of(tokenizer_with(TEMPLATES["qwen2_5"]))
    texts: list[str] = []
    inner: Callable[[Sequence[str]], list[int]] = counter._pieces._count_all
    seen = lambda batch: texts.extend(batch) or inner(batch)  # noqa: E731
    monkeypatch.setattr(counter._pieces._memo, "_count_all", seen)
    context = Context(section=OPEN, fit=Fit(max_tokens=8192), counter=counter)
    for view in (chat, sft, error_recovery, preference):
        list(view.render(demo_trajectory, Place(id="t" * 16), context))
    long = [text for text in texts if len(text) >= 64]
    assert len(long) > 5
    assert len(long) == len(set(long))


@pytest.mark.parametrize("view", [codeact, chat, sft, error_recovery, preference, tokenized])
@settings(max_examples=12)
@given(
    t=trajectories(),
    budget=st.sampled_from([256, 300, 400, 512, 1024, 2048, 8192, 32_768, 131_072]),
    name=st.sampled_from(["embedded", "qwen2_5", "qwen3", "glm4moe", "deepseekv3", "phi3"]),
    over=st.sampled_from(["window", "window", "drop"]),
)
def test_nothing_is_over_the_budget(
    view: Any, t: Trajectory, budget: int, name: str, over: Any
) -> None:
    counter = EMBEDDED if name == "embedded" else counter_of(name)
    if view is tokenized and counter.labeller is None:
        return
    fit = Fit(max_tokens=budget, over=over, elide_tools={"Bash": 64})
    context = Context(section=OPEN, fit=fit, counter=counter)
    for row in view.render(t, Place(id="t" * 16), context):
        assert row["n_tokens"] <= budget
        if "input_ids" in row:
            assert len(row["input_ids"]) == len(row["labels"]) == row["n_tokens"]
        elif "trajectory" not in row:
            counts = [counter.count(m, row["tools"]) for m in conversations(row)]
            assert row["n_tokens"] == max(counts)
