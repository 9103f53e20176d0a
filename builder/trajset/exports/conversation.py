"""A conversation on its way into a chat format: turns in our own message form.

Messages are dicts as in the config `chat`: `content` is text, `reasoning_content` and `tool_calls`
with arguments as dicts. Formats turn them into what their consumers want.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from trajset.exports.format import Case
from trajset.exports.metadata import iso, metadata_of
from trajset.fit.blocks import Item
from trajset.trajectory import (
    Message,
    Observation,
    Reasoning,
    Status,
    Step,
    ToolCall,
    Trajectory,
    response_spans,
)
from trajset.views.loss import kept_from_training, unlearnt
from trajset.views.messages import Segment, segments_of
from trajset.views.toolbox import toolbox
from trajset.views.view import Context

ChatMessage = dict[str, Any]


class Turn(Struct, frozen=True, gc=False, kw_only=True):
    """One message, and what a chat format may say about it."""

    message: ChatMessage
    learn: bool = False
    """On assistant messages: whether it may be a target."""
    status: Status = "unknown"
    """On tool messages."""
    timestamp: int | None = None
    model: str | None = None

    @property
    def role(self) -> str:
        """Who speaks: system, user, assistant or tool."""
        return str(self.message["role"])


class Conversation(Struct, frozen=True, gc=False, kw_only=True):
    """Turns that one model saw, and what is known about them."""

    id: str
    """Of the row that it would be in a dataset."""
    session_id: str
    harness: str
    model: str | None
    started_at: str | None
    """ISO 8601, UTC."""
    turns: tuple[Turn, ...]
    tools: list[dict[str, Any]]
    metadata: dict[str, Any] | None = None


def whole(trajectory: Trajectory, case: Case) -> Conversation:
    """A trajectory as it stands in the log, one message a response; nothing is left out or added.

    Summaries that begin a segment are user messages like others.
    """
    steps = trajectory.steps
    ends = dict(response_spans(steps))
    turns: list[Turn] = []
    if trajectory.system_prompt:
        turns.append(Turn(message={"role": "system", "content": trajectory.system_prompt}))
    tools: dict[str, str] = {}
    at = 0
    while at < len(steps):
        step = steps[at]
        if at in ends:
            written = steps[at : ends[at]]
            tools |= {s.id: s.tool for s in written if isinstance(s, ToolCall)}
            turns.append(_response(trajectory, written, case))
            at = ends[at]
            continue
        if isinstance(step, Observation):
            message = {
                "role": "tool",
                "tool_call_id": step.call_id,
                "name": tools[step.call_id],
                "content": step.text,
            }
            turns.append(Turn(message=message, status=step.status, timestamp=step.timestamp))
        elif isinstance(step, Message):
            message = {"role": step.role, "content": step.text}
            turns.append(Turn(message=message, timestamp=step.timestamp))
        at += 1
    return Conversation(
        id=case.place.id,
        session_id=trajectory.session_id,
        harness=trajectory.harness,
        model=trajectory.model,
        started_at=iso(trajectory.started_at),
        turns=tuple(turns),
        tools=list(trajectory.tools),
        metadata=metadata_of(trajectory, case) if case.metadata else None,
    )


def _response(trajectory: Trajectory, written: Sequence[Step], case: Case) -> Turn:
    reasoning = [s.text for s in written if isinstance(s, Reasoning)]
    made = [s for s in written if isinstance(s, ToolCall)]
    texts = [s.text for s in written if isinstance(s, Message)]
    message: ChatMessage = {"role": "assistant", "content": "\n\n".join(texts)}
    if reasoning and case.context.section.reasoning != "strip":
        message["reasoning_content"] = "\n\n".join(reasoning)
    if made:
        message["tool_calls"] = [_call(call) for call in made]
    known = trajectory.responses.get(written[0].response_id or "")
    return Turn(
        message=message,
        timestamp=written[0].timestamp,
        model=(known.model if known is not None else None) or trajectory.model,
    )


def _call(call: ToolCall) -> dict[str, Any]:
    """A call; arguments that could not be parsed stay the text that they are."""
    arguments: Any = call.arguments if call.raw_arguments is None else call.raw_arguments
    function = {"name": call.tool, "arguments": arguments}
    return {"type": "function", "id": call.id, "function": function}


def segments(trajectory: Trajectory, case: Case) -> Iterator[Conversation]:
    """What may be trained on, one conversation a segment, as in the config `chat` but not fitted.

    Abandoned branches, failed trajectories (unless the recipe wants them) and segments that are
    copied from another session give none, and are counted.
    """
    context = case.context
    if (reason := kept_from_training(trajectory, context.section)) is not None:
        context.drop(reason)
        return
    why = unlearnt(trajectory, case.place.copied, context.section)
    tools, _ = toolbox(trajectory, context.catalog)
    for number, segment in enumerate(segments_of(trajectory, why, context)):
        if segment.blocks[-1].end <= case.place.copied:
            context.drop("copied_segment")
            continue
        yield Conversation(
            id=f"{case.place.id}-{number}",
            session_id=trajectory.session_id,
            harness=trajectory.harness,
            model=trajectory.model,
            started_at=iso(trajectory.started_at),
            turns=tuple(_turn(trajectory, item) for item in _items(segment)),
            tools=tools,
            metadata=metadata_of(trajectory, case) if case.metadata else None,
        )


def _items(segment: Segment) -> Iterator[Item]:
    yield from segment.head
    for block in segment.blocks:
        yield from block.items


def _turn(trajectory: Trajectory, item: Item) -> Turn:
    step = trajectory.steps[item.steps[0]] if item.steps else None
    return Turn(
        message=item.message,
        learn=item.learn,
        status=step.status if isinstance(step, Observation) else "unknown",
        timestamp=step.timestamp if step is not None else None,
    )


def of_row(row: Mapping[str, Any]) -> Conversation:
    """A row of the config `chat`, whose JSON columns are decoded."""
    turns = []
    for stored in row["messages"]:
        message = {name: value for name, value in stored.items() if name != "train"}
        turns.append(Turn(message=message, learn=stored.get("train", False)))
    started = row["started_at"]
    return Conversation(
        id=row["id"],
        session_id=row["session_id"],
        harness=row["harness"],
        model=row["model"],
        started_at=iso(None if started is None else round(started.timestamp() * 1000)),
        turns=tuple(turns),
        tools=row["tools"],
    )


def until_learnt(conversation: Conversation, context: Context) -> list[Turn]:
    """The turns up to the last that may be learnt: nothing after it teaches anything.

    Empty (and counted) where nothing may be learnt.
    """
    turns = list(conversation.turns)
    while turns and not turns[-1].learn:
        turns.pop()
    if not turns:
        context.drop("nothing_to_learn")
    elif len(turns) < len(conversation.turns):
        context.note("messages_after_the_last_learnt", len(conversation.turns) - len(turns))
    return turns


def joined(turns: Sequence[Turn]) -> list[Turn]:
    """Turns in which user messages that follow one another are one."""
    result: list[Turn] = []
    for turn in turns:
        if turn.role == "user" and result and result[-1].role == "user":
            content = f"{result[-1].message['content']}\n\n{turn.message['content']}"
            result[-1] = Turn(message={"role": "user", "content": content})
        else:
            result.append(turn)
    return result
