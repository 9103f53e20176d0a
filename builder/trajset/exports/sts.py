"""Format `sts`: STS-Format, the Hub's viewer for session traces; a header and its messages.

https://huggingface.co/docs/hub/session-traces-format
"""

from __future__ import annotations

from collections.abc import Iterator

from trajset.exports.conversation import Turn, whole
from trajset.exports.format import FULL, Case, Coverage, Line, dropped, partly
from trajset.exports.openai import encoded
from trajset.exports.uncounted import Uncounted
from trajset.fit.section import Fit
from trajset.trajectory import Trajectory
from trajset.views.section import Views
from trajset.views.view import Context, Place

NAME = "sts"
LINE = "A header (`type: session`) for each trajectory, then a line a message."
NOTES: tuple[str, ...] = (
    "Several trajectories follow one another in a file; the Hub's viewer wants one a file.",
    'Read it with `load_dataset("json", data_files=…, parse_agent_traces=False)`: without that '
    "`datasets` takes it for another harness's trace.",
)
METADATA = False

COVERAGE = Coverage(
    reasoning=FULL,
    call_ids=FULL,
    status=dropped("the format has no error flag"),
    failures=dropped("the format has no place for them"),
    outcome=dropped("the format has no place for it"),
    learn=dropped("the format has no flag for it"),
    origin=dropped("all who are not the model are `user` or `system`"),
    system_prompt=FULL,
    tools=dropped("the format has no place for them"),
    model=FULL,
    usage=dropped("the format has no place for it"),
    times=FULL,
    project=dropped("the format has no place for it"),
    subagents=partly("each is a session of its own, without a link"),
    compaction=partly("the summary stands as a user message"),
)


def render(trajectory: Trajectory, case: Case) -> Iterator[Line]:
    """The header and the messages of one trajectory."""
    header: Line = {
        "type": "session",
        "harness": trajectory.harness,
        "id": trajectory.session_id,
    }
    if trajectory.title:
        header["name"] = trajectory.title
    yield header
    for turn in whole(trajectory, case).turns:
        yield {"type": "message", "message": _message(turn)}


def lines(trajectory: Trajectory) -> Iterator[Line]:
    """The lines of one trajectory alone, outside of an export."""
    context = Context(section=Views(), fit=Fit(), counter=Uncounted())
    return render(trajectory, Case(place=Place(id=trajectory.id), context=context))


def _message(turn: Turn) -> dict[str, object]:
    message: dict[str, object] = {"role": turn.role, "content": turn.message["content"]}
    if reasoning := turn.message.get("reasoning_content"):
        message["reasoningContent"] = reasoning
    if made := turn.message.get("tool_calls"):
        calls = [encoded(call) for call in made]
        message["toolCalls"] = [{"id": c["id"], "function": c["function"]} for c in calls]
    if turn.role == "tool":
        message["toolCallId"] = turn.message["tool_call_id"]
    if turn.timestamp is not None:
        message["timestamp"] = turn.timestamp
    if turn.role == "assistant" and turn.model:
        message["model"] = turn.model
    return message
