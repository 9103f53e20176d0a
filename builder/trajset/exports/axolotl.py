"""Format `axolotl`: `type: chat_template` with a training flag on each message.

Arguments and `tools` are JSON text: Axolotl parses both, and `datasets` would else give every row
the keys of all others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from trajset.exports.conversation import Conversation, Turn, joined, of_row, segments, until_learnt
from trajset.exports.format import FULL, Case, Coverage, Line, dropped, partly
from trajset.exports.openai import encoded
from trajset.trajectory import Trajectory
from trajset.views.view import Context

NAME = "axolotl"
LINE = "A segment of a trajectory as messages with `training`, and its tools as JSON text."
NOTES: tuple[str, ...] = (
    "datasets: [{path: FILE, ds_type: json, type: chat_template, "
    "message_field_training: training}]",
    "`training` decides alone: roles_to_train is not asked where it stands.",
    "Axolotl's DPO strategy drops calls and tools: no preference lines here.",
)
CONFIG = "chat"
WHOLE = False
METADATA = True

_EXTRA = partly("with --include-metadata")
COVERAGE = Coverage(
    reasoning=FULL,
    call_ids=FULL,
    status=dropped("the format has no field for it"),
    failures=partly("failed calls are not trained; categories with --include-metadata"),
    outcome=partly("failed trajectories are left out, unless the recipe wants them"),
    learn=FULL,
    origin=dropped("all who are not the model are `user`"),
    system_prompt=FULL,
    tools=FULL,
    model=_EXTRA,
    usage=partly("sums, with --include-metadata"),
    times=partly("first and last, with --include-metadata"),
    project=_EXTRA,
    subagents=partly("each is a line of its own, its parent's id with --include-metadata"),
    compaction=FULL,
)


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
    line: Line = {
        "messages": [_message(turn) for turn in joined(turns)],
        "tools": msgspec.json.encode(conversation.tools).decode(),
    }
    if conversation.metadata is not None:
        line["metadata"] = msgspec.json.encode(conversation.metadata).decode()
    yield line


def _message(turn: Turn) -> dict[str, Any]:
    message = {**turn.message, "training": turn.learn}
    if made := message.get("tool_calls"):
        message["tool_calls"] = [encoded(call) for call in made]
    return message
