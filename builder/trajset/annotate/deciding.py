"""Which program of a command line gave the exit code, and whose exit code was never seen."""

from __future__ import annotations

from trajset.annotate.attempts import Attempt
from trajset.annotate.naming import names
from trajset.annotate.shell import Run
from trajset.annotate.shell.programs import FILTERS, SCRIPT_RUNNERS, TASK_RUNNERS

_CAN_SAY_NO = frozenset({"search", "ask", "filter"})
_NEVER_FAIL = names("head tail sort uniq wc cat tee cut tr less more nl column")
"""Filters: at the end of a pipeline they hide what came before, and succeed."""
_TELLING = {"test": 6, "build": 5, "typecheck": 4, "verify": 3, "lint": 2, "format": 1}
"""Of several checks in a chain the likelier to have failed."""


def last_chain(runs: tuple[Run, ...]) -> list[Run]:
    """The runs that could have given the exit code: ends of pipelines of the last `&&` chain."""
    outer = [r for r in runs if r.scope != "substitution"]
    start = 0
    for index, run in enumerate(outer):
        if run.link in (";", "&") and run.scope != "condition":
            start = index
    return [run for run in outer[start:] if not run.feeds]


def deciding_run(attempt: Attempt) -> Run | None:
    """The run whose failing made the call fail, as far as the text tells; None without runs."""
    chain = last_chain(attempt.runs)
    if not chain:
        return attempt.runs[-1] if attempt.runs else None
    if len(chain) == 1:
        return chain[0]
    chain = [run for run in chain if run.program not in _NEVER_FAIL] or chain
    text = attempt.result.text
    speaking = [
        run
        for run in chain
        if f"{run.program}:" in text and (speaks(run, text) or run.program == "cd")
    ]
    if speaking:
        complaints = [line for line in text.splitlines() if f"{speaking[0].program}:" in line]
        return next((r for r in speaking if _is_named(r, complaints)), speaking[0])
    alternatives = [i for i, run in enumerate(chain) if run.link == "||"]
    if alternatives:
        return chain[-1]
    if attempt.result.exit_code == 1 and not text.strip():
        silent = [run for run in chain if run.purpose in _CAN_SAY_NO]
        if silent:
            return silent[0]
    if chain[-1].purpose in _CAN_SAY_NO:
        return chain[-1]
    return max(reversed(chain), key=lambda run: _TELLING.get(run.purpose, 0))


def _is_named(run: Run, lines: list[str]) -> bool:
    return any(operand in line for line in lines for operand in run.operands if len(operand) > 3)


def speaks(run: Run, text: str) -> bool:
    """Whether a line of the text begins as this program's own messages do."""
    mark = f"{run.program}: "
    return text.startswith(mark) or f"\n{mark}" in text or f":{run.program}:" in text


def exit_unseen(attempt: Attempt, run: Run) -> bool:
    """Whether this run's failing would not have shown in the call's status."""
    observation = attempt.observation
    if observation.status == "unknown" and attempt.result.exit_code is None:
        return True
    if observation.status == "error" or attempt.result.exit_code not in (0, None):
        return True  # the exit code was another run's answer
    if run.feeds or run.guarded or run.negated or run.scope:
        return not (run.feeds and not run.guarded and _pipefail(attempt))
    outer = [r for r in attempt.runs if r.scope != "substitution"]
    behind = outer[outer.index(run) + 1 :] if run in outer else []
    if any(r.link in (";", "&", "||") for r in behind):
        return not _stops_at_errors(attempt)
    return False


def _pipefail(attempt: Attempt) -> bool:
    return "pipefail" in (attempt.action.command or "")


def _stops_at_errors(attempt: Attempt) -> bool:
    command = attempt.action.command or ""
    return command.startswith("set -e") or "\nset -e" in command


def producers(attempt: Attempt) -> list[Run]:
    """The runs whose output (or messages) a person would see, filters left out."""
    return [
        run
        for run in attempt.runs
        if run.scope != "substitution"
        and not (run.piped and (run.purpose == "filter" or run.program in FILTERS))
    ]


def speakers(attempt: Attempt) -> frozenset[str] | None:
    """Programs whose absence the output may speak of; any where a task runner starts others."""
    return None if any(starts_others(run) for run in attempt.runs) else attempt.programs


def starts_others(run: Run) -> bool:
    """Whether the run starts programs that the command line does not name."""
    return run.program in SCRIPT_RUNNERS or run.program in TASK_RUNNERS or run.name.endswith(".sh")
