"""Config `chat`: whole conversations, in windows, with a flag on each assistant message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trajset.fit.blocks import Item
from trajset.trajectory import Trajectory
from trajset.views.conversation import conversation
from trajset.views.loss import kept_from_training
from trajset.views.messages import joined
from trajset.views.sft import runs
from trajset.views.view import COMMON, ColumnType, Context, Place, Row, common
from trajset.views.windowed import windows_of

NAME = "chat"
FEATURES: dict[str, ColumnType] = {
    **COMMON,
    "messages": "list<json>",
    "tools": "list<json>",
    "tools_source": "string",
    "has_error_recovery": "bool",
    "error_recovery_spans": "list<list<int32>>",
    "needs_mask": "bool",
}


def render(trajectory: Trajectory, place: Place, context: Context) -> Iterator[Row]:
    """One row a window. Assistant messages carry `train`, for trainers that read such a flag."""
    if (reason := kept_from_training(trajectory, context.section)) is not None:
        context.drop(reason)
        return
    talk = conversation(trajectory, place, context)
    windows = windows_of(trajectory, talk.segments, place.copied, talk.tools, context)
    for ordinal, window in enumerate(windows):
        messages, index = joined(window.items)
        ranges = list(runs(window.items, window.first_own))
        learnt = []
        for number, (item, at) in enumerate(zip(window.items, index, strict=True)):
            if item.message["role"] == "assistant":
                learnt.append(any(start <= number < end for start, end in ranges))
                messages[at] = {**item.message, "train": learnt[-1]}
        spans = spans_in(trajectory, window.items, index)
        yield {
            **common(trajectory, place, NAME, ordinal, window.n_tokens, ordinal, len(windows)),
            "messages": messages,
            "tools": talk.tools,
            "tools_source": talk.tools_source,
            "has_error_recovery": bool(spans),
            "error_recovery_spans": spans,
            "needs_mask": not all(learnt),
        }


def spans_in(
    trajectory: Trajectory, items: Sequence[Item], index: Sequence[int]
) -> list[list[int]]:
    """Recovery spans that lie wholly among the items, as indices into the row's list."""
    at = {step: i for item, i in zip(items, index, strict=True) for step in item.steps}
    return [
        [at[r.start], at[r.end]] for r in trajectory.recoveries if r.start in at and r.end in at
    ]
