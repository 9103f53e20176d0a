"""The loss policy (`design.md` §5): which responses may be learnt, and why the others may not."""

from __future__ import annotations

from collections.abc import Sequence

from trajset.trajectory import (
    MODEL_AT_FAULT,
    Message,
    Reasoning,
    Step,
    ToolCall,
    Trajectory,
    answers,
    response_spans,
)
from trajset.views.section import Views


def kept_from_training(trajectory: Trajectory, section: Views) -> str | None:
    """Why a whole trajectory is in none of the configs of conversations, or None."""
    if trajectory.branch:
        return "abandoned_branch"
    if trajectory.outcome == "failure" and not section.failed_trajectories:
        return "outcome_failure"
    return None


def unlearnt(trajectory: Trajectory, copied: int, section: Views) -> dict[int, str | None]:
    """First step of each response -> why it may not be learnt, or None where it may.

    Not learnt are: what another trajectory owns, abandoned branches, what the source marked, calls
    that failed as `model` or `tool_schema`, calls without a result, and what comes right after
    those: it builds on a result that no row can show.
    """
    steps = trajectory.steps
    answered = answers(steps)
    at_fault = {
        f.call_id for f in trajectory.failures if f.call_id and f.category in MODEL_AT_FAULT
    }
    result: dict[int, str | None] = {}
    blind_from: int | None = None
    for start, end in response_spans(steps):
        written = steps[start:end]
        made = [s for s in written if isinstance(s, ToolCall)]
        why: str | None = None
        if trajectory.branch:
            why = "abandoned_branch"
        elif start < copied:
            why = "copied"
        elif not all(s.learn for s in written):
            why = "marked_by_source"
        elif any(c.id not in answered for c in made):
            why = "unanswered_call"
        elif blind_from is not None and not _spoken_to(steps[blind_from:start]):
            why = "after_unanswered_call"
        elif any(c.id in at_fault for c in made):
            why = "failed_call"
        elif section.reasoning == "require" and not any(isinstance(s, Reasoning) for s in written):
            why = "no_reasoning"
        blind_from = end if any(c.id not in answered for c in made) else None
        result[start] = why
    return result


def _spoken_to(steps: Sequence[Step]) -> bool:
    return any(isinstance(s, Message) and s.role == "user" for s in steps)
