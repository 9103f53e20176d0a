"""Format `anthropic`: the Messages API's form, one segment a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trajset.exports.conversation import Conversation, Turn, of_row, segments
from trajset.exports.format import FULL, Case, Coverage, Line, dropped, partly
from trajset.trajectory import Trajectory
from trajset.views.view import Context

NAME = "anthropic"
LINE = "A segment of a trajectory as `system`, `tools` and alternating messages of blocks."
NOTES: tuple[str, ...] = (
    "Reasoning is a thinking block with an empty signature, which the SDK's types want and the "
    "API refuses: to send lines there, leave it out with the recipe's `views.reasoning: strip`.",
    "All results of a response stand in the one user message after it, before any text.",
)
CONFIG = "chat"
WHOLE = False
METADATA = True

_EXTRA = partly("with --include-metadata")
COVERAGE = Coverage(
    reasoning=partly("without signatures, which logs do not keep"),
    call_ids=partly("numbered anew where they hold characters that the API refuses"),
    status=partly("`is_error`; exit codes are left out; unknown from --dataset"),
    failures=_EXTRA,
    outcome=_EXTRA,
    learn=dropped("the format has no flag for it"),
    origin=dropped("all who are not the model are `user`"),
    system_prompt=FULL,
    tools=FULL,
    model=FULL,
    usage=partly("sums, with --include-metadata"),
    times=partly("first and last, with --include-metadata"),
    project=_EXTRA,
    subagents=partly("each is a line of its own, its parent's id with --include-metadata"),
    compaction=FULL,
)

_ID = re.compile(r"[A-Za-z0-9_-]+")


def render(trajectory: Trajectory, case: Case) -> Iterator[Line]:
    """One line a segment."""
    for conversation in segments(trajectory, case):
        yield _line(conversation, case.context)


def render_row(row: Mapping[str, Any], context: Context) -> Iterator[Line]:
    """One line: a row of the config `chat`, which is one window of a trajectory."""
    yield _line(of_row(row), context)


def _line(conversation: Conversation, context: Context) -> Line:
    system = [t.message["content"] for t in conversation.turns if t.role == "system"]
    line: Line = {"model": conversation.model}
    if system:
        line["system"] = "\n\n".join(system)
    if conversation.tools:
        line["tools"] = [_tool(tool) for tool in conversation.tools]
    line["messages"] = _messages(conversation.turns, context)
    if conversation.metadata is not None:
        line["metadata"] = conversation.metadata
    return line


def _messages(turns: Sequence[Turn], context: Context) -> list[dict[str, Any]]:
    """Alternating messages: blocks of one side that follow one another are one message.

    The last response may have no results; where it has some, its other calls are left out.
    """
    ids: dict[str, str] = {}
    answered = {t.message["tool_call_id"] for t in turns if t.role == "tool"}
    messages: list[dict[str, Any]] = []
    for turn in turns:
        if turn.role == "system":
            continue
        role = "assistant" if turn.role == "assistant" else "user"
        if not messages or messages[-1]["role"] != role:
            messages.append({"role": role, "content": []})
        blocks = _blocks(turn, ids)
        made = {ids[call["id"]] for call in turn.message.get("tool_calls", ())}
        gone = made - {ids[call_id] for call_id in answered if call_id in ids}
        if gone and gone != made:
            context.note("call_without_result_left_out", len(gone))
            blocks = [block for block in blocks if block.get("id") not in gone]
        messages[-1]["content"] += blocks
    return messages


def _blocks(turn: Turn, ids: dict[str, str]) -> list[dict[str, Any]]:
    message = turn.message
    if turn.role == "tool":
        call_id = ids[message["tool_call_id"]]
        block = {"type": "tool_result", "tool_use_id": call_id, "content": message["content"]}
        return [block if turn.status == "unknown" else {**block, "is_error": turn.status != "ok"}]
    blocks: list[dict[str, Any]] = []
    if reasoning := message.get("reasoning_content"):
        blocks.append({"type": "thinking", "thinking": reasoning, "signature": ""})
    if message["content"].strip():
        blocks.append({"type": "text", "text": message["content"]})
    for call in message.get("tool_calls", ()):
        native = call["id"]
        call_id = native if _ID.fullmatch(native) else f"call_{len(ids) + 1:03d}"
        ids[native] = call_id
        function = call["function"]
        blocks.append(
            {
                "type": "tool_use",
                "id": call_id,
                "name": function["name"],
                "input": function["arguments"],
            }
        )
    return blocks


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = tool["function"]
    schema = {"type": "object", **(function.get("parameters") or {})}
    return {
        "name": function["name"],
        "description": function.get("description") or "",
        "input_schema": schema,
    }
