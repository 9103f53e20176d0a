"""Failures that the log does not report, or calls a success: what the text plainly shows.

The exit code is believed where it could be seen. Where a pipe, `;` or `||` hid it, a message
counts only if it is of a program that the line runs, and not if the agent had reckoned with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from trajset.annotate.attempts import Attempt
from trajset.annotate.causes.cause import Cause, cause_of
from trajset.annotate.causes.check import findings
from trajset.annotate.causes.frame import frame_sign
from trajset.annotate.causes.trace import trace_cause
from trajset.annotate.deciding import exit_unseen, producers, speakers, starts_others
from trajset.annotate.naming import any_of
from trajset.annotate.phenomena import (
    Sign,
    Table,
    checks,
    commands,
    find,
    git,
    refusals,
    services,
    tools,
    traces,
)
from trajset.annotate.shell import Run
from trajset.annotate.shell.programs import CHECKS, QUOTING, TRIVIAL
from trajset.annotate.shell.wrappers import program_name

_VAGUE = 0.85
_SHORT = 6
_LONGEST_FRAME = 2_000
_LINE = 60
_ERROR_MARK = re.compile(
    r"\s*(?:<(?:tool_use_error|error)>|\[?(?:Error|ERROR|error|Failed|failed)\b|Invalid |"
    r"Cannot |Could not |Unable to |"
    r"No replacement was|No match found|The user |Your proposed edit|"
    r"apply_patch verification|InputValidation|"
    r"EISDIR|ENOENT|EACCES|Missing |Tool .{1,40} not |File not found|Path does not|"
    r"(?:The )?[Ff]ile .{1,300}(?:does not exist|not found))"
)
_PASSES = any_of(
    r"^ok\s+\S+",
    r"\b[1-9]\d* (?:tests? )?pass(?:ed|ing)?\b",
    r"test result: ok|^OK\b|^PASS\b|^# fail 0$",
    r"[Aa]ll checks passed|Success: no issues|no issues found|compiled successfully|built in \d",
    r"\b0 (?:errors?|issues|failed|failures|problems)\b",
    r"BUILD SUCCESS|Build succeeded|Finished `?(?:dev|test|release)",
)
_GENERATORS = re.compile(
    r"(?:npx|npm|pnpm|yarn|bun|bunx)\b.{0,40}\bcreate[- ]|\bnpm init\b|\bcreate-\w+-app"
)


def infer(attempt: Attempt, names: frozenset[str]) -> Cause | None:
    """The cause of a failure that only the text shows, or None."""
    if not attempt.result.text.strip():
        return None
    if attempt.kind in ("shell", "session"):
        return None if attempt.result.running else _command(attempt, names)
    if attempt.kind == "code":
        return _edit_refused(attempt) or _trace_at_end(attempt, None, names)
    return _tool(attempt)


def _tool(attempt: Attempt) -> Cause | None:
    head = attempt.result.text[:600]
    lowered = head.lower()
    if attempt.kind == "task":
        sign = find(tools.EXTERNAL, head[:200], lowered[:200])
        return cause_of(sign, category="missing_dependency") if sign is not None else None
    if attempt.kind == "job":
        sign = find(refusals.JOBS, head, lowered)
        return cause_of(sign) if sign is not None else None
    if attempt.kind == "read" and len(head) < 400 and "provided offset" in lowered:
        sign = find(tools.FILES, head, lowered)
        return cause_of(sign) if sign is not None else None
    if (
        attempt.kind == "fetch"
        and len(attempt.result.text) < 600
        and head.startswith("The server returned HTTP")
    ):
        sign = find(tools.HTTP, head, lowered)
        return cause_of(sign) if sign is not None else None
    if attempt.kind == "question" or not _ERROR_MARK.match(head):
        return None
    if attempt.kind in ("read", "search", "list", "task", "fetch", "remote", "other") and (
        attempt.observation.status == "ok" or len(attempt.result.text) > 600
    ):
        return None
    first = head.split("\n\n", 1)[0]
    lowered = first.lower()
    if attempt.kind in ("edit", "write", "read", "search", "list"):
        tables = (tools.PERMISSIONS, tools.MALFORMED, tools.BROKEN_EDITS, tools.FILES)
    else:
        tables = (tools.PERMISSIONS, tools.MALFORMED, tools.HTTP, tools.FILES)
    sign = frame_sign(attempt)
    for table in tables:
        sign = sign or find(table, first, lowered)
    return cause_of(sign) if sign is not None else None


def _command(attempt: Attempt, names: frozenset[str]) -> Cause | None:
    sign = _frame(attempt)
    if sign is not None:
        return cause_of(sign)
    refused = _edit_refused(attempt)
    if refused is not None:
        return refused
    unseen = [run for run in attempt.runs if exit_unseen(attempt, run)]
    if not unseen and attempt.runs:
        return _waits(attempt)
    shown = producers(attempt)
    hidden = [run for run in unseen if run in shown]
    text = attempt.result.text
    lowered = text.lower()
    return (
        _check(attempt, hidden, text, lowered, names)
        or _named(attempt, hidden, text, lowered)
        or _traced(attempt, hidden, names)
        or _waits(attempt)
    )


def _frame(attempt: Attempt) -> Sign | None:
    """A refusal or a limit that is all the result, or that its last line says."""
    text = attempt.result.text.strip()
    sign = frame_sign(attempt) if len(text) < _LONGEST_FRAME else None
    if sign is None:
        return None
    if text.startswith(sign.line[:_LINE]):
        return sign
    ended = sign.phenomenon.kind in ("timed_out", "user_interrupted") and text.endswith(sign.line)
    return sign if ended else None


def _edit_refused(attempt: Attempt) -> Cause | None:
    """An editing command of SWE-agent's or OpenHands' own that was turned down."""
    head = attempt.result.text[:200]
    sign = find(tools.BROKEN_EDITS, head, head.lower())
    return cause_of(sign) if sign is not None else None


def _check(
    attempt: Attempt, hidden: list[Run], text: str, lowered: str, names: frozenset[str]
) -> Cause | None:
    """A test, build or lint whose exit code went into a pipe, and whose findings are shown."""
    run = next((r for r in reversed(hidden) if r.purpose in CHECKS and not _nowhere(r)), None)
    if run is None:
        return None
    cause = findings(attempt, text, lowered, run)
    if cause is not None and _PASSES.search(text):
        sure = cause.kind == "tests_failed" and cause.confidence > _VAGUE
        return cause if sure else None
    return cause


def _nowhere(run: Run) -> bool:
    return run.hidden and run.quiet


def _named(attempt: Attempt, hidden: list[Run], text: str, lowered: str) -> Cause | None:
    """A message of the shell or of a program on the line, about what the call was for."""
    programs = speakers(attempt)
    for table, speaks_for in _TABLES:
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
    return run.purpose in ("fetch", "remote", "install", "vcs") or run.program == "git"


def _installs(run: Run) -> bool:
    return run.purpose == "install"


_TABLES: tuple[tuple[Table, Callable[[Run], bool]], ...] = (
    (commands.NOT_FOUND, _not_quoting),
    (commands.SHELL_SYNTAX, _not_quoting),
    (commands.DENIED, _not_quoting),
    (git.PUSHES, _git),
    (git.AUTHENTICATION, _git),
    (git.GIT, _git),
    (services.REMOTE, _remote),
    (services.INSTALLING, _installs),
    (services.NOT_RUNNING, _not_quoting),
    (services.TOOLCHAIN, _not_quoting),
    (traces.SCRIPT_MISSING, _not_quoting),
    (commands.DIRECTORIES, _not_quoting),
    (commands.PLACES, _not_quoting),
    (commands.PROJECTS, _not_quoting),
    (services.CONTAINERS, _not_quoting),
    (services.DATABASES, _not_quoting),
    (commands.ARGUMENTS, _not_quoting),
    (commands.OPTIONS, _not_quoting),
    (commands.USAGE, _not_quoting),
)
"""Tables, and the runs that a message without a program's name can be of."""


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
    able = [run for run in hidden if speaks_for(run)]
    if sign.at == 0 and not able and sign.phenomenon.category == "model":
        return hidden[0] if sign.phenomenon.kind.startswith("shell_") else None
    if sign.phenomenon.category == "network" and text.count("\n") > _SHORT:
        return None
    if _PASSES.search(text):
        return None
    around = text[max(0, sign.at - 100) : sign.at + 300]
    return next((run for run in able if run.name in around), able[0] if able else None)


def _reckoned_with(attempt: Attempt, culprit: Run, sign: Sign, text: str) -> bool:
    """Whether the agent took this failing into account, or got the rest of what it asked for."""
    if culprit.guarded or culprit.quiet or culprit.purpose == "ask" or culprit.scope == "condition":
        return True
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
    others = any(r.purpose not in TRIVIAL and r is not culprit for r in producers(attempt))
    return looks and (others or (len(culprit.operands) > 1 and not missing)) and _delivered(text)


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


def _traced(attempt: Attempt, hidden: list[Run], names: frozenset[str]) -> Cause | None:
    run = next((r for r in reversed(hidden) if r.purpose in ("code", "run", *CHECKS)), None)
    return _trace_at_end(attempt, run, names) if run is not None and not run.guarded else None


_ENDS_IN_ERROR = re.compile(
    r"^(?:\w+\.)*\w*(?:Error|Exception|Exit|Interrupt)\b.*\s*\Z|Node\.js v[\d.]+\s*\Z", re.M
)


def _trace_at_end(attempt: Attempt, run: Run | None, names: frozenset[str]) -> Cause | None:
    """A traceback that the output ends on: one in the middle was caught, or printed by a test."""
    tail = attempt.result.text[-3_000:]
    if not _ENDS_IN_ERROR.search(tail[-400:]):
        return None
    return trace_cause(attempt, tail, tail.lower(), run, names)


def _waits(attempt: Attempt) -> Cause | None:
    """A generator that stopped at a question which nobody answered."""
    command = attempt.action.command or ""
    if not _GENERATORS.search(command):
        return None
    sign = find(checks.GENERATORS, attempt.result.text, attempt.result.text.lower())
    return cause_of(sign) if sign is not None else None
