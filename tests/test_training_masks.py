"""Masks where templates and vocabularies make it hard: what TRL does, and what we do."""

from __future__ import annotations

from typing import Any

import pytest

from annotating import Log
from templating import TEMPLATES, tokenizer_with
from trajset.check.judge import _Judge
from trajset.check.verdict import LEARNS_MORE, Checked, Verdict
from trajset.fit.capabilities import capabilities
from trajset.fit.labels import IGNORED, Labeller
from trajset.fit.section import Fit
from trajset.fit.template_counter import TemplateCounter
from trajset.views import chat, sft, tokenized
from trajset.views.section import Views
from trajset.views.view import Context, Place


def labeller_of(counter: TemplateCounter) -> Labeller:
    assert counter.labeller is not None
    return counter.labeller


def learnt(counter: TemplateCounter, labels: list[int]) -> str:
    return str(counter.tokenizer.decode([label for label in labels if label != IGNORED]))


def call(tool: str) -> dict[str, Any]:
    return {"type": "function", "id": tool, "function": {"name": tool, "arguments": {"a": 1}}}


TURNS = [
    {"role": "user", "content": "Look."},
    {
        "role": "assistant",
        "content": "",
        "reasoning_content": "THOUGHT",
        "tool_calls": [call("earlier")],
    },
    {"role": "tool", "tool_call_id": "earlier", "name": "earlier", "content": "RESULT"},
    {"role": "user", "content": "Well?"},
]
ANSWER = [{"role": "assistant", "content": "Done."}]


def test_nothing_of_a_prompt_is_learnt_where_it_renders_otherwise_alone() -> None:
    """gpt-oss drops the reasoning of a call once an answer follows: TRL learns the call again."""
    counter = TemplateCounter.of(tokenizer_with(TEMPLATES["gptoss"]), "gptoss")
    labeller = labeller_of(counter)
    made = labeller.label_completion(TURNS, ANSWER, ())
    text = learnt(counter, made.labels)
    assert "Done." in text
    assert "earlier" not in text
    checked = Checked(
        tokenizer="gptoss",
        max_length=4096,
        template=labeller.template.name,
        swapped=True,
        learns_to_stop=True,
        own=capabilities(counter.own),
        training=capabilities(labeller.template),
        built_with=None,
    )
    verdict = checked.configs["sft"] = Verdict()
    row = {"id": "row", "prompt": TURNS, "completion": ANSWER, "tools": []}
    _Judge(counter, checked).row("sft", row)
    assert LEARNS_MORE in verdict.found


@pytest.mark.parametrize("name", ["qwen3_6", "qwen3"])
def test_a_token_across_the_border_is_learnt_as_trl_does(name: str) -> None:
    """A prompt of qwen3.6 ends in `<think>` and a line end; without reasoning two follow."""
    counter = TemplateCounter.of(tokenizer_with(TEMPLATES[name]), name)
    joined = counter.tokenizer("<think>\n\n</think>", add_special_tokens=False)["input_ids"]
    assert len(joined) == 3
    made = labeller_of(counter).label_completion(TURNS[:1], ANSWER, ())
    assert learnt(counter, made.labels).lstrip("<think>").startswith("\n\n</think>")


def test_a_response_after_a_message_that_is_not_learnt_is_learnt_nowhere() -> None:
    """What the agent saw in between is not in the log: it would learn to make results up."""
    log = (
        Log().human("Look.").call("search", {"q": "x"}, None, said="I look.").says("It is in x.py.")
    )
    trajectory = log.human("Thanks.").says("Gladly.").annotated()
    counter = TemplateCounter.of(tokenizer_with(TEMPLATES["qwen3"]), "qwen3")
    texts = {}
    for view in (sft, tokenized, chat):
        context = Context(section=Views(), fit=Fit(), counter=counter)
        texts[view] = list(view.render(trajectory, Place(id="t"), context))
    assert [m["content"] for row in texts[sft] for m in row["completion"]] == ["Gladly."]
    (row,) = texts[tokenized]
    assert "Gladly." in learnt(counter, row["labels"])
    assert "x.py" not in learnt(counter, row["labels"])
    (row,) = texts[chat]
    flags = {m["content"]: m["train"] for m in row["messages"] if m["role"] == "assistant"}
    assert flags["Gladly."]
    assert not flags["It is in x.py."]
