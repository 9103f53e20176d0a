"""Turns without an end: a call without a result, or a run that stops before the agent spoke."""

from __future__ import annotations

import re
from itertools import pairwise

from trajset.annotate.tools import action_of
from trajset.trajectory import Failure, Message, Observation, Step, ToolCall, written_by_model

_ENDS = frozenset({"finish"})
_SUBMITS = re.compile(
    r"\s*(?:submit|exit|exit_forfeit)\b|\s*echo COMPLETE_TASK|\s*echo MINI_SWE_AGENT"
)
_STOPPED = frozenset({"rejected", "cancelled"})


def unclosed_turns(steps: tuple[Step, ...]) -> list[Failure]:
    """One `unclosed_turn` failure for each turn that was left open, in order."""
    found: list[Failure] = []
    answered = {step.call_id for step in steps if isinstance(step, Observation)}
    start = 0
    for end in [*_human_turns(steps), len(steps)]:
        if end > start:
            failure = _unclosed(steps, start, end, answered)
            if failure is not None:
                found.append(failure)
        start = end
    return found


def _human_turns(steps: tuple[Step, ...]) -> list[int]:
    return [
        index
        for index, step in enumerate(steps)
        if index and isinstance(step, Message) and step.origin == "human"
    ]


def _unclosed(steps: tuple[Step, ...], start: int, end: int, answered: set[str]) -> Failure | None:
    turn = steps[start:end]
    for step in turn:
        if isinstance(step, ToolCall) and step.id not in answered:
            if _is_end(step):
                continue
            why = f"The call of `{step.tool[:60]}` has no result when the turn is over."
            return _failure(end - 1, step.id, "call_without_result", why, 0.95)
    last = next((s for s in reversed(turn) if not _is_noise(s)), None)
    at_end = end == len(steps)
    call = next((s for s in reversed(turn) if isinstance(s, ToolCall)), None)
    if call is not None and _is_end(call):
        return None
    if at_end and _goes_on(steps) and isinstance(last, Observation) and last.status not in _STOPPED:
        return _failure(end - 1, None, "no_last_word", "The log ends on a result.", 0.7)
    return None


def _goes_on(steps: tuple[Step, ...]) -> bool:
    """Whether this harness lets the agent go on after a result; in some a result ends the turn."""
    return any(
        isinstance(one, Observation) and written_by_model(other) for one, other in pairwise(steps)
    )


def _is_end(call: ToolCall) -> bool:
    """Whether the call says that the work is done: `finish`, `submit`."""
    action = action_of(call)
    return action.kind in _ENDS or bool(_SUBMITS.match(action.command or ""))


def _is_noise(step: Step) -> bool:
    return isinstance(step, Message) and step.origin in ("harness", "environment")


def _failure(step: int, call_id: str | None, kind: str, why: str, confidence: float) -> Failure:
    return Failure(
        step=step,
        call_id=call_id,
        category="unclosed_turn",
        kind=kind,
        status_source="inferred",
        why=why,
        confidence=confidence,
    )
