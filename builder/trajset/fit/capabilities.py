"""What a chat template can render of an agent's work, found out by rendering small probes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from trajset.fit.chat_template import ChatTemplate
from trajset.fit.counter import RenderError

Can = Literal["yes", "partly", "no", "refuses"]
"""`no`: left out in silence. `partly`: only in answers after the last user message."""
Arguments = Literal["dict", "string", "none"]

Message = dict[str, Any]

TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Looks something up.",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}},
    },
}


class Capabilities(Struct, frozen=True, kw_only=True):
    """What survives a template."""

    calls: Can
    parallel: Can
    results: Can
    reasoning: Can
    tools: Can
    arguments: Arguments
    """How a call's arguments come out: with their structure, or as a quoted string."""


def call(number: int, arguments: Mapping[str, Any]) -> Message:
    """A tool call as it stands in rows."""
    return {
        "type": "function",
        "id": f"call{number:05d}",
        "function": {"name": "look_up", "arguments": dict(arguments)},
    }


def result(number: int, text: str) -> Message:
    """The answer to `call(number, …)`."""
    return {"role": "tool", "tool_call_id": f"call{number:05d}", "name": "look_up", "content": text}


def probe() -> list[Message]:
    """A conversation with all that rows have, apart from parallel calls."""
    return [
        {"role": "user", "content": "first question"},
        {
            "role": "assistant",
            "content": "",
            "reasoning_content": "early thought",
            "tool_calls": [call(1, {"place": "north wing", "deep": True})],
        },
        result(1, "found nothing"),
        {"role": "assistant", "content": "early answer", "reasoning_content": "middle thought"},
        {"role": "user", "content": "second question"},
        {"role": "assistant", "content": "late answer", "reasoning_content": "late thought"},
    ]


def capabilities(template: ChatTemplate) -> Capabilities:
    """Try a template out."""
    question: Message = {"role": "user", "content": "a question"}
    made = [call(1, {"place": "north wing"})]
    one: Message = {"role": "assistant", "content": "", "tool_calls": made}
    both = [call(1, {"place": "north wing"}), call(2, {"place": "south gate"})]
    two: Message = {"role": "assistant", "content": "", "tool_calls": both}
    answered = [question, one, result(1, "found nothing")]
    thought = {"role": "assistant", "content": "an answer", "reasoning_content": "a thought"}
    late = [question, thought]
    early = [*late, question, {"role": "assistant", "content": "another answer"}]
    reasoning = _survives(template, late, ("a thought",))
    if reasoning == "yes" and _survives(template, early, ("a thought",)) != "yes":
        reasoning = "partly"
    return Capabilities(
        calls=_survives(template, [question, one], ("look_up", "place", "north wing")),
        parallel=_survives(template, [question, two], ("north wing", "south gate")),
        results=_survives(template, answered, ("found nothing",)),
        reasoning=reasoning,
        tools=_survives(template, late, ("look_up", "Looks something up."), (TOOL,)),
        arguments=_arguments(template, [question, one]),
    )


def _survives(
    template: ChatTemplate,
    messages: Sequence[Message],
    words: Sequence[str],
    tools: Sequence[Message] = (),
) -> Can:
    try:
        text = template.render(messages, tools)
    except RenderError:
        return "refuses"
    return "yes" if all(word in text for word in words) else "no"


def _arguments(template: ChatTemplate, messages: Sequence[Message]) -> Arguments:
    try:
        text = template.render(messages, ())
    except RenderError:
        return "none"
    if "north wing" not in text:
        return "none"
    return "string" if '\\"place\\"' in text else "dict"


def lost(message: Mapping[str, Any], text: str) -> set[Literal["call", "reasoning", "content"]]:
    """What of an assistant message does not stand in its rendering."""
    gone: set[Literal["call", "reasoning", "content"]] = set()
    if (reasoning := message.get("reasoning_content", "").strip()) and reasoning not in text:
        gone.add("reasoning")
    if (content := message["content"].strip()) and content not in text:
        gone.add("content")
    at = 0
    for made in message.get("tool_calls", ()):
        function = made["function"]
        at = text.find(function["name"], at)
        if at == -1:
            gone.add("call")
            break
        at += len(function["name"])
        if not all(_stands(value, text, at) for value in _leaves(function["arguments"])):
            gone.add("call")
    return gone


def _leaves(value: Any) -> list[str]:
    """The texts in a call's arguments, keys of the first level included."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [*value, *(leaf for item in value.values() for leaf in _leaves(item))]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return []


def _stands(value: str, text: str, start: int) -> bool:
    """Whether a value occurs from `start` on, in one of the spellings that templates use."""
    value = value.strip()
    if text.find(value, start) != -1:
        return True
    spelt = (
        json.dumps(value, ensure_ascii=False)[1:-1],
        json.dumps(value)[1:-1],
        repr(value)[1:-1],
        json.dumps(json.dumps(value, ensure_ascii=False), ensure_ascii=False)[3:-3],
    )
    return any(text.find(form, start) != -1 for form in spelt)
