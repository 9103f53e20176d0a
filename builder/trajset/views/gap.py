"""What a later answer knew that an earlier one could not: decided by its arguments' literals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from trajset.trajectory import (
    Failure,
    Message,
    Observation,
    Reasoning,
    Step,
    ToolCall,
    Trajectory,
)
from trajset.views.section import Gap

_LONG = 8
"""Characters from which on a literal may stand anywhere in a text; shorter ones as a whole word."""
_COMMENTARY = frozenset({"description", "explanation", "justification"})
"""Arguments in which the model says what it does: words of its own, no facts."""
_WORD = re.compile(r"[\w][\w./\\:@~+-]*[\w/]|\d+")


def information_gap(
    trajectory: Trajectory, failure: Failure, rejected: Iterable[int], chosen: Iterable[int]
) -> Gap:
    """The least that explains the literals of the chosen call.

    `none`: each occurs in the prompt or in the rejected call. Else `error_text` if the failing
    result supplies the rest, `observations` if other results do, `user_feedback` if a person spoke
    in between (or nothing else explains them).
    """
    steps = trajectory.steps
    rejected, chosen = list(rejected), list(chosen)
    start = max(s for s in trajectory.segments if s <= rejected[0])
    known = [trajectory.system_prompt or "", *_texts(steps[start : rejected[0]])]
    known += _texts(steps[i] for i in rejected)
    wanted = {
        literal
        for i in chosen
        if isinstance(step := steps[i], ToolCall)
        for literal in _literals(step.arguments)
    }
    missing = _missing(wanted, "\n".join(known))
    between = steps[rejected[-1] + 1 : chosen[0]]
    spoke = any(isinstance(s, Message) and s.origin == "human" for s in between)
    failing = steps[failure.step]
    if isinstance(failing, Observation) and failing.status == "rejected" and (spoke or missing):
        return "user_feedback"
    if not missing:
        return "user_feedback" if spoke else "none"
    text = failing.text if isinstance(failing, Observation) else ""
    missing = _missing(missing, text)
    if not missing:
        return "user_feedback" if spoke else "error_text"
    others = "\n".join(_texts(s for s in between if isinstance(s, Observation)))
    return (
        "observations"
        if not spoke and not _missing(missing, others)
        else ("user_feedback" if spoke else "observations")
    )


def _texts(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, ToolCall):
            yield "\n".join(_literals(step.arguments))
        elif isinstance(step, Message | Reasoning | Observation):
            yield step.text


def _literals(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            if name not in _COMMENTARY:
                yield from _literals(item)
    elif isinstance(value, list):
        for item in value:
            yield from _literals(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


def _missing(literals: Iterable[str], text: str) -> set[str]:
    """Those literals (or, of longer ones, those words) that do not occur in a text."""
    words: set[str] | None = None
    missing = set()
    for literal in literals:
        if len(literal) >= _LONG and literal in text:
            continue
        if words is None:
            words = set(_WORD.findall(text))
        for word in _WORD.findall(literal):
            if word not in words and (len(word) < _LONG or word not in text):
                missing.add(word)
    return missing
