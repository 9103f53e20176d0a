"""Format `openai-ft`: files for OpenAI's fine-tuning API (supervised), one segment a line.

FineTuneChatRequestInput of the OpenAPI description 2.3.0. What the API refuses is left out and
counted, or brought into its bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trajset.exports.conversation import Conversation, Turn, joined, of_row, segments, until_learnt
from trajset.exports.format import FULL, Case, Coverage, Line, dropped, partly
from trajset.exports.openai import encoded
from trajset.trajectory import Trajectory
from trajset.views.view import Context

NAME = "openai-ft"
LINE = "A segment of a trajectory as messages with weights, and its tools."
NOTES: tuple[str, ...] = (
    "Assistant messages that must not be learnt have `weight` 0.",
    "Left out: lines with nothing to learn, tool names that the API refuses (letters, digits, `_` "
    "and `-`, 64 at most), more than 128 tools, messages after the last one to learn.",
    "Call ids are numbered anew and tool descriptions cut to 1,024 characters: the API's limits.",
    "The API wants 10 lines at least and cuts long ones; `--dataset` gives lines within "
    "`fit.max_tokens`. Preference lines: --format openai-dpo.",
)
CONFIG = "chat"
WHOLE = False
METADATA = False

COVERAGE = Coverage(
    reasoning=dropped("the API has no field for it"),
    call_ids=partly("numbered anew in each line"),
    status=dropped("the API has no field for it"),
    failures=partly("failed calls have weight 0"),
    outcome=partly("failed trajectories are left out, unless the recipe wants them"),
    learn=FULL,
    origin=dropped("all who are not the model are `user`"),
    system_prompt=FULL,
    tools=partly("descriptions up to 1,024 characters"),
    model=dropped("the API has no field for it"),
    usage=dropped("the API has no field for it"),
    times=dropped("the API has no field for it"),
    project=dropped("the API has no field for it"),
    subagents=partly("each is a line of its own, without a link"),
    compaction=FULL,
)

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MOST_TOOLS = 128
_LONGEST_DESCRIPTION = 1024


def render(trajectory: Trajectory, case: Case) -> Iterator[Line]:
    """One line a segment."""
    for conversation in segments(trajectory, case):
        yield from _line(conversation, case.context)


def render_row(row: Mapping[str, Any], context: Context) -> Iterator[Line]:
    """One line: a row of the config `chat`, which is one window of a trajectory."""
    yield from _line(of_row(row), context)


def _line(conversation: Conversation, context: Context) -> Iterator[Line]:
    turns = joined(until_learnt(conversation, context))
    if not turns:
        return
    messages = [turn.message for turn in turns]
    if (reason := refused(messages, conversation.tools)) is not None:
        context.drop(reason)
        return
    ids: dict[str, str] = {}
    line: Line = {"messages": [_message(turn, ids) for turn in turns]}
    if conversation.tools:
        line["tools"] = [within_bounds(tool, context) for tool in conversation.tools]
        line["parallel_tool_calls"] = parallel(messages)
    yield line


def refused(
    messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]
) -> str | None:
    """Why the API would refuse these messages and tools, or None."""
    names = [str(tool["function"]["name"]) for tool in tools]
    names += [call["function"]["name"] for m in messages for call in m.get("tool_calls", ())]
    if not all(_NAME.fullmatch(name) for name in names):
        return "tool_name_refused_by_the_api"
    return "over_128_tools" if len(tools) > _MOST_TOOLS else None


def parallel(messages: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a message makes several calls at once."""
    return any(len(message.get("tool_calls", ())) > 1 for message in messages)


def within_bounds(tool: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """A tool as the API takes it: a short description, and parameters that are an object."""
    function = tool["function"]
    description = str(function.get("description") or "")
    if len(description) > _LONGEST_DESCRIPTION:
        context.note("tool_descriptions_cut")
    parameters = dict(function.get("parameters") or {})
    parameters.setdefault("type", "object")
    parameters.setdefault("properties", {})
    return {
        "type": "function",
        "function": {
            "name": function["name"],
            "description": description[:_LONGEST_DESCRIPTION],
            "parameters": parameters,
        },
    }


def _message(turn: Turn, ids: dict[str, str]) -> dict[str, Any]:
    message = as_message(turn.message, ids)
    return {**message, "weight": int(turn.learn)} if turn.role == "assistant" else message


def as_message(message: Mapping[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    """A message in the API's form; `ids` gets the number of each call."""
    role, content = message["role"], message["content"]
    if role == "tool":
        return {"role": role, "tool_call_id": ids[message["tool_call_id"]], "content": content}
    if role != "assistant":
        return {"role": role, "content": content}
    made = [encoded(call) for call in message.get("tool_calls", ())]
    for call in made:
        call["id"] = ids.setdefault(call["id"], f"call_{len(ids) + 1:03d}")
    result: dict[str, Any] = {"role": role, "content": content or None}
    return {**result, "tool_calls": made} if made else {"role": role, "content": content}
