"""Format `trace-state`: states for teacher replay, one line a model response with all before it."""

from __future__ import annotations

from collections.abc import Iterator

from trajset.exports.format import FULL, Case, Coverage, Line, dropped, partly
from trajset.trajectory import Trajectory
from trajset.views.trace_state import states

NAME = "trace-state"
LINE = "What a model saw before one of its turns, and the literal text of that turn."
NOTES: tuple[str, ...] = (
    "A line holds its whole prefix, within the recipe's `fit.max_tokens`: files are large.",
    "Sub-agents are passed over without --subagents.",
    "`excluded_teacher_families`: teachers that would vote for themselves.",
)
METADATA = False
FITS = True
MAIN_ONLY = True

_NO_PLACE = "the format has no place for it"
COVERAGE = Coverage(
    reasoning=partly("in `student_action`; stripped from `messages`"),
    call_ids=FULL,
    status=dropped(_NO_PLACE),
    failures=dropped(_NO_PLACE),
    outcome=FULL,
    learn=partly("copied, synthetic and abandoned turns give no line"),
    origin=dropped("all who are not the model are `user`"),
    system_prompt=partly("after a synthetic one that stands first"),
    tools=FULL,
    model=FULL,
    usage=dropped(_NO_PLACE),
    times=partly("the start"),
    project=FULL,
    subagents=partly("with --subagents, their parent's id"),
    compaction=partly("a prefix begins at the last one"),
)


def render(trajectory: Trajectory, case: Case) -> Iterator[Line]:
    """One line a response."""
    for state in states(trajectory, case.place, case.context):
        yield dict(state)
