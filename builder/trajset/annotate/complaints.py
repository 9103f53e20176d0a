"""Messages of programs whose exit code nobody saw: whose they are, and whether they count.

A message counts only if it is of a program that the line runs, and not if the agent had reckoned
with it or got the rest of what it asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from trajset.annotate.attempts import Attempt
from trajset.annotate.causes.cause import Cause, cause_of
from trajset.annotate.deciding import exit_unseen, producers, speakers, starts_others
from trajset.annotate.phenomena import (
    Sign,
    Table,
    commands,
    find,
    git,
    options,
    packages,
    passing,
    services,
    traces,
)
from trajset.annotate.shell import Run
from trajset.annotate.shell.programs import QUOTING, TRIVIAL
from trajset.annotate.shell.wrappers import program_name

_SHORT = 6


def complaint(attempt: Attempt, hidden: list[Run], text: str, lowered: str) -> Cause | None:
    """A message of the shell or of a program on the line, about what the call was for."""
    programs = speakers(attempt)
    for table, speaks_for, tells_who in _TABLES:
        if not tells_who and not any(speaks_for(run) for run in hidden):
            continue
        missing = table is commands.NOT_FOUND
        sign = find(table, text, lowered, programs if missing else attempt.programs, inferring=True)
        if sign is None:
            continue
        if sign.program is None and not hidden:
            continue
        inner = [r for r in attempt.runs if r.scope == "substitution"] if missing else []
        culprit = _culprit(attempt, hidden + inner, sign, text, speaks_for)
        if culprit is not None and not _reckoned_with(attempt, culprit, sign, text):
            return cause_of(sign, culprit)
    return None


def _not_quoting(run: Run) -> bool:
    return run.purpose not in QUOTING | TRIVIAL | {"filter", "logs"}


def _git(run: Run) -> bool:
    return run.program in ("git", "gh", "glab")


def _remote(run: Run) -> bool:
    if run.purpose in ("fetch", "remote", "install", "vcs") or run.program == "git":
        return True
    return bool({"ssh", "kubectl"} & {run.program, *run.wrappers})


def _installs(run: Run) -> bool:
    return run.purpose == "install"


def _contains(run: Run) -> bool:
    inside = bool(_CONTAINERS & {run.program, *run.wrappers})
    return inside or run.purpose == "remote" or _not_quoting(run)


def _asks_database(run: Run) -> bool:
    return run.program in _DATABASES or _not_quoting(run)


_CONTAINERS = frozenset({"docker", "podman", "docker-compose", "kubectl", "helm"})
_DATABASES = frozenset({"sqlite3", "sqlite", "psql", "mysql", "mariadb", "duckdb"})


_SPEAKERS: tuple[tuple[Table, Callable[[Run], bool]], ...] = (
    (commands.NOT_FOUND, _not_quoting),
    (commands.SHELL_SYNTAX, _not_quoting),
    (commands.DENIED, _not_quoting),
    (git.PUSHES, _git),
    (git.AUTHENTICATION, _git),
    (git.GIT, _git),
    (services.REMOTE, _remote),
    (packages.INSTALLING, _installs),
    (services.ENVIRONMENT, _contains),
    (services.NOT_RUNNING, _contains),
    (services.CREDENTIALS, _contains),
    (services.TOOLCHAIN, _not_quoting),
    (traces.SCRIPT_MISSING, _not_quoting),
    (commands.DIRECTORIES, _not_quoting),
    (commands.PLACES, _not_quoting),
    (commands.PROJECTS, _not_quoting),
    (services.CONTAINERS, _contains),
    (services.DATABASES, _asks_database),
    (options.ARGUMENTS, _not_quoting),
    (options.OPTIONS, _not_quoting),
    (options.USAGE, _not_quoting),
    (options.TERMINALS, _not_quoting),
)
"""Tables, and the runs that a message without a program's name can be of."""


def _tells_who(table: Table) -> bool:
    """Whether the table's messages can name their program, or are the shell's own."""
    return any(
        "(?P<program" in row.pattern.pattern or row.kind.startswith("shell_") for row in table
    )


_TABLES = tuple((table, speaks_for, _tells_who(table)) for table, speaks_for in _SPEAKERS)


def _culprit(
    attempt: Attempt, hidden: list[Run], sign: Sign, text: str, speaks_for: Callable[[Run], bool]
) -> Run | None:
    if sign.program is not None:
        name = program_name(sign.program.strip("'\"`‘’“”"))
        for run in attempt.runs:
            named = name in (run.program, run.name.split(" ")[0]) or name in run.wrappers
            if named and exit_unseen(attempt, run):
                return run
        return next((run for run in hidden if starts_others(run)), None)
    able = [run for run in hidden if speaks_for(run) and _could_say(run, sign)]
    if sign.at == 0 and not able and sign.phenomenon.category == "model":
        return hidden[0] if sign.phenomenon.kind.startswith("shell_") else None
    if sign.phenomenon.category == "network" and text.count("\n") > _SHORT:
        return None
    if passing.PASSES.search(text):
        return None
    around = text[max(0, sign.at - 100) : sign.at + 300]
    nearest = next((run for run in able if run.name in around), None)
    if nearest is None and sign.at and any(_prints_others(run) for run in producers(attempt)):
        return None
    return nearest or (able[0] if able else None)


def _prints_others(run: Run) -> bool:
    """Whether the run shows a text that was there before, messages of other programs among it."""
    return run.purpose in ("read", "logs") and not run.piped and not run.feeds


def _could_say(run: Run, sign: Sign) -> bool:
    """Whether the message can be the run's own: what prints others' texts complains at once."""
    if run.purpose not in QUOTING or sign.at == 0:
        return True
    return sign.phenomenon.category == "network" and run.program != "git"


def _reckoned_with(attempt: Attempt, culprit: Run, sign: Sign, text: str) -> bool:
    """Whether the agent took this failing into account, or got the rest of what it asked for."""
    others = any(r.purpose not in TRIVIAL and r is not culprit for r in producers(attempt))
    if culprit.quiet or culprit.purpose == "ask" or culprit.scope == "condition":
        return True
    if culprit.guarded:
        return others or sign.phenomenon.kind not in _MISPUT
    if sign.phenomenon.kind == "bad_pattern":
        return False
    looks = culprit.purpose in _LOOKS
    if culprit.purpose == "list" and culprit.merges:
        return True
    if looks and _ASKS_FOR_STATUS.search(attempt.action.command or ""):
        return True
    if looks and sign.phenomenon.kind == "permission_denied":
        return True
    missing = sign.phenomenon.category == "missing_dependency"
    return looks and (others or (len(culprit.operands) > 1 and not missing)) and _delivered(text)


_MISPUT = frozenset({"unknown_option", "shell_syntax", "shell_misuse", "bad_pattern"})
"""What nobody reckons with: `|| …` is for the work failing, not for the call being wrong."""
_LOOKS = QUOTING | {"ask", "shell", "filter"}
_ASKS_FOR_STATUS = re.compile(r"\$\?|\$LASTEXITCODE")
_COMPLAINT = re.compile(
    r"[Nn]o such file|cannot access|command not found|not found|^(?:fatal|error|hint|"
    r"usage)\b|^Use '--'|^'git |"
    r"no matches found|[Nn]ot a directory|[Pp]ermission denied|ambiguous argument|"
    r"^total 0$|^\s*$|^[-=#*\s]{2,}.{0,40}$"
)


def _delivered(text: str) -> bool:
    """Whether there is more in the output than complaints."""
    return any(not _COMPLAINT.search(line) for line in text.splitlines()[:60])
