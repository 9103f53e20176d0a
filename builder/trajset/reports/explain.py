"""Did a session fail in the environment and its tools, or in the model, and what stayed failed?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from trajset.plan import Decision
from trajset.reports.failures import FailureLine, lines_of
from trajset.reports.plain_names import handle
from trajset.trajectory import Outcome, Trajectory


class Session(Struct, kw_only=True):
    """What the verdict on a session rests on: its kept path and its sub-agents."""

    harness: str
    session_id: str
    outcome: Outcome = "unknown"
    """Of its last main trajectory, else of its first sub-agent."""
    failures: list[FailureLine] = field(default_factory=list)


def explain(items: Iterable[tuple[Trajectory, Decision]]) -> list[str]:
    """A sentence a session, in the order in which they began, and a line an unrecovered failure.

    Args:
        items: whole sessions: what one copied from another counts in both.
    """
    sessions: dict[tuple[str, str], Session] = {}
    seen = set()
    for trajectory, decision in items:
        key = (trajectory.harness, trajectory.session_id)
        if trajectory.branch or (key, decision.id) in seen:
            continue
        seen.add((key, decision.id))
        new = Session(harness=key[0], session_id=key[1], outcome=trajectory.outcome)
        session = sessions.setdefault(key, new)
        if trajectory.agent is None:
            session.outcome = trajectory.outcome
        session.failures += (line for _, line in lines_of(trajectory, decision.id))
    return ["\n".join((sentence(session), *unrecovered(session))) for session in sessions.values()]


def unrecovered(session: Session) -> list[str]:
    """A line for each failure that stayed one, also where the session ended well."""
    return [
        f"  not recovered: {line.category}, {line.kind}, {_place(line)}, "
        f"call {handle(line.call_id)}"
        for line in session.failures
        if line.recovered_by is None
    ]


def sentence(session: Session) -> str:
    """Where the session failed, and by which of its failures that is seen."""
    return f"{handle(session.harness)} session {handle(session.session_id)} {_verdict(session)}"


def _verdict(session: Session) -> str:
    failures, outcome = session.failures, session.outcome
    left = [line for line in failures if line.recovered_by is None]
    if not failures:
        calls = "no call failed"
    else:
        calls = f"{len(failures) - len(left)} of {len(failures)} failures recovered"
    if outcome == "success":
        return f"did not fail; it ended well ({calls})."
    if not left:
        if outcome == "failure":
            return f"failed in the model's work, not in the environment/tool layer ({calls})."
        return f"shows no failure that stands ({calls}); how it ended is not known."
    blamed, layer = _blame(left)
    said = "failed in" if outcome == "failure" else "has no known end; what failed for good lies in"
    return (
        f"{said} the {layer}: {len(blamed)} of {len(left)} unrecovered failures "
        f"({_categories(blamed)}), the last {_place(blamed[-1])}."
    )


def _blame(left: Sequence[FailureLine]) -> tuple[list[FailureLine], str]:
    """The side with more of the failures; of equals that of the last one."""
    suspects = [line for line in left if line.environment_suspect]
    others = [line for line in left if not line.environment_suspect]
    if len(suspects) == len(others):
        environment = left[-1].environment_suspect
    else:
        environment = len(suspects) > len(others)
    return (suspects, "environment/tool layer") if environment else (others, "model")


def _categories(lines: Sequence[FailureLine]) -> str:
    counts = Counter(line.category for line in lines)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{count} {category}" for category, count in ordered)


def _place(line: FailureLine) -> str:
    at = "at an unknown line" if line.line is None else f"at line {line.line}"
    return at if line.timestamp is None else f"{at}, {line.timestamp}"
