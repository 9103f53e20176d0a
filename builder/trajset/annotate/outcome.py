"""How a trajectory ended, and who says so."""

from __future__ import annotations

import re

from trajset.annotate.attempts import Attempt
from trajset.annotate.failures import Failed
from trajset.annotate.naming import any_of
from trajset.annotate.shell.programs import CHECKS
from trajset.trajectory import Message, Outcome, OutcomeSource, ToolCall, Trajectory

_CONFIRMS = any_of(
    r"\A\W*(?:thanks?|thank you|thx|ty|perfect|great|awesome|nice|excellent|lgtm|cool|amazing)\b",
    r"\A\W*(?:looks good|works|it works|that works|good job|well done|wonderful|ship it|love it)\b",
    r"\A\W*(?:ok(?:ay)?|yes|yep|yeah|cool|alright|got it|oh|ah|nice|good)[\s,.!]+(?:\w+[\s,.!]+)?"
    r"(?:thanks?|thank you|thx|perfect|great|works|that works|looks good)\b",
    r"\A\W*(?:谢谢|多谢|感谢|很好|完美|可以了|好了|ありがとう|完璧|고마워|감사|спасибо|отлично|danke|"
    r"super,? danke|merci|parfait|gracias|perfecto|obrigad[oa]|perfeito|grazie|perfetto|dzięki)",
    r"\b(?:it|that|this|everything) (?:all )?works (?:now|great|perfectly|fine|well)\b",
    r"\bnow works?\b|\bworks now\b|\ball (?:is )?(?:good|fine|well)\b(?!.*\?)",
    r"没问题|好用了|能用了|成功了|動きました|直りました|うまくいきました|잘 ?됩니다|작동합니다",
    r"\b(?:funktioniert|klappt|läuft|geht) (?:jetzt|nun|wieder|super|gut|alles)\b",
    r"\b(?<!ne )(?:ça|cela) (?:marche|fonctionne)(?! pas)\b|\bya funciona\b|\bagora funciona\b|"
    r"\bora funziona\b|\b(?:теперь|всё|все) работает\b",
    flags=re.IGNORECASE,
)
_COMPLAINS = any_of(
    r"\bstill (?:not|doesn'?t|isn'?t|fails?|failing|broken|the same|getting|an? error|seeing)\b",
    r"\b(?:does|did|do)(?:n'?t| not) work\b",
    r"\b(?:not|isn'?t) working\b",
    r"\bis (?:still )?broken\b|\byou broke\b",
    r"\bsame (?:error|problem|issue|thing|result)\b",
    r"\bI(?:'m| am)? (?:still )?(?:get|got|getting|see|seeing) (?:an? |the |this )?(?:\w+ )?"
    r"(?:error|exception|\w+Error|\w+Exception|crash)\b",
    r"\A\W*(?:no|nope|nah)\b[^?]{0,80}\Z",
    r"\bthat'?s (?:wrong|not right)\b",
    r"\bit fails\b|\b(?:is|are) failing\b",
    r"(?:不行|没有用|还是不|没用|失败了|動かない|動きません|うまくいか)",
    r"\b(?:(?:funktioniert|klappt|geht|läuft) (?:immer noch |noch immer |leider |so )?nicht|"
    r"sigue sin|ne (?:marche|fonctionne) pas|no funciona|"
    r"não funciona|non funziona|не работает)\b",
    flags=re.IGNORECASE,
)
_API_ERROR = any_of(
    r"\A\s*API Error",
    r"\A\s*Error: \d{3}\b",
    r"\A.{0,60}\b(?:usage|rate|session|weekly|\d-hour) limit (?:reached|exceeded)",
    r"\A\s*(?:You'?ve hit your|You have reached|Claude (?:AI )?usage limit)",
    r"\A\s*(?:Credit balance is too low|Prompt is too long|Request timed out)",
    r"\b(?:max(?:imum)?|limit of) (?:number of )?(?:iterations|turns|steps)\b",
    r"\A.{0,40}\b(?:insufficient (?:credits?|balance|funds|quota)|out of credits?)\b",
    r"\A\s*(?:Invalid API key|Failed to authenticate|stream (?:error|disconnected))",
    flags=re.IGNORECASE,
)
_LONGEST_ERROR = 600
_DELIVERED = frozenset(
    {"git commit", "git push", "git merge", "gh pr create", "gh pr merge", "gh pr comment"}
    | {"gh pr review", "gh issue create", "gh issue comment", "gh release create"}
)
_DELIVERS = frozenset(
    {"create_pull_request", "merge_pull_request", "git_commit", "git_push", "create_pr"}
    | {"create_release", "push_files", "create_merge_request"}
)
"""Tools that do the same as those programs."""
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
    committed = _last_commit(trajectory)
    unanswered = _last_unanswered(trajectory, attempts)
    for index in range(len(attempts) - 1, -1, -1):
        attempt = attempts[index]
        if index in open_failures:
            category = failed[index].cause.category
            if category == "sandbox_approval" and attempt.step < humans[1]:
                if attempt.step > humans[0]:
                    return "unknown"
                continue
            last = attempt.step > unanswered and all(
                a.kind in _ASIDE for a in attempts[index + 1 :]
            )
            if last and (attempt.kind not in _ASIDE or category == "sandbox_approval"):
                return "failure"
            if category == "command_exit" or attempt.kind in ("edit", "write"):
                return "unknown"
            continue
        if attempt.kind in ("edit", "write") and attempt.step < committed:
            return "success"
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
    if attempt.action.name in _DELIVERS or any(run.name in _DELIVERED for run in attempt.runs):
        return True
    own = (run for run in attempt.runs if run.purpose in ("code", "run"))
    if any(_TRIES.search(run.name) or (run.inline and not run.guarded) for run in own):
        return _MENDED.search(attempt.reply[:400]) is not None
    return any(run.purpose in CHECKS and run.purpose != "format" for run in attempt.runs)


_COMMITTED = re.compile(r"^\s*(Commit|Removed:) [0-9a-f]{7,40} \S", re.MULTILINE)

_STILL_FAILS = re.compile(r"^# Fix any errors below|\b[1-9]\d* failed\b", re.MULTILINE)


def _last_commit(trajectory: Trajectory) -> int:
    """Step at which the harness said last that it committed edits; -1 where it never did.

    What it took back, or found failing afterwards, does not count.
    """
    standing: list[int] = []
    for index, step in enumerate(trajectory.steps):
        if isinstance(step, Message) and step.origin in ("environment", "harness"):
            for what in _COMMITTED.findall(step.text):
                if what == "Commit":
                    standing.append(index)
                elif standing:
                    standing.pop()
            if _STILL_FAILS.search(step.text):
                standing.clear()
    return standing[-1] if standing else -1


def _last_unanswered(trajectory: Trajectory, attempts: list[Attempt]) -> int:
    """Step of the last call that has no result; -1 where all have one."""
    answered = {attempt.call_step for attempt in attempts}
    return next(
        (
            index
            for index in range(len(trajectory.steps) - 1, -1, -1)
            if isinstance(trajectory.steps[index], ToolCall) and index not in answered
        ),
        -1,
    )


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
