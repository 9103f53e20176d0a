"""Which results are failures: what the log reports, less what is an answer, plus what shows."""

from __future__ import annotations

from msgspec import Struct

from trajset.annotate.answers import answer_of
from trajset.annotate.attempts import Attempt
from trajset.annotate.causes import Cause, classify
from trajset.annotate.deciding import deciding_run
from trajset.annotate.infer import infer
from trajset.annotate.wanted import wanted
from trajset.annotate.world import names_in
from trajset.trajectory import Failure, StatusSource


class Failed(Struct, gc=False):
    """A failing attempt with its cause; `recovery` and the model's `Failure` come later."""

    attempt: Attempt
    cause: Cause
    source: StatusSource

    def failure(self, recovered_by: str | None) -> Failure:
        """As the model has it."""
        return Failure(
            step=self.attempt.step,
            call_id=self.attempt.call.id,
            category=self.cause.category,
            kind=self.cause.kind,
            status_source=self.source,
            why=self.cause.why,
            recovered_by=recovered_by,
            confidence=self.cause.confidence,
        )


_MAY_HIDE = frozenset({"nothing_matched", "asked", "optional_in_loop", "pipe_closed"})
"""Answers beside which another program of the line may have failed unseen."""


def find_failures(attempts: list[Attempt]) -> dict[int, Failed]:
    """Index in `attempts` -> what failed there."""
    names = names_in(attempts)
    found: dict[int, Failed] = {}
    for index, attempt in enumerate(attempts):
        failed = _judge(attempt, names)
        if failed is not None:
            found[index] = failed
    return found


def _judge(attempt: Attempt, names: frozenset[str]) -> Failed | None:
    if _reported(attempt):
        run = deciding_run(attempt)
        answer = answer_of(attempt, run)
        if answer is None:
            cause = classify(attempt, names)
            return None if wanted(attempt, run, cause) else Failed(attempt, cause, "reported")
        if answer not in _MAY_HIDE:
            return None
    seen = infer(attempt, names)
    if seen is None or wanted(attempt, seen.run, seen):
        return None
    return Failed(attempt, seen, "inferred")


def _reported(attempt: Attempt) -> bool:
    status = attempt.observation.status
    if status in ("error", "rejected", "cancelled"):
        return True
    return attempt.result.exit_code not in (0, None)
