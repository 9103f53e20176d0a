"""Pairs from rewinds: the answer that was kept and the one that was thrown away, to one state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trajset.trajectory import (
    Step,
    ToolCall,
    Trajectory,
    answers,
    response_spans,
    written_by_model,
)
from trajset.views.messages import Segment, response_at, segments_of
from trajset.views.pairs import pair
from trajset.views.view import Context


def rewinds(
    trajectory: Trajectory,
    segments: Sequence[Segment],
    why: Mapping[int, str | None],
    tools: list[dict[str, Any]],
    context: Context,
) -> Iterator[dict[str, Any]]:
    """One pair for each abandoned branch that leaves the kept path with another answer."""
    seen: set[tuple[int, str | None]] = set()
    for branch in context.branches:
        kept_at = _divergence(trajectory.steps, branch.steps)
        kept, lost = _response_at(trajectory, kept_at), _response_at(branch, kept_at)
        if kept is None or lost is None:
            context.drop("rewind_changed_the_prompt")
            continue
        reason = _unfit(branch, lost)
        if reason is not None:
            context.drop(reason)
            continue
        if (kept, branch.steps[lost].key) in seen:
            context.drop("rewind_to_the_same_answer")
            continue
        seen.add((kept, branch.steps[lost].key))
        if why.get(kept) is not None:
            context.drop(f"chosen_{why[kept]}")
            continue
        found = response_at(segments, kept)
        other = response_at(segments_of(branch, {}, context), lost)
        if found is None or other is None:
            context.drop("response_left_out")
            continue
        segment, number, at = found
        chosen = segment.blocks[number].items[at]
        rejected = other[0].blocks[other[1]].items[other[2]]
        row = pair(segment, number, at, chosen, rejected, tools, context)
        if row is not None:
            yield row | {
                "origin": "rewind",
                "information_gap": "none",
                "category": None,
                "why": "The session was rewound: this answer was thrown away, another one kept.",
            }


def _unfit(branch: Trajectory, start: int) -> str | None:
    """Why a thrown-away response is no answer of the model's own, or None."""
    end = next(end for first, end in response_spans(branch.steps) if first == start)
    written = branch.steps[start:end]
    if not all(step.learn for step in written):
        return "rejected_marked_by_source"
    answered = answers(branch.steps)
    if any(isinstance(s, ToolCall) and s.id not in answered for s in written):
        return "rejected_unanswered_call"
    return None


def _divergence(kept: Sequence[Step], lost: Sequence[Step]) -> int:
    """Index of the first step that the two paths do not share (by native key)."""
    at = 0
    while (
        at < min(len(kept), len(lost))
        and kept[at].key is not None
        and (kept[at].key == lost[at].key)
    ):
        at += 1
    return at


def _response_at(trajectory: Trajectory, at: int) -> int | None:
    """The first step of the response that begins at a step; None if something else stands there."""
    if at >= len(trajectory.steps) or not written_by_model(trajectory.steps[at]):
        return None
    return next((start for start, _ in response_spans(trajectory.steps) if start == at), None)
