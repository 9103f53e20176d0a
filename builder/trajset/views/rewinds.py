"""Pairs from rewinds: the answer that was kept and the one that was thrown away, to one state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trajset.fit.counter import RenderError
from trajset.trajectory import Step, Trajectory, response_spans, written_by_model
from trajset.views.messages import Segment, segments_of
from trajset.views.view import Context
from trajset.views.windowed import shorten_prompt


def rewinds(
    trajectory: Trajectory,
    segments: Sequence[Segment],
    why: Mapping[int, str | None],
    tools: list[dict[str, Any]],
    context: Context,
) -> Iterator[dict[str, Any]]:
    """One pair for each abandoned branch that leaves the kept path with another answer."""
    for branch in context.branches:
        kept_at = _divergence(trajectory.steps, branch.steps)
        kept, lost = _response_at(trajectory, kept_at), _response_at(branch, kept_at)
        if kept is None or lost is None:
            context.drop("rewind_changed_the_prompt")
            continue
        if why.get(kept) is not None:
            context.drop(f"chosen_{why[kept]}")
            continue
        found = _place(segments, kept)
        other = _place(segments_of(branch, {}, context), lost)
        if found is None or other is None:
            context.drop("response_left_out")
            continue
        segment, number, at = found
        chosen = segment.blocks[number].items[at]
        rejected = other[0].blocks[other[1]].items[other[2]]
        lead = segment.blocks[number].items[:at]
        try:
            fitted = shorten_prompt(
                segment.head, segment.blocks[:number], lead, [[chosen], [rejected]], tools, context
            )
        except RenderError:
            context.drop("template_refuses")
            continue
        if fitted is None or fitted[0][-1]["role"] == "assistant":
            context.drop("over_budget" if fitted is None else "prompt_ends_in_assistant")
            continue
        yield {
            "n_tokens": fitted[3],
            "prompt": fitted[0],
            "chosen": [chosen.message],
            "rejected": [rejected.message],
            "origin": "rewind",
            "information_gap": "none",
            "category": None,
            "why": "The session was rewound: this answer was thrown away and another one kept.",
        }


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


def _place(segments: Sequence[Segment], start: int) -> tuple[Segment, int, int] | None:
    for segment in segments:
        for number, block in enumerate(segment.blocks):
            for at, item in enumerate(block.items):
                if item.steps and item.steps[0] == start:
                    return segment, number, at
    return None
