"""Format `codeact`: Thought–Action–Observation, one trajectory a line (`jsonl` is the same)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from trajset.exports.format import FULL, Carried, Case, Coverage, Line, dropped, partly
from trajset.exports.metadata import metadata_of
from trajset.fit.blocks import Item
from trajset.trajectory import Trajectory
from trajset.views.chat import spans_in
from trajset.views.codeact import entries_of
from trajset.views.view import Context

NAME = "codeact"
LINE = "A trajectory as thoughts, actions and observations, with the spans of its recoveries."
NOTES: tuple[str, ...] = ("Spans are inclusive pairs of indices into the line's own `trajectory`.",)
CONFIG = "codeact"
WHOLE = True
METADATA = True

_EXTRA = partly("with --include-metadata")
COVERAGE = Coverage(
    reasoning=partly("joined with the text before an action into one thought"),
    call_ids=dropped("an observation follows its action by place"),
    status=dropped("only as failures, with --include-metadata"),
    failures=partly("spans always; categories with --include-metadata"),
    outcome=FULL,
    learn=dropped("the format has no flag for it"),
    origin=dropped("all who are not the model are `user`"),
    system_prompt=dropped("the format has no place for it"),
    tools=dropped("the format has no place for it"),
    model=_EXTRA,
    usage=Carried("partly", "sums, with --include-metadata"),
    times=partly("first and last, with --include-metadata"),
    project=_EXTRA,
    subagents=partly("each is a line of its own, its parent's id with --include-metadata"),
    compaction=partly("the summary stands as a user entry"),
)


def render(trajectory: Trajectory, case: Case) -> Iterator[Line]:
    """One line: all segments of a trajectory, one after the other."""
    items: list[Item] = []
    for start, end in pairwise((*trajectory.segments, len(trajectory.steps))):
        for block in entries_of(trajectory, start, end, case.context):
            items += block.items
    if not items:
        case.context.drop("no_response")
        return
    spans = spans_in(trajectory, items, range(len(items)))
    line: Line = {
        "session_id": trajectory.session_id,
        "trajectory": [item.message for item in items],
        "outcome": trajectory.outcome,
        "has_error_recovery": bool(spans),
        "error_recovery_spans": spans,
    }
    if case.metadata:
        at = {step: index for index, item in enumerate(items) for step in item.steps}
        line["metadata"] = metadata_of(trajectory, case, at)
    yield line


def render_row(row: Mapping[str, Any], context: Context) -> Iterator[Line]:
    """One line: a row of the config `codeact` that is a whole trajectory."""
    names = ("session_id", "trajectory", "outcome", "has_error_recovery", "error_recovery_spans")
    yield {name: row[name] for name in names}
