"""Format `openai-dpo`: preference files for OpenAI's fine-tuning API, a pair of answers a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trajset.exports.format import Case, Coverage, Line, dropped, partly
from trajset.exports.openai_ft import as_message, parallel, refused, within_bounds
from trajset.trajectory import Trajectory
from trajset.views import preference
from trajset.views.view import Context

NAME = "openai-dpo"
LINE = "Two answers to one conversation: `input`, `preferred_output`, `non_preferred_output`."
NOTES: tuple[str, ...] = (
    "The pairs are those of the config `preference`, within the recipe's `fit.max_tokens`.",
    "What openai-ft leaves out for the API's limits is left out here as well.",
)
CONFIG = "preference"
WHOLE = False
METADATA = False
FITS = True

_NO_PLACE = "the API has no field for it"
COVERAGE = Coverage(
    reasoning=dropped(_NO_PLACE),
    call_ids=partly("numbered anew in each line"),
    status=dropped(_NO_PLACE),
    failures=partly("failed calls of the model's own fault are the answers not preferred"),
    outcome=dropped(_NO_PLACE),
    learn=partly("only answers that may be learnt are preferred"),
    origin=dropped("all who are not the model are `user`"),
    system_prompt=partly("within the budget"),
    tools=partly("descriptions up to 1,024 characters"),
    model=dropped(_NO_PLACE),
    usage=dropped(_NO_PLACE),
    times=dropped(_NO_PLACE),
    project=dropped(_NO_PLACE),
    subagents=partly("their pairs are lines like others"),
    compaction=partly("no pair crosses one"),
)


def render(trajectory: Trajectory, case: Case) -> Iterator[Line]:
    """The pairs of one trajectory."""
    for row in preference.render(trajectory, case.place, case.context):
        yield from render_row(row, case.context)


def render_row(row: Mapping[str, Any], context: Context) -> Iterator[Line]:
    """One line: a row of the config `preference`."""
    messages = row["prompt"]
    sides = [*row["chosen"], *row["rejected"]]
    if (reason := refused([*messages, *sides], row["tools"])) is not None:
        context.drop(reason)
        return
    ids: dict[str, str] = {}
    given: dict[str, Any] = {"messages": [as_message(message, ids) for message in messages]}
    if row["tools"]:
        given["tools"] = [within_bounds(tool, context) for tool in row["tools"]]
        given["parallel_tool_calls"] = parallel([*messages, *sides])
    yield {
        "input": given,
        "preferred_output": [as_message(m, dict(ids)) for m in row["chosen"]],
        "non_preferred_output": [as_message(m, dict(ids)) for m in row["rejected"]],
    }
