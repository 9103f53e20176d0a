"""Output that is nothing but an error, of a program whose exit code nobody saw."""

from __future__ import annotations

import re

from trajset.annotate.attempts import Attempt
from trajset.annotate.causes.cause import Cause, cause_of
from trajset.annotate.causes.command import command_cause
from trajset.annotate.deciding import producers
from trajset.annotate.phenomena import find, options, passing
from trajset.annotate.shell import Run
from trajset.annotate.shell.programs import QUOTING, TRIVIAL

_MOST_LINES = 15
_BEGINS = re.compile(
    r"\W{0,4}(?:[\w./@+-]+(?: [\w-]+)?: +)?"
    r"(?:(?:(?:fatal|internal|runtime|unhandled|uncaught) )?(?:error|exception)(?:\[\w+\])?[:!]|"
    r"error in \w|fatal: |failed (?:to|with)\b|failure[:!]|cannot |could not |couldn't |unable to |"
    r"no such |oops!|[\w.]*(?:error|exception): |permission denied\b)"
    r"|\S*rails aborted!|[\w ]{3,40} failed: |"
    r"X (?:Pull request|Failed|Error)\b|Script .{1,80} returned with error code",
    re.IGNORECASE,
)
_OWN_MESSAGES = frozenset({"gh", "glab", "kubectl", "helm", "scp", "sftp", "ansible-playbook"})
"""Programs that mostly show others' texts, and yet begin like this only when they failed."""
_DATABASES = frozenset({"psql", "mysql", "mariadb", "sqlite3", "duckdb", "mongosh"})


def bare_error(attempt: Attempt, hidden: list[Run], names: frozenset[str]) -> Cause | None:
    """The cause where a short output begins with an error and one program alone can have said it.

    What a script prints is left to its traceback: it may have caught what it speaks of.
    """
    shown = [run for run in producers(attempt) if run.purpose not in TRIVIAL]
    if len(shown) != 1 or shown[0] not in hidden or not _speaks_for_itself(shown[0]):
        return None
    text = attempt.result.text.strip()
    if text.count("\n") >= _MOST_LINES or passing.PASSES.search(text) or not _BEGINS.match(text):
        return None
    cause = command_cause(attempt, names)
    if cause.kind != "exit_code":
        return cause
    sign = find(options.BELIEFS, text, text.lower())
    if sign is not None:
        return cause_of(sign, shown[0])
    why = f"The result says: {text.splitlines()[0][:160]}"
    return Cause("bare_error", "command_exit", why, 0.7, shown[0])


def _speaks_for_itself(run: Run) -> bool:
    if run.guarded or run.quiet or run.scope == "condition" or run.purpose == "ask":
        return False
    if run.purpose == "code":
        return run.program in _DATABASES
    return run.purpose not in QUOTING or run.program in _OWN_MESSAGES
