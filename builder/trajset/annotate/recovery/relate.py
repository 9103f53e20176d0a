"""Whether one call's end is another's: a small function per kind of end, each with its reason."""

from __future__ import annotations

from collections.abc import Callable

from trajset.annotate.attempts import Attempt
from trajset.annotate.failures import Failed
from trajset.annotate.recovery.aims import Aim, aims_of
from trajset.annotate.recovery.changing import change
from trajset.annotate.recovery.checking import check
from trajset.annotate.recovery.looking import look
from trajset.annotate.recovery.others import (
    accepted,
    cell,
    fetch,
    other_script,
    poll,
    same_line,
    same_program,
    same_tool,
)
from trajset.annotate.recovery.pair import Link, Pair
from trajset.annotate.shell.programs import CHECKS

_OTHERS: dict[str, Callable[[Pair], Link | None]] = {
    "look": look,
    "change": change,
    "fetch": fetch,
    "websearch": same_tool,
    "remote": same_tool,
    "other": same_tool,
    "task": same_tool,
    "skill": same_tool,
    "todo": same_tool,
    "job": poll,
    "cell": cell,
    "session": same_tool,
    "plan": accepted,
    "question": accepted,
}
_RULES = _OTHERS | dict.fromkeys(CHECKS, check)


def relate(failed: Failed, aim: Aim, later: Attempt, distance: int) -> Link | None:
    """The strongest link from a failed end to what a later call pursued, or None."""
    best: Link | None = None
    for other in aims_of(later):
        verb = "cell" if failed.attempt.kind == "code" and aim.verb == "code" else aim.verb
        rule = _RULES.get(verb, same_program)
        link = rule(Pair(failed, aim, later, other, distance))
        if link is not None and (best is None or link.confidence > best.confidence):
            best = link
    if best is None and aim.verb not in CHECKS:
        best = same_line(failed, aim, later, distance)
    return best or other_script(failed, aim, later, distance)
