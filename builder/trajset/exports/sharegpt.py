"""Format `sharegpt`: LLaMA-Factory's form, strict alternation and an even count.

What LLaMA-Factory 0.9.5 does with it (`data/converter.py`, `data/formatter.py`): odd places are
`human` or `observation`, even ones `gpt` or `function_call`; the value of a `function_call` is JSON
of one call or a list. Text beside calls is kept where the JSON stands between `<tool_call>` and
`</tool_call>`: all that is around it is the response's text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from trajset.exports.conversation import Conversation, Turn, of_row, segments, until_learnt
from trajset.exports.format import FULL, Case, Coverage, Line, dropped, partly
from trajset.trajectory import Trajectory
from trajset.views.view import Context

NAME = "sharegpt"
LINE = "A segment of a trajectory as alternating conversations, `system`, and `tools` as JSON text."
NOTES: tuple[str, ...] = (
    "dataset_info.json: {formatting: sharegpt, columns: {messages: conversations, system: system, "
    "tools: tools}}",
    "Text and reasoning beside calls stand before `<tool_call>` in the same value; templates with "
    "other words for calls (`lfm`) would take them for JSON.",
    "Results of parallel calls are one observation, divided as LLaMA-Factory divides them.",
    "There is no flag for what must not be learnt: such responses are counted as "
    "`unlearnt_but_trained`; sft rows of a dataset have none.",
)
CONFIG = "chat"
WHOLE = False
METADATA = True

_EXTRA = partly("with --include-metadata")
COVERAGE = Coverage(
    reasoning=partly("as `<think>` in the text"),
    call_ids=dropped("results follow their calls by place"),
    status=dropped("the format has no field for it"),
    failures=_EXTRA,
    outcome=partly("failed trajectories are left out, unless the recipe wants them"),
    learn=dropped("the format has no flag for it; such responses are counted"),
    origin=dropped("all who are not the model are `human`, or part of an observation"),
    system_prompt=FULL,
    tools=FULL,
    model=_EXTRA,
    usage=partly("sums, with --include-metadata"),
    times=partly("first and last, with --include-metadata"),
    project=_EXTRA,
    subagents=partly("each is a line of its own, its parent's id with --include-metadata"),
    compaction=FULL,
)

_BETWEEN_RESULTS = "\n</tool_response>\n<tool_response>\n"
_OPEN, _CLOSE = "<tool_call>", "</tool_call>"


class _MarkerInText(ValueError):
    """Text beside a call holds the words that mark calls: it could not be told from one."""


def render(trajectory: Trajectory, case: Case) -> Iterator[Line]:
    """One line a segment."""
    for conversation in segments(trajectory, case):
        yield from _line(conversation, case.context)


def render_row(row: Mapping[str, Any], context: Context) -> Iterator[Line]:
    """One line: a row of the config `chat`, which is one window of a trajectory."""
    yield from _line(of_row(row), context)


def _line(conversation: Conversation, context: Context) -> Iterator[Line]:
    turns = until_learnt(conversation, context)
    if not turns:
        return
    system = [t.message["content"] for t in turns if t.role == "system"]
    rounds = _rounds([turn for turn in turns if turn.role != "system"])
    try:
        conversations = [one for asked, answer in rounds for one in (_asked(asked), _said(answer))]
    except _MarkerInText:
        context.drop("text_holds_call_markers")
        return
    answers = [turn for turn in turns if turn.role == "assistant"]
    if unlearnt := sum(not turn.learn for turn in answers):
        context.note("unlearnt_but_trained", unlearnt)
    line: Line = {
        "conversations": conversations,
        "system": "\n\n".join(system),
        "tools": msgspec.json.encode([_tool(t) for t in conversation.tools]).decode(),
    }
    if conversation.metadata is not None:
        line["metadata"] = msgspec.json.encode(conversation.metadata).decode()
    yield line


def _rounds(turns: Sequence[Turn]) -> list[tuple[list[Turn], list[Turn]]]:
    """Pairs of what was said to the model and what it answered."""
    rounds: list[tuple[list[Turn], list[Turn]]] = []
    for turn in turns:
        if turn.role == "assistant":
            rounds[-1][1].append(turn)
        elif rounds and not rounds[-1][1]:
            rounds[-1][0].append(turn)
        else:
            rounds.append(([turn], []))
    return rounds


def _asked(turns: Sequence[Turn]) -> dict[str, str]:
    """One `human`, or one `observation` with the words of people after the results."""
    results = [t.message["content"] for t in turns if t.role == "tool"]
    said = [t.message["content"] for t in turns if t.role != "tool"]
    if not results:
        return {"from": "human", "value": "\n\n".join(said)}
    return {"from": "observation", "value": "\n\n".join([_BETWEEN_RESULTS.join(results), *said])}


def _said(turns: Sequence[Turn]) -> dict[str, str]:
    """One `gpt` or `function_call`, of responses that follow one another without a result."""
    texts: list[str] = []
    made: list[dict[str, Any]] = []
    for turn in turns:
        if reasoning := turn.message.get("reasoning_content"):
            texts.append(f"<think>\n{reasoning}\n</think>")
        if content := turn.message["content"]:
            texts.append(content)
        made += [call["function"] for call in turn.message.get("tool_calls", ())]
    text = "\n\n".join(texts)
    if not made:
        return {"from": "gpt", "value": text}
    calls = msgspec.json.encode(made[0] if len(made) == 1 else made).decode()
    # In JSON a `<` may be written so, and then no marker can be seen in an argument.
    calls = calls.replace("<", "\\u003c")
    if not text:
        return {"from": "function_call", "value": calls}
    if _OPEN in text:
        raise _MarkerInText
    return {"from": "function_call", "value": f"{text}\n{_OPEN}\n{calls}\n{_CLOSE}"}


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    """A schema with the parts that LLaMA-Factory's formatters read without asking."""
    function = tool["function"]
    parameters = {"type": "object", "properties": {}, **(function.get("parameters") or {})}
    return {
        "name": function["name"],
        "description": function.get("description") or "",
        "parameters": parameters,
    }
