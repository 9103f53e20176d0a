"""Config `preference`: two answers to one prompt, for `DPOTrainer` and `KTOTrainer`.

Both sides are exactly one assistant message. `rewind` pairs are two real answers to one state. In
`failure_fix` and `rejection` pairs the chosen answer came later: both sides are the bare call, and
`information_gap` says what the chosen one knew more, decided by comparing its literals with the
prompt; only `none` is written unless the recipe says otherwise. All others are counted by reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from trajset.fit.blocks import Item
from trajset.trajectory import (
    MODEL_AT_FAULT,
    Failure,
    Observation,
    Trajectory,
    calls,
)
from trajset.views.conversation import conversation
from trajset.views.gap import information_gap
from trajset.views.messages import Segment
from trajset.views.pairs import pair
from trajset.views.rewinds import rewinds
from trajset.views.view import COMMON, ColumnType, Context, Place, Row, common

NAME = "preference"
FEATURES: dict[str, ColumnType] = {
    **COMMON,
    "prompt": "list<json>",
    "chosen": "list<json>",
    "rejected": "list<json>",
    "tools": "list<json>",
    "tools_source": "string",
    "origin": "string",
    "information_gap": "string",
    "category": "string",
    "why": "string",
}
Side = dict[str, Any]

_NOT_A_WRONG_ANSWER = frozenset({"not_read_before_write", "changed_since_read"})
"""Failures of the moment: the very same call was right a step later."""


def render(trajectory: Trajectory, place: Place, context: Context) -> Iterator[Row]:
    """Pairs from this trajectory's failures and rejections, and from its abandoned branches."""
    if trajectory.branch:
        return
    talk = conversation(trajectory, place, context)
    segments, why, tools = talk.segments, talk.why, talk.tools
    ordinal = 0
    for row in (
        *_fixes(trajectory, segments, why, tools, context),
        *rewinds(trajectory, segments, why, tools, context),
    ):
        if normal(row["chosen"][0]) == normal(row["rejected"][0]):
            context.drop("equal_sides")
            continue
        row = {
            **common(trajectory, place, NAME, ordinal, row.pop("n_tokens")),
            **row,
            "tools": tools,
            "tools_source": talk.tools_source,
        }
        ordinal += 1
        yield {name: row[name] for name in FEATURES}


def _fixes(
    trajectory: Trajectory,
    segments: Sequence[Segment],
    why: Mapping[int, str | None],
    tools: list[dict[str, Any]],
    context: Context,
) -> Iterator[dict[str, Any]]:
    """Pairs of a failed or rejected call and the call that later did what it was after."""
    where = {
        item.steps[0]: (segment, number, at)
        for segment in segments
        for number, block in enumerate(segment.blocks)
        for at, item in enumerate(block.items)
        if item.message["role"] == "assistant"
    }
    of_step = {
        step: first for first, (s, n, a) in where.items() for step in s.blocks[n].items[a].steps
    }
    at_call = calls(trajectory.steps)
    used: set[int] = set()
    for failure in trajectory.failures:
        origin = _origin(trajectory, failure)
        if origin is None:
            continue
        if failure.kind in _NOT_A_WRONG_ANSWER:
            context.drop("failure_of_the_moment")
            continue
        if failure.recovered_by is None or failure.call_id is None:
            context.drop(f"{origin}_not_recovered")
            continue
        failed = of_step.get(at_call[failure.call_id])
        fixed = of_step.get(at_call[failure.recovered_by])
        if failed is None or fixed is None or fixed <= failed:
            context.drop("response_left_out")
            continue
        segment, number, at = where[failed]
        later, later_number, later_at = where[fixed]
        rejected, chosen = (
            segment.blocks[number].items[at],
            later.blocks[later_number].items[later_at],
        )
        reason = _unfit(rejected, chosen, segment is later, why[fixed])
        if reason is not None:
            context.drop(reason)
            continue
        if fixed in used:
            context.drop("chosen_in_another_pair")
            continue
        sides = _bare(chosen), _bare(rejected)
        row = pair(segment, number, at, *sides, tools, context)
        if row is None:
            continue
        gap = information_gap(
            row["prompt"],
            rejected.message,
            chosen.message,
            trajectory.steps[failure.step],
            trajectory.steps[rejected.steps[-1] + 1 : chosen.steps[0]],
        )
        if gap not in context.section.gaps:
            context.drop(f"{origin}_gap_{gap}")
            continue
        used.add(fixed)
        yield row | {
            "origin": origin,
            "information_gap": gap,
            "category": failure.category,
            "why": failure.why,
        }


def _origin(trajectory: Trajectory, failure: Failure) -> Literal["failure_fix", "rejection"] | None:
    """What kind of pair a failure could give; None for those that are nobody's wrong answer."""
    if failure.category in MODEL_AT_FAULT:
        return "failure_fix"
    step = trajectory.steps[failure.step]
    rejected = isinstance(step, Observation) and step.status == "rejected"
    return "rejection" if rejected else None


def _unfit(rejected: Item, chosen: Item, same_segment: bool, why: str | None) -> str | None:
    """Why a failed and a fixing response are no pair, or None."""
    if not same_segment:
        return "crosses_compaction"
    if len(rejected.message.get("tool_calls", ())) != 1 or len(chosen.message["tool_calls"]) != 1:
        return "parallel_calls"
    return f"chosen_{why}" if why is not None else None


def _bare(item: Item) -> Item:
    """An answer's call alone. What the chosen one says was said after the failure, and if only the
    rejected one kept its words, training would prefer silence.
    """
    message = {k: v for k, v in item.message.items() if k != "reasoning_content"} | {"content": ""}
    return msgspec.structs.replace(item, message=message)


def normal(message: Side) -> bytes:
    """What an answer comes to, so that answers which do the same are equal: its calls, else its
    text.
    """
    made = [call["function"] for call in message.get("tool_calls", ())]
    text = "" if made else " ".join(message["content"].split())
    return msgspec.json.encode([text, made], order="sorted")
