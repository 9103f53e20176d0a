"""Config `codeact`: thought, action, observation; for analysis and for training in that form.

Entries are `{role, content, tool, args}` with only the keys that a role has: `user`, `thought`
(reasoning and the text before an action), `action` (`tool`, `args`), `observation`, `response`
(what the agent said without acting). Spans and failures index the row's own `trajectory`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from trajset.fit.blocks import Block, Item
from trajset.fit.counter import PER_MESSAGE
from trajset.fit.windows import Packing, Window
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
from trajset.views.windowed import limited_blocks, shortened

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
    made: list[_CodeactRow] = []
    bounds = (*trajectory.segments, len(trajectory.steps))
    for start, end in pairwise(bounds):
        made += _segment_rows(trajectory, start, end, place.copied, context)
    for ordinal, row in enumerate(made):
        items = row.items
        spans = spans_in(trajectory, items, range(len(items)))
        yield {
            **common(trajectory, place, NAME, ordinal, row.n_tokens, ordinal, len(made)),
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
    tools = {step.id: step.tool for step in steps if isinstance(step, ToolCall)}
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
            entry = {"role": "observation", "content": step.text}
            items.append(_item(entry, (at,), context, tool=tools[step.call_id]))
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


def _item(entry: dict[str, Any], steps: tuple[int, ...], context: Context, tool: str = "") -> Item:
    return Item(
        message=entry,
        steps=steps,
        weight=_weight(entry, context),
        elidable=entry["role"] == "observation",
        tool=tool,
    )


def _weight(entry: dict[str, Any], context: Context) -> int:
    if entry["role"] == "action":
        return PER_MESSAGE + context.counter.text(msgspec.json.encode(entry).decode())
    # JSON escapes make the text longer than it is; the budget is meant for JSON.
    return 2 * PER_MESSAGE + context.counter.text(msgspec.json.encode(entry["content"]).decode())


class _CodeactRow(Struct, frozen=True, gc=False, kw_only=True):
    """The entries of a row, and the tokens of their JSON."""

    items: tuple[Item, ...]
    n_tokens: int


def _segment_rows(
    trajectory: Trajectory, start: int, end: int, copied: int, context: Context
) -> list[_CodeactRow]:
    budget = context.fit.max_tokens
    blocks, _ = limited_blocks(entries_of(trajectory, start, end, context), context)
    own = [number for number, block in enumerate(blocks) if block.end > copied]
    if not own:
        return []
    head = [*takewhile(lambda item: item.message["role"] == "user", blocks[0].items)]
    blocks = (replace(blocks[0], items=blocks[0].items[len(head) :]), *blocks[1:])

    def make(fitted: Sequence[Block], window: Window) -> _CodeactRow:
        skipped = sum(len(b.items) for b in blocks if b.end <= fitted[window.start].start)
        items = [i for block in fitted[window.start : window.end] for i in block.items]
        return _row([*head, *([_marker(skipped, context)] if skipped else ()), *items], context)

    if context.fit.over != "window":
        row = make(blocks, Window(context=own[0], start=own[0], end=len(blocks)))
        if row.n_tokens <= budget:
            return [row]
        context.too_long(tokens=row.n_tokens)
        return []
    pinned = _row([*head, _marker(99_999, context)], context).n_tokens
    if pinned >= budget:
        context.head_too_long(pinned)
        return []
    packing = Packing(
        budget=budget,
        head=pinned,
        spans=[(r.start, r.end) for r in trajectory.recoveries],
        make=make,
        shorten=lambda block, room: shortened(block, room, context),
        lose=context.too_long,
    )
    return packing.pack(blocks[own[0] :])


def _row(items: Sequence[Item], context: Context) -> _CodeactRow:
    text = msgspec.json.encode([item.message for item in items]).decode()
    return _CodeactRow(items=tuple(items), n_tokens=context.counter.text(text))


def _marker(skipped: int, context: Context) -> Item:
    """Stands for entries between the head and what follows."""
    return _item({"role": "user", "content": left_out(skipped)}, (), context)


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
