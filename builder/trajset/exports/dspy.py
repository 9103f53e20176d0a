"""Format `dspy`: rows for `dspy.Example(**row).with_inputs("task", "context")`, a turn a line."""

from __future__ import annotations

from collections.abc import Iterator

from trajset.dspy_rows import dspy_rows
from trajset.exports.format import FULL, Case, Coverage, Line, dropped, partly
from trajset.trajectory import Trajectory

NAME = "dspy"
LINE = "A turn: what was asked, its context, the actions, and the answer."
NOTES: tuple[str, ...] = (
    "`context` and `actions` are JSON text.",
    "`trajset.dspy.load` makes examples of a dataset or of logs without a file between.",
)
METADATA = False

COVERAGE = Coverage(
    reasoning=dropped("the format has no place for it"),
    call_ids=dropped("actions are in order"),
    status=dropped("results are left out"),
    failures=dropped("results are left out"),
    outcome=FULL,
    learn=partly("copied turns and abandoned branches give no line"),
    origin=partly("a turn begins with a person's message"),
    system_prompt=dropped("the format has no place for it"),
    tools=partly("the names of those that were called, as `plan`"),
    model=FULL,
    usage=partly("sums of a turn"),
    times=partly("the seconds of a turn"),
    project=partly("in `context`"),
    subagents=partly("their turns are lines like others, without a link"),
    compaction=dropped("summaries are no turns"),
)


def render(trajectory: Trajectory, case: Case) -> Iterator[Line]:
    """One line a turn."""
    made = False
    for row in dspy_rows(trajectory, case.place):
        made = True
        yield dict(row)
    if not made:
        case.context.drop("abandoned_branch" if trajectory.branch else "no_turn_of_its_own")
