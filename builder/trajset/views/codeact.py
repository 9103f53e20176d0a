"""Config `codeact`: thought, action, observation; for analysis and for training in that form.

Entries are `{role, content, tool, args}` with only the keys that a role has: `user`, `thought`
(reasoning and the text before an action), `action` (`tool`, `args`), `observation`, `response`
(what the agent said without acting). Spans and failures index the row's own `trajectory`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from trajset.fit.blocks import Block, Item
from trajset.fit.counter import PER_MESSAGE
from trajset.fit.windows import pack
from trajset.trajectory import (
    Message,
    Observation,
    Reasoning,
    ToolCall,
    Trajectory,
    response_spans,
    written_by_model,
)
from trajset.views.chat import spans_in
from trajset.views.messages import left_out
from trajset.views.view import COMMON, ColumnType, Context, Place, Row, common
from trajset.views.windowed import fitting, unbroken

NAME = "codeact"
FEATURES: dict[str, ColumnType] = {
    **COMMON,
    "trajectory": "list<json>",
    "has_error_recovery": "bool",
    "error_recovery_spans": "list<list<int32>>",
    "failures": "list<json>",
}


def render(trajectory: Trajectory, place: Place, context: Context) -> Iterator[Row]:
    """One row a window; abandoned branches and failed trajectories are here as well."""
    made: list[tuple[list[Item], int]] = []
    bounds = (*trajectory.segments, len(trajectory.steps))
    for start, end in pairwise(bounds):
        made += _segment_rows(trajectory, start, end, place.copied, context)
    for ordinal, (items, n_tokens) in enumerate(made):
        spans = spans_in(trajectory, items, range(len(items)))
        yield {
            **common(trajectory, place, NAME, ordinal, n_tokens, ordinal, len(made)),
            "trajectory": [item.message for item in items],
            "has_error_recovery": bool(spans),
            "error_recovery_spans": spans,
            "failures": _failures(trajectory, items),
        }


def entries_of(trajectory: Trajectory, start: int, end: int, context: Context) -> list[Block]:
    """The steps of a segment as blocks of entries: a response with its observations, and the
    messages of others that led to it. Empty where nobody answered.
    """
    steps = trajectory.steps
    responses = {first: last for first, last in response_spans(steps) if start <= first < end}
    if not responses:
        context.note("segment_without_response")
        return []
    blocks: list[Block] = []
    items: list[Item] = []
    answered = False
    opened = at = start
    while at < end:
        step = steps[at]
        message = isinstance(step, Message) and not written_by_model(step)
        if answered and (message or at in responses):
            blocks.append(Block(items=tuple(items), start=opened, end=at))
            items, opened, answered = [], at, False
        if at in responses:
            items += _response(trajectory, at, responses[at], context)
            answered = True
            at = responses[at]
            continue
        if isinstance(step, Observation):
            items.append(_item({"role": "observation", "content": step.text}, (at,), context, True))
        elif isinstance(step, Message):
            items.append(_item({"role": "user", "content": step.text}, (at,), context))
        at += 1
    if answered or not blocks:
        blocks.append(Block(items=tuple(items), start=opened, end=end))
    else:  # messages that nobody answered any more
        last = blocks.pop()
        blocks.append(Block(items=(*last.items, *items), start=last.start, end=end))
    return blocks


def _response(trajectory: Trajectory, start: int, stop: int, context: Context) -> list[Item]:
    """Entries of one response: a thought before its actions, or what it answered."""
    reasoning: list[str] = []
    texts: list[str] = []
    spoken: list[int] = []
    actions: list[Item] = []
    for at in range(start, stop):
        step = trajectory.steps[at]
        if isinstance(step, ToolCall):
            args: Any = step.arguments if step.raw_arguments is None else step.raw_arguments
            entry = {"role": "action", "tool": step.tool, "args": args}
            actions.append(_item(entry, (at,), context))
        elif isinstance(step, Reasoning):
            reasoning.append(step.text)
            spoken.append(at)
        elif isinstance(step, Message):
            texts.append(step.text)
            spoken.append(at)
    if context.section.reasoning == "strip":
        reasoning = []
    entries: list[Item] = []
    thought = "\n\n".join([*reasoning, *texts] if actions else reasoning)
    if thought:
        entries.append(_item({"role": "thought", "content": thought}, tuple(spoken), context))
    if texts and not actions:
        said = {"role": "response", "content": "\n\n".join(texts)}
        entries.append(_item(said, () if thought else tuple(spoken), context))
    return entries + actions


def _item(
    entry: dict[str, Any], steps: tuple[int, ...], context: Context, elidable: bool = False
) -> Item:
    return Item(message=entry, steps=steps, weight=_weight(entry, context), elidable=elidable)


def _weight(entry: dict[str, Any], context: Context) -> int:
    if entry["role"] == "action":
        return PER_MESSAGE + context.counter.text(msgspec.json.encode(entry).decode())
    # JSON escapes make the text longer than it is; the budget is meant for JSON.
    return 2 * PER_MESSAGE + context.counter.text(msgspec.json.encode(entry["content"]).decode())


def _segment_rows(
    trajectory: Trajectory, start: int, end: int, copied: int, context: Context
) -> list[tuple[list[Item], int]]:
    budget = context.fit.max_tokens
    blocks = entries_of(trajectory, start, end, context)
    head: list[Item] = []
    for item in blocks[0].items if blocks else ():
        if item.message["role"] != "user":
            break
        head.append(item)
    own = [block for block in blocks if block.end > copied]
    if not own:
        return []
    marker = _item({"role": "user", "content": left_out(99_999)}, (), context)
    slack = sum(item.weight for item in head) + marker.weight + PER_MESSAGE
    if budget - slack <= 0:
        context.drop("head_over_budget")
        return []
    room = budget - slack
    if context.fit.over == "drop" and sum(b.weight for b in own) > budget:
        context.drop("over_budget")
        return []
    spans = [(r.start, r.end) for r in trajectory.recoveries]
    for _ in range(12):
        fitted, elided = fitting(own, room, context)
        rows = [
            _row_items(head, blocks, run[w.start : w.end], context)
            for run in unbroken(fitted)
            for w in pack(run, room, spans)
        ]
        counted = [
            (items, context.counter.text(msgspec.json.encode([i.message for i in items]).decode()))
            for items in rows
        ]
        over = max((n for _, n in counted), default=0) - budget
        if over <= 0:
            if elided:
                context.note("response_with_elided_observations", elided)
            if lost := sum(block is None for block in fitted):
                context.drop("over_budget", lost)
            return counted
        room -= over + 16
        if room <= 0:
            break
    context.drop("over_budget")
    return []


def _row_items(
    head: Sequence[Item], blocks: Sequence[Block], own: Sequence[Block], context: Context
) -> list[Item]:
    """Head, a marker where entries lie between, and the window's own entries."""
    items = [item for block in own for item in block.items]
    if own[0].start == blocks[0].start:
        return items
    skipped = sum(len(b.items) for b in blocks if b.end <= own[0].start) - len(head)
    between = (
        [_item({"role": "user", "content": left_out(skipped)}, (), context)] if skipped else []
    )
    return [*head, *between, *items]


def _failures(trajectory: Trajectory, items: Sequence[Item]) -> list[dict[str, Any]]:
    """The failures whose observation is in the row, with indices into its `trajectory`."""
    at = {step: i for i, item in enumerate(items) for step in item.steps}
    recovered = {r.call_id: r.end for r in trajectory.recoveries}
    return [
        {
            "index": at[f.step],
            "category": f.category,
            "kind": f.kind,
            "status_source": f.status_source,
            "recovered": f.recovered_by is not None,
            "recovered_at": at.get(recovered.get(f.recovered_by or "", -1)),
            "why": f.why,
        }
        for f in trajectory.failures
        if f.step in at
    ]
