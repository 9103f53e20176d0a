"""The fold of steps into chat messages: items, the head that stays pinned, and blocks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from msgspec import Struct

from trajset.fit.blocks import Block, Item
from trajset.trajectory import (
    Message,
    Observation,
    Reasoning,
    Step,
    ToolCall,
    Trajectory,
    answers,
    calls,
    written_by_model,
)
from trajset.views.view import Context

NOT_IN_LOG = "[The beginning of this session is not in this log.]"


class Segment(Struct, frozen=True, gc=False, kw_only=True):
    """One segment of a trajectory as messages: rows and windows never cross its borders."""

    head: tuple[Item, ...]
    """System prompt and the first user messages; pinned in every row."""
    blocks: tuple[Block, ...]


def left_out(count: int) -> str:
    """The marker that stands for messages which a row leaves out."""
    return f"[… {count} earlier messages of this session are left out here …]"


def is_marker(text: str) -> bool:
    """Whether a text is that marker."""
    return text.startswith("[… ") and text == left_out(_number(text))


def _number(text: str) -> int:
    word = text[3:].partition(" ")[0]
    return int(word) if word.isdecimal() else 0


def segments_of(
    trajectory: Trajectory, unlearnt: Mapping[int, str | None], context: Context
) -> list[Segment]:
    """All segments of a trajectory, folded. A segment without a response is left out, counted."""
    result = []
    bounds = (*trajectory.segments, len(trajectory.steps))
    for start, end in pairwise(bounds):
        items = _fold(trajectory, start, end, unlearnt, context)
        if not any(item.message["role"] == "assistant" for item in items):
            context.note("segment_without_response")
            continue
        result.append(_blocks(trajectory, items, start, end, context))
    return result


def _fold(
    trajectory: Trajectory,
    start: int,
    end: int,
    unlearnt: Mapping[int, str | None],
    context: Context,
) -> list[Item]:
    steps = trajectory.steps
    answered = answers(steps)
    tools = {call_id: steps[i] for call_id, i in calls(steps).items()}
    items: list[Item] = []
    at = start
    while at < end:
        step = steps[at]
        if written_by_model(step):
            stop = at + 1
            while (
                stop < end
                and written_by_model(steps[stop])
                and (steps[stop].response_id == step.response_id)
            ):
                stop += 1
            last = all(isinstance(s, Observation) for s in steps[stop:end])
            item = _assistant(steps, at, stop, answered, last, unlearnt.get(at), context)
            if item is not None:
                items.append(item)
            at = stop
            continue
        if isinstance(step, Observation):
            call = tools[step.call_id]
            name = call.tool if isinstance(call, ToolCall) else ""
            message = {
                "role": "tool",
                "tool_call_id": step.call_id,
                "name": name,
                "content": step.text,
            }
            items.append(
                Item(
                    message=message,
                    steps=(at,),
                    weight=context.counter.weight(message),
                    elidable=True,
                    tool=name,
                )
            )
        elif isinstance(step, Message):
            items.append(_user(step.text, (at,), context))
        at += 1
    return items


def _user(text: str, steps: tuple[int, ...], context: Context) -> Item:
    message = {"role": "user", "content": text}
    return Item(message=message, steps=steps, weight=context.counter.weight(message))


def _assistant(
    steps: Sequence[Step],
    start: int,
    stop: int,
    answered: Mapping[str, int],
    last: bool,
    why: str | None,
    context: Context,
) -> Item | None:
    """One response as one message; None (counted) where nothing of it can stand in a row."""
    texts = [s.text for s in steps[start:stop] if isinstance(s, Message)]
    reasoning = [s.text for s in steps[start:stop] if isinstance(s, Reasoning)]
    made = [s for s in steps[start:stop] if isinstance(s, ToolCall)]
    if not last and (open_calls := [c for c in made if c.id not in answered]):
        context.note("call_without_result_left_out", len(open_calls))
        made = [c for c in made if c.id in answered]
    if not texts and not made:
        context.note("response_without_text_or_call_left_out")
        return None
    message: dict[str, Any] = {"role": "assistant", "content": "\n\n".join(texts)}
    if reasoning and context.section.reasoning != "strip":
        message["reasoning_content"] = "\n\n".join(reasoning)
    if made:
        message["tool_calls"] = [
            {
                "type": "function",
                "id": call.id,
                "function": {"name": call.tool, "arguments": call.arguments},
            }
            for call in made
        ]
    return Item(
        message=message,
        steps=tuple(range(start, stop)),
        weight=context.counter.weight(message),
        learn=why is None,
        unlearnt_why=why,
    )


def _blocks(
    trajectory: Trajectory, items: list[Item], start: int, end: int, context: Context
) -> Segment:
    """Pin the head, and cut the rest before each response (with the messages that led to it)."""
    first = next(i for i, item in enumerate(items) if item.message["role"] == "assistant")
    head = items[:first]
    if not any(item.message["role"] == "user" for item in head):
        head.insert(0, _user(NOT_IN_LOG, (), context))
    if trajectory.system_prompt:
        message = {"role": "system", "content": trajectory.system_prompt}
        head.insert(0, Item(message=message, steps=(), weight=context.counter.weight(message)))
    groups: list[list[Item]] = []
    led: list[Item] = []
    for item in items[first:]:
        if item.message["role"] == "tool":
            groups[-1].append(item)
        elif item.message["role"] == "user":
            led.append(item)
        else:
            groups.append([*led, item])
            led = []
    groups[-1] += led  # messages that nobody answered any more
    blocks = []
    at = items[first].steps[0]
    for number, group in enumerate(groups):
        stop = groups[number + 1][0].steps[0] if number + 1 < len(groups) else end
        blocks.append(Block(items=tuple(group), start=at, end=stop))
        at = stop
    return Segment(head=tuple(head), blocks=tuple(blocks))


def joined(items: Iterable[Item]) -> tuple[list[dict[str, Any]], list[int]]:
    """Messages for a row, and the index of each item's message.

    User messages that follow one another become one: chat templates want turns to alternate.
    """
    messages: list[dict[str, Any]] = []
    index: list[int] = []
    for item in items:
        if item.message["role"] == "user" and messages and messages[-1]["role"] == "user":
            content = f"{messages[-1]['content']}\n\n{item.message['content']}"
            messages[-1] = {"role": "user", "content": content}
        else:
            messages.append(item.message)
        index.append(len(messages) - 1)
    return messages, index


def response_at(segments: Iterable[Segment], step: int) -> tuple[Segment, int, int] | None:
    """(segment, block, position in the block) of the response that begins at a step, or None."""
    for segment in segments:
        number = block_at(segment, step)
        if number is not None:
            for at, item in enumerate(segment.blocks[number].items):
                if item.message["role"] == "assistant" and item.steps[0] == step:
                    return segment, number, at
    return None


def block_at(segment: Segment, step: int) -> int | None:
    """Index of the block that holds a step, or None."""
    number = bisect_right(segment.blocks, step, key=lambda block: block.start) - 1
    return number if number >= 0 and step < segment.blocks[number].end else None
