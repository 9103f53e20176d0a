"""Which later call showed that what a failed one was after has been achieved.

Calls are indexed by what they were done to and by what they ran, so that for a failure only calls
that could be related are looked at, in order, and of these a limited number.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict

from msgspec import Struct

from trajset.annotate.attempts import Attempt
from trajset.annotate.failures import Failed
from trajset.annotate.recovery.aims import Aim, aims_of
from trajset.annotate.recovery.pair import Link
from trajset.annotate.recovery.pieces import completing
from trajset.annotate.recovery.relate import relate
from trajset.annotate.shell import Run
from trajset.annotate.shell.programs import CHECKS

_EACH, _ALL = 25, 50
"""How many later calls are looked at, for each key and in all."""
_NEAR = 12
_SURE = 0.7
_COULD_NOT_RUN = frozenset(
    {
        "model",
        "tool_schema",
        "missing_dependency",
        "sandbox_approval",
        "network",
        "timeout",
        "unknown",
    }
)


class Found(Struct, frozen=True, gc=False):
    """The attempt that recovered a failure."""

    index: int
    link: Link


def find_recoveries(attempts: list[Attempt], failed: dict[int, Failed]) -> dict[int, Found]:
    """Index of a failed attempt -> the attempt that recovered it, for those that were."""
    index = _Index(attempts)
    found: dict[int, Found] = {}
    for position in sorted(failed, reverse=True):
        recovery, retry = _first(attempts, failed, index, position, failed[position])
        if recovery is None and retry is not None:
            recovery = found.get(retry)
        if recovery is not None:
            found[position] = recovery
    return {position: found[position] for position in sorted(found)}


class _Index:
    """Postings: key -> positions of the attempts that have it, rising."""

    def __init__(self, attempts: list[Attempt]) -> None:
        self._postings: dict[str, list[int]] = defaultdict(list)
        for position, attempt in enumerate(attempts):
            for key in dict.fromkeys(k for aim in aims_of(attempt) for k in _keys(aim)):
                self._postings[key].append(position)
        self._steps = [attempt.call_step for attempt in attempts]

    def later(self, aims: list[Aim], position: int) -> list[int]:
        """Positions behind this one that share a key, and the next few whatever they are."""
        end = len(self._steps)
        found = set(range(position + 1, min(position + 1 + _NEAR, end)))
        for key in dict.fromkeys(k for aim in aims for k in _keys(aim)):
            postings = self._postings[key]
            start = bisect_right(postings, position)
            found.update(postings[start : start + _EACH])
        return sorted(found)[:_ALL]


def _keys(aim: Aim) -> list[str]:
    keys = [f"name:{aim.name}", *(f"object:{o}" for o in aim.objects)]
    if aim.verb in CHECKS or aim.verb in ("install", "plan", "question"):
        keys.append(f"verb:{aim.verb}")
    return keys


def _first(
    attempts: list[Attempt],
    failed: dict[int, Failed],
    index: _Index,
    position: int,
    failure: Failed,
) -> tuple[Found | None, int | None]:
    """What recovered a failure, and the failed attempt that was its first retry."""
    aims = _ends(failure)
    weak: Found | None = None
    retry: int | None = None
    for later in index.later(aims, position):
        attempt = attempts[later]
        if attempt.call_step < failure.attempt.step or attempt.result.running:
            continue
        for aim in aims:
            link = relate(failure, aim, attempt, later - position)
            if link is None:
                continue
            if not _achieved(failure, attempt, failed.get(later), link):
                if retry is None and later in failed and link.confidence >= _SURE:
                    retry = later
                continue
            if weak is not None and link.confidence < _SURE:
                break
            shown = completing(attempts, failed, position, later) if aim.verb == "change" else later
            if link.confidence >= _SURE:
                return Found(shown, link), retry
            weak = Found(shown, link)
            break
    return weak, retry


def _ends(failure: Failed) -> list[Aim]:
    """What the failed call was after: the program that failed, or what a failed `cd` led up to."""
    attempt, run = failure.attempt, failure.cause.run
    aims = list(aims_of(attempt))
    if not attempt.runs:
        return aims
    start = _position(attempt.runs, run) if run is not None else 0
    behind = [a for a in aims[start:] if a.run is not None and _matters(a.run)]
    if run is None:
        return behind[:3] or aims[:1]
    return behind[:1] or [a for a in aims if a.run is not None and _matters(a.run)][-1:] or aims[:1]


def _position(runs: tuple[Run, ...], run: Run) -> int:
    return next((i for i, one in enumerate(runs) if one is run or one == run), 0)


def _matters(run: Run) -> bool:
    return run.purpose not in ("shell", "wait", "filter") and not (
        run.purpose == "print" and not run.stdout
    )


def _achieved(failure: Failed, attempt: Attempt, own: Failed | None, link: Link) -> bool:
    """Whether the later call's result shows the end, even if it failed at something else."""
    if own is None:
        return True
    if link.aim.run is None or own.cause.run is None:
        return False
    ours = _position(attempt.runs, link.aim.run)
    theirs = _position(attempt.runs, own.cause.run)
    if any(run.piped for run in attempt.runs[ours + 1 : theirs + 1][:1]):
        theirs = ours  # what ours gave was what theirs stumbled over
    if ours < theirs:
        return own.cause.category in ("command_exit", "model", "network", "unknown")
    ran = own.cause.category == "command_exit" and link.aim.purpose in CHECKS
    return ours == theirs and ran and failure.cause.category in _COULD_NOT_RUN
