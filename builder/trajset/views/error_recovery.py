"""Config `error_recovery`: learning to repair, one row per model response of a repair.

The completion is exactly one assistant message with all its parallel calls; everything earlier,
failed attempts included, is the prompt, so that no trainer can train on tool output or on them.
`span` indexes prompt + completion: the first failing result that the prompt still holds, and the
completion.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from trajset.fit.blocks import Block, Item
from trajset.fit.counter import RenderError
from trajset.fit.elide import elide_block
from trajset.trajectory import (
    Message,
    Recovery,
    ToolCall,
    Trajectory,
    calls,
    response_spans,
)
from trajset.views.conversation import conversation
from trajset.views.messages import Segment, block_at, response_at
from trajset.views.view import COMMON, ColumnType, Context, Place, Row, common
from trajset.views.windowed import limited, limited_blocks, shorten_prompt

NAME = "error_recovery"
FEATURES: dict[str, ColumnType] = {
    **COMMON,
    "prompt": "list<json>",
    "completion": "list<json>",
    "tools": "list<json>",
    "tools_source": "string",
    "recovery_id": "string",
    "step_in_recovery": "int32",
    "n_steps": "int32",
    "category": "string",
    "failed_tool": "string",
    "n_retries": "int32",
    "distance": "int32",
    "span": "list<int32>",
    "status_source": "string",
    "confidence": "float64",
    "why": "string",
    "user_helped": "bool",
}


def render(trajectory: Trajectory, place: Place, context: Context) -> Iterator[Row]:
    """The rows of all recoveries of a trajectory that have steps of their own."""
    if trajectory.branch:
        context.drop("abandoned_branch", len(trajectory.recoveries))
        return
    if not trajectory.recoveries:
        return
    talk = conversation(trajectory, place, context)
    outline = _Outline(trajectory, talk.segments)
    written: set[int] = set()
    # The innermost (latest) recovery first: its failure is the nearest to the response.
    order = sorted(enumerate(trajectory.recoveries), key=lambda pair: -pair[1].start)
    rows: list[tuple[int, int, Row]] = []
    for number, recovery in order:
        targets = _targets(trajectory, recovery, outline, context)
        for position, target in enumerate(targets):
            if target in written:
                context.drop("in_another_recovery")
                continue
            if (reason := talk.why[target]) is not None:
                context.drop(reason)
                continue
            row = _row(trajectory, recovery, target, outline, talk.tools, context)
            if row is not None:
                written.add(target)
                row |= {
                    "recovery_id": f"{place.id}-r{number}",
                    "step_in_recovery": position,
                    "n_steps": len(targets),
                }
                rows.append((number, position, row))
    for ordinal, (_, _, row) in enumerate(sorted(rows, key=lambda entry: entry[:2])):
        whole = {
            **common(trajectory, place, NAME, ordinal, row.pop("n_tokens")),
            **row,
            "tools": talk.tools,
            "tools_source": talk.tools_source,
        }
        yield {name: whole[name] for name in FEATURES}


class _Outline:
    """What all rows of a trajectory look up."""

    def __init__(self, trajectory: Trajectory, segments: Sequence[Segment]) -> None:
        self.segments = segments
        self.responses = list(response_spans(trajectory.steps))
        self.starts = [start for start, _ in self.responses]
        self.calls = calls(trajectory.steps)


def _targets(
    trajectory: Trajectory, recovery: Recovery, outline: _Outline, context: Context
) -> list[int]:
    """First steps of the responses that repair, in order; empty (counted) where none qualifies."""
    steps = trajectory.steps
    failing = [trajectory.failures[i].step for i in recovery.failures]
    recovering = outline.calls[recovery.call_id]
    since = min(failing) if context.section.repair == "all" else max(failing)
    human = [
        i
        for i in range(since, recovering)
        if isinstance(step := steps[i], Message) and step.origin == "human"
    ]
    if recovery.user_helped or human:
        if not context.section.user_helped:
            context.drop("user_helped")
            return []
        since = max([since, *human])
    if any(since < start <= recovering for start in trajectory.segments):
        context.drop("crosses_compaction")
        return []
    failed = {trajectory.failures[i].call_id for i in recovery.failures}
    targets = []
    first = bisect_right(outline.starts, since)
    for start, end in outline.responses[first : bisect_right(outline.starts, recovering)]:
        if not any(isinstance(s, ToolCall) and s.id in failed for s in steps[start:end]):
            targets.append(start)
    if not targets:
        context.drop("no_response_after_the_failure")
    return targets


def _row(
    trajectory: Trajectory,
    recovery: Recovery,
    target: int,
    outline: _Outline,
    tools: list[dict[str, Any]],
    context: Context,
) -> dict[str, Any] | None:
    """The row's own columns for one target response; None (counted) where there is no such row."""
    found = response_at(outline.segments, target)
    if found is None:
        context.drop("response_left_out")
        return None
    segment, number, at = found
    item = segment.blocks[number].items[at]
    failures = [trajectory.failures[i] for i in recovery.failures]
    last_failing = max(f.step for f in failures if f.step < target)
    holding = block_at(segment, last_failing)
    if holding is None:
        context.drop("crosses_compaction")
        return None
    lead = segment.blocks[number].items[:at]
    if not lead and holding == number:
        context.drop("prompt_ends_in_assistant")
        return None
    try:
        fitted = _fit(segment, holding, number, lead, item, last_failing, tools, context)
    except RenderError:
        context.drop("template_refuses")
        return None
    if fitted is None:
        context.too_long()
        return None
    prompt, index, items, n_tokens = fitted
    if prompt[-1]["role"] == "assistant":
        context.drop("prompt_ends_in_assistant")
        return None
    where = _indices(items, index)
    failing = [where[f.step] for f in failures if f.step in where]
    call = trajectory.steps[outline.calls[failures[0].call_id or ""]]
    return {
        "n_tokens": n_tokens,
        "prompt": prompt,
        "completion": [item.message],
        "category": failures[0].category,
        "failed_tool": call.tool if isinstance(call, ToolCall) else None,
        "n_retries": len(failures) - 1,
        "distance": bisect_right(outline.starts, recovery.end)
        - bisect_right(outline.starts, recovery.start),
        "span": [min(failing), len(prompt)],
        "status_source": failures[0].status_source,
        "confidence": min([recovery.confidence, *(f.confidence for f in failures)]),
        "why": recovery.why,
        "user_helped": recovery.user_helped,
    }


def _fit(
    segment: Segment,
    holding: int,
    number: int,
    lead: Sequence[Item],
    item: Item,
    failing: int,
    tools: list[dict[str, Any]],
    context: Context,
) -> tuple[list[dict[str, Any]], list[int], tuple[Item, ...], int] | None:
    """A shortened prompt in which the failing call and its result are whole.

    What lies between them and the target is kept as well; if that is too long, other observations
    in it are elided.
    """
    between: Sequence[Block] = segment.blocks[holding:number]
    cut = limited(replace(segment, blocks=segment.blocks[:holding]), context)
    whole, elided = limited_blocks(between, context, spare=(failing,))
    fixed = sum(i.weight for i in (*segment.head, *lead, item))
    last = len(context.fit.elide_to) if context.fit.over == "window" else 0
    for attempt in range(last + 1):
        short = whole
        if attempt:
            limit = context.fit.elide_to[attempt - 1]
            made = [elide_block(b, limit, context.counter, spare=(failing,)) for b in whole]
            short, elided = tuple(b for b, _ in made), sum(n for _, n in made)
            if not elided:
                continue
        if attempt < last and fixed + sum(b.weight for b in short) > context.fit.max_tokens:
            continue  # surely too long: the last limit is tried in any case
        kept = [i for block in short for i in block.items]
        fitted = shorten_prompt(cut.head, cut.blocks, [*kept, *lead], [[item]], tools, context)
        if fitted is not None:
            if attempt:
                context.note("observation_elided", elided)
            return fitted
    return None


def _indices(items: Sequence[Item], index: Sequence[int]) -> Mapping[int, int]:
    """Step -> index of its message in the row."""
    return {step: at for item, at in zip(items, index, strict=True) for step in item.steps}
