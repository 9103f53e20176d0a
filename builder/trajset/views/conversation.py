"""A trajectory as the views of conversations start from it: folded once, shared by all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from trajset.trajectory import Trajectory
from trajset.views.loss import unlearnt
from trajset.views.messages import Segment, segments_of
from trajset.views.toolbox import ToolsSource, toolbox
from trajset.views.view import Context, Place


class Conversation(Struct, frozen=True, gc=False, kw_only=True):
    """Messages, tools, and what may be learnt."""

    segments: list[Segment]
    why: Mapping[int, str | None]
    """First step of each response -> why it may not be learnt, or None where it may."""
    tools: list[dict[str, Any]]
    tools_source: ToolsSource


def conversation(trajectory: Trajectory, place: Place, context: Context) -> Conversation:
    """The conversation of a trajectory; what folding it left out is noted in `context`."""
    once = context.once
    if once.trajectory is not trajectory or once.place != place:
        noted, context.notes = context.notes, {}
        try:
            once.made = _made(trajectory, place, context)
            once.trajectory, once.place, once.notes = trajectory, place, context.notes
        finally:
            context.notes = noted
    for what, times in once.notes.items():
        context.note(what, times)
    made: Conversation = once.made
    return made


def _made(trajectory: Trajectory, place: Place, context: Context) -> Conversation:
    why = unlearnt(trajectory, place.copied, context.section)
    tools, source = toolbox(trajectory, context.catalog)
    segments = segments_of(trajectory, why, context)
    return Conversation(segments=segments, why=why, tools=tools, tools_source=source)
