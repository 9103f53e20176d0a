"""Reported non-zero exits that are answers: one small function per phenomenon.

Each takes an attempt and the run that gave the exit code, and says whether that is no failure.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from trajset.annotate.attempts import Attempt
from trajset.annotate.deciding import speaks
from trajset.annotate.naming import any_of, names
from trajset.annotate.shell import Run
from trajset.annotate.shell.programs import CHECKS

_SEARCHES = frozenset({"grep", "egrep", "fgrep", "rg", "ag", "ack", "git grep", "zgrep", "findstr"})
_DIFFERS = frozenset({"diff", "cmp", "git diff", "git diff-index", "colordiff", "comm", "diff3"})
_ASKS = names(
    "which where command type [ test [[ pgrep pidof lsof nc expr let getent ps id netstat ss"
)
_FINDERS = frozenset({"which", "where", "type", "command", "pgrep", "pidof", "lsof"})
_STATUS_QUERIES = (
    "gh pr checks",
    "gh run watch",
    "gh run view",
    "gh auth status",
    "systemctl status",
    "systemctl is-active",
    "systemctl is-enabled",
    "launchctl list",
    "pg_isready",
    "docker inspect",
    "kill -0",
    "git merge-base",
    "git show-ref",
    "git check-ignore",
    "git symbolic-ref",
    "git rev-parse",
    "git config",
    "git diff",
    "git ls-files",
    "git ls-remote",
    "npm outdated",
    "pnpm outdated",
    "npm ls",
    "npm list",
    "pip show",
    "pip list",
    "brew list",
)
_VIEWS = frozenset({"gh pr view", "gh pr status", "gh release view", "gh pr list"})
_NONE_THERE = re.compile(r"no (?:open )?pull requests|release not found|no pull request", re.I)
_ASKS_BY_OPTION = {
    "git rev-parse": frozenset({"--verify", "-q"}),
    "git diff": frozenset({"--quiet", "--exit-code", "--check"}),
    "git ls-files": frozenset({"--error-unmatch"}),
    "git ls-remote": frozenset({"--exit-code"}),
}
"""Commands whose exit code is an answer only where an option asks for it."""
_ERROR_WORDS = any_of(
    r"\b(?:error|fatal|exception|traceback|denied|refused)\b",
    r"\b(?:cannot|could not|unable|failed|not found|no such)\b",
    flags=re.IGNORECASE,
)
_INTERRUPTED = frozenset({130, 137, 143, -2, -9, -15})


def nothing_matched(attempt: Attempt, run: Run) -> bool:
    """A search that found nothing (also through xargs, which says 123)."""
    code = attempt.result.exit_code
    searches = run.name in _SEARCHES or (
        run.purpose in ("filter", "search") and run.program in _SEARCHES
    )
    if not searches or code not in (1, 123, None) or speaks(run, attempt.result.text):
        return False
    if code is None:
        return attempt.result.text.strip().lower() in ("", "error")
    return True


def differs(attempt: Attempt, run: Run) -> bool:
    """`diff` and its like with differences."""
    return (
        run.name in _DIFFERS
        and attempt.result.exit_code == 1
        and not speaks(run, attempt.result.text)
    )


def asked(attempt: Attempt, run: Run) -> bool:
    """A question whose answer is the exit code: `which`, `test`, `pgrep`, a version."""
    if attempt.result.exit_code in (126, 127):
        return False
    if run.program in _FINDERS:
        return True
    return run.name in _ASKS and not speaks(run, attempt.result.text)


def status_query(attempt: Attempt, run: Run) -> bool:
    """CI checks asked for and red, a service that is not active, a ref that is not there."""
    name = " ".join((run.name, *run.operands[:1]))
    if not (run.name in _STATUS_QUERIES or run.name in _VIEWS or name.startswith(_STATUS_QUERIES)):
        return False
    wanted = _ASKS_BY_OPTION.get(run.name)
    if wanted is not None:
        return bool(wanted & set(run.options))
    text = attempt.result.text
    if run.name in _VIEWS:
        return _NONE_THERE.match(text.lstrip()) is not None
    return not re.match(
        r"(?:fatal|error|gh|HTTP|failed to|unknown|accepts|Usage)\b", text.lstrip(), re.I
    )


def looked_whether_there(attempt: Attempt, run: Run) -> bool:
    """`ls`, `stat`, `cat` of something that may be missing, its messages sent away."""
    return run.purpose in ("list", "read", "ask", "history") and (run.quiet or run.guarded)


def stopped_by_agent(attempt: Attempt, run: Run | None) -> bool:
    """The agent itself ended it: Ctrl-C into a session, `kill` of its own job."""
    if attempt.result.exit_code not in _INTERRUPTED:
        return False
    return attempt.kind == "session" and "\x03" in (attempt.action.command or "")


_MISCALLED = re.compile(r"illegal|[Uu]sage|must be|not permitted|invalid|denied|unknown option")


def killed_nothing(attempt: Attempt, run: Run) -> bool:
    """`pkill` without a match, or that hit its own shell; `kill` of a process that is gone."""
    if run.purpose != "process" or attempt.result.exit_code not in (1, 143, 144):
        return False
    return _MISCALLED.search(attempt.result.text) is None


def pipe_closed(attempt: Attempt, run: Run) -> bool:
    """141: the reader of a pipe (`head`) had enough."""
    return attempt.result.exit_code == 141


def optional_in_loop(attempt: Attempt, run: Run) -> bool:
    """The last turn of a loop found nothing; the others delivered."""
    if run.scope != "loop" or run.purpose in CHECKS:
        return False
    return attempt.result.text.count("\n") > 0 and not _ERROR_WORDS.search(
        attempt.result.text[-300:]
    )


ANSWERS: tuple[Callable[[Attempt, Run], bool], ...] = (
    nothing_matched,
    differs,
    asked,
    status_query,
    looked_whether_there,
    killed_nothing,
    pipe_closed,
    optional_in_loop,
)


def answer_of(attempt: Attempt, run: Run | None) -> str | None:
    """Name of the reason why a reported error is no failure by the definitions, or None."""
    if stopped_by_agent(attempt, run):
        return stopped_by_agent.__name__
    if run is None or attempt.observation.status in ("rejected", "cancelled"):
        return None
    return next((answer.__name__ for answer in ANSWERS if answer(attempt, run)), None)
