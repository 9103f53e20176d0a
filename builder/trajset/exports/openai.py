"""Format `openai`: the OpenAI chat envelope, one trajectory a line; also what `save` writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from trajset.exports.conversation import Conversation, Turn, of_row, whole
from trajset.exports.format import FULL, Case, Coverage, Line, dropped, partly
from trajset.trajectory import Trajectory
from trajset.views.view import Context

NAME = "openai"
LINE = "A trajectory as an object of model, timestamp, session and OpenAI chat messages."
NOTES: tuple[str, ...] = (
    "`content` is null where an assistant message has none; arguments are JSON text.",
    "`<system-reminder>…</system-reminder>` is removed from messages, results and thinking, not "
    "from arguments: those are what the model wrote.",
    "A call without a result stays, as in the log; the API itself would refuse it.",
    "Reasoning stands in `thinking`, which OpenAI's API does not know and ignores.",
)
CONFIG = "chat"
WHOLE = True
METADATA = True

_EXTRA = partly("with --include-metadata")
COVERAGE = Coverage(
    reasoning=FULL,
    call_ids=FULL,
    status=partly("`is_error` on results whose status is known, with --include-metadata"),
    failures=_EXTRA,
    outcome=_EXTRA,
    learn=dropped("the envelope has no flag for it; see openai-ft"),
    origin=dropped("all who are not the model are `user`; system reminders are removed"),
    system_prompt=FULL,
    tools=dropped("the envelope has no place for them; see openai-ft"),
    model=partly("that of most responses"),
    usage=partly("sums, with --include-metadata"),
    times=partly("the start; the end with --include-metadata"),
    project=_EXTRA,
    subagents=partly("each is a line of its own, its parent's id with --include-metadata"),
    compaction=partly("the summary stands as a user message"),
)

_REMINDER = re.compile(r"<system-reminder>.*?</system-reminder>", re.DOTALL)


def render(trajectory: Trajectory, case: Case) -> Iterator[Line]:
    """One line a trajectory."""
    yield from _line(whole(trajectory, case), case.metadata, case.context)


def render_row(row: Mapping[str, Any], context: Context) -> Iterator[Line]:
    """One line: a row of the config `chat` that is a whole trajectory."""
    yield from _line(of_row(row), False, context)


def _line(conversation: Conversation, statuses: bool, context: Context) -> Iterator[Line]:
    messages = [
        message
        for turn in conversation.turns
        if (message := _message(turn, statuses, context)) is not None
    ]
    if not messages:
        context.drop("empty")
        return
    line: Line = {
        "model": conversation.model,
        "timestamp": conversation.started_at,
        "session_id": conversation.session_id,
        "messages": messages,
    }
    if conversation.metadata is not None:
        line["metadata"] = conversation.metadata
    yield line


def _message(turn: Turn, statuses: bool, context: Context) -> dict[str, Any] | None:
    """The message, or None where only reminders were in it. A result stays, its call needs it."""
    text = _clean(turn.message["content"], context)
    if turn.role == "assistant":
        message: dict[str, Any] = {"role": "assistant", "content": text or None}
        if thinking := _clean(turn.message.get("reasoning_content", ""), context):
            message["thinking"] = thinking
        if made := turn.message.get("tool_calls"):
            message["tool_calls"] = [encoded(call) for call in made]
        return message if len(message) > 2 or text else None
    if turn.role == "tool":
        message = {"role": "tool", "tool_call_id": turn.message["tool_call_id"], "content": text}
        if statuses and turn.status != "unknown":
            message["is_error"] = turn.status != "ok"
        return message
    return {"role": turn.role, "content": text} if text else None


def encoded(call: Mapping[str, Any]) -> dict[str, Any]:
    """A call in OpenAI's form, its arguments as JSON text; text that is no JSON stays as it is."""
    function = call["function"]
    arguments = function["arguments"]
    if not isinstance(arguments, str):
        arguments = msgspec.json.encode(arguments).decode()
    return {
        "id": call["id"],
        "type": "function",
        "function": {"name": function["name"], "arguments": arguments},
    }


def _clean(text: str, context: Context) -> str:
    """Text without system reminders; only where one was removed are the ends trimmed."""
    if "<system-reminder>" not in text:
        return text
    cleaned, count = _REMINDER.subn("", text)
    context.note("system_reminders_removed", count)
    return cleaned.strip() if count else text
