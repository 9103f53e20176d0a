"""How a trajectory ended, and who says so."""

from __future__ import annotations

import re

from trajset.annotate.attempts import Attempt
from trajset.annotate.failures import Failed
from trajset.annotate.naming import any_of
from trajset.annotate.shell.programs import CHECKS
from trajset.trajectory import Message, Outcome, OutcomeSource, Trajectory

_CONFIRMS = any_of(
    r"\A\W*(?:thanks?|thank you|thx|ty|perfect|great|awesome|nice|excellent|lgtm|cool|amazing)\b",
    r"\A\W*(?:looks good|works|it works|that works|good job|well done|wonderful|ship it|love it)\b",
    r"\A\W*(?:ok(?:ay)?|yes|yep|yeah|cool|alright|got it|oh|ah|nice|good)[\s,.!]+(?:\w+[\s,.!]+)?"
    r"(?:thanks?|thank you|thx|perfect|great|works|that works|looks good)\b",
    r"\A\W*(?:谢谢|多谢|感谢|很好|完美|可以了|好了|ありがとう|完璧|고마워|감사|спасибо|отлично|danke|"
    r"super,? danke|merci|parfait|gracias|perfecto|obrigad[oa]|perfeito|grazie|perfetto|dzięki)",
    r"\b(?:it|that|this|everything) (?:all )?works (?:now|great|perfectly|fine|well)\b",
    r"\bnow works?\b|\bworks now\b",
    flags=re.IGNORECASE,
)
_COMPLAINS = any_of(
    r"\bstill (?:not|doesn'?t|isn'?t|fails?|failing|broken|the same|getting|an? error|seeing)\b",
    r"\b(?:does|did|do)(?:n'?t| not) work\b",
    r"\b(?:not|isn'?t) working\b",
    r"\bis (?:still )?broken\b|\byou broke\b",
    r"\bsame (?:error|problem|issue)\b",
    r"\bthat'?s (?:wrong|not right)\b",
    r"\bit fails\b|\b(?:is|are) failing\b",
    r"(?:不行|没有用|还是不|没用|失败了|動かない|動きません|うまくいか)",
    r"\b(?:funktioniert (?:immer noch )?nicht|geht nicht|ne (?:marche|fonctionne) pas|no funciona|"
    r"não funciona|non funziona|не работает)\b",
    flags=re.IGNORECASE,
)
_API_ERROR = any_of(
    r"\A\s*API Error",
    r"\A\s*Error: \d{3}\b",
    r"\A.{0,60}\b(?:usage|rate|session|weekly|\d-hour) limit (?:reached|exceeded)",
    r"\A\s*(?:You'?ve hit your|You have reached|Claude (?:AI )?usage limit)",
    r"\A\s*(?:Credit balance is too low|Prompt is too long|Request timed out)",
    r"\A\s*(?:Invalid API key|Failed to authenticate|stream (?:error|disconnected))",
    flags=re.IGNORECASE,
)
_LONGEST_ERROR = 600
_DELIVERED = frozenset(
    {"git commit", "git push", "git merge", "gh pr create", "gh pr merge", "gh pr comment"}
    | {"gh pr review", "gh issue create", "gh issue comment", "gh release create"}
)
_ASIDE = frozenset({"todo", "job", "plan", "question", "read", "list", "search"})


def outcome_of(
    trajectory: Trajectory, attempts: list[Attempt], failed: dict[int, Failed], recovered: set[int]
) -> tuple[Outcome, OutcomeSource | None]:
    """The outcome by the definitions, and whether the harness recorded it; never a guess."""
    if trajectory.recorded_outcome in ("success", "failure"):
        return trajectory.recorded_outcome, "recorded"
    if trajectory.reward is not None:
        return ("success" if trajectory.reward > 0 else "failure"), "recorded"
    said = _said(trajectory)
    open_failures = {i for i in failed if i not in recovered}
    outcome = said or _done(trajectory, attempts, failed, open_failures)
    return outcome, None if outcome == "unknown" else "inferred"


def _said(trajectory: Trajectory) -> Outcome | None:
    """What the last words say: an API error, or a person's own judgement with nothing behind it."""
    spoken = [
        step
        for step in trajectory.steps
        if isinstance(step, Message) and step.origin in ("human", "model")
    ]
    if not spoken:
        return None
    last = spoken[-1]
    if last.origin == "model":
        limited = len(last.text) < _LONGEST_ERROR and _API_ERROR.search(last.text)
        if limited:
            return "failure"
        human = next((s for s in reversed(spoken[1:]) if s.origin == "human"), None)
        return "success" if human is not None and _CONFIRMS.search(human.text[:300]) else None
    if len(spoken) == 1:
        return None
    if _COMPLAINS.search(last.text):
        return "failure"
    return "success" if _CONFIRMS.search(last.text[:300]) else "unknown"


def _done(
    trajectory: Trajectory,
    attempts: list[Attempt],
    failed: dict[int, Failed],
    open_failures: set[int],
) -> Outcome:
    """What the last check or delivery says, unless something behind it speaks against it."""
    humans = _last_two_humans(trajectory)
    for index in range(len(attempts) - 1, -1, -1):
        attempt = attempts[index]
        if index in open_failures:
            category = failed[index].cause.category
            if category == "sandbox_approval" and attempt.step < humans[1]:
                if attempt.step > humans[0]:
                    return "unknown"
                continue
            last = all(a.kind in _ASIDE for a in attempts[index + 1 :])
            if last and (attempt.kind not in _ASIDE or category == "sandbox_approval"):
                return "failure"
            if category == "command_exit" or attempt.kind in ("edit", "write"):
                return "unknown"
            continue
        if attempt.kind in ("edit", "write") and attempt.step < humans[1]:
            return "unknown"
        if _is_positive(attempt) and not _complained_after(trajectory, attempt.step):
            return "success"
    return "unknown"


_TRIES = re.compile(r"(?:repro|verify|edge_?case|check)\w*\.\w+$", re.IGNORECASE)
_MENDED = any_of(
    r"\b(?:now works|works (?:now|correctly|as expected)|(?:is|are|been|successfully) (?:now )?"
    r"(?:fixed|resolved)|fix (?:works|is working)|all (?:\w+ ){0,3}(?:pass|passed|passing)\b)",
    flags=re.IGNORECASE,
)


def _is_positive(attempt: Attempt) -> bool:
    if any(run.name in _DELIVERED for run in attempt.runs):
        return True
    if any(_TRIES.search(run.name) for run in attempt.runs if run.purpose in ("code", "run")):
        return _MENDED.search(attempt.reply[:400]) is not None
    return any(run.purpose in CHECKS and run.purpose != "format" for run in attempt.runs)


def _last_two_humans(trajectory: Trajectory) -> tuple[int, int]:
    """Steps of the last two messages of a person, the earlier first; 0 where there is none."""
    said = [
        index
        for index, step in enumerate(trajectory.steps)
        if isinstance(step, Message) and step.origin == "human"
    ]
    earlier, last = [0, 0, *said][-2:]
    return earlier, last


def _complained_after(trajectory: Trajectory, step: int) -> bool:
    return any(
        isinstance(s, Message) and s.origin == "human" and _COMPLAINS.search(s.text[:600])
        for s in trajectory.steps[step:]
    )
