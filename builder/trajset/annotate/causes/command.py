"""Why a command line failed."""

from __future__ import annotations

import re

from trajset.annotate.attempts import Attempt
from trajset.annotate.causes.cause import Cause, cause_of
from trajset.annotate.causes.check import check_cause
from trajset.annotate.causes.frame import HEAD, frame_sign
from trajset.annotate.causes.trace import trace_cause
from trajset.annotate.deciding import deciding_run
from trajset.annotate.phenomena import (
    Table,
    commands,
    find,
    git,
    options,
    packages,
    refusals,
    services,
    tools,
    traces,
)
from trajset.annotate.shell import Run
from trajset.annotate.shell.programs import CHECKS
from trajset.trajectory import Category

_TAGGED = re.compile(
    r"\s*<(?:tool_use_error|error)>|.{0,40}(?:failed to parse|missing field|InputValidation)"
)


def command_cause(attempt: Attempt, names: frozenset[str]) -> Cause:
    """The cause of a reported failure of a command line; always one."""
    sign = frame_sign(attempt)
    if sign is not None:
        return cause_of(sign)
    if attempt.observation.status in ("rejected", "cancelled"):
        return Cause(
            "user_rejected", "sandbox_approval", "The log records that the call was rejected.", 0.85
        )
    text = attempt.result.text
    lowered = text.lower()
    run = deciding_run(attempt)
    if (
        run is not None
        and attempt.result.exit_code == 124
        and {"timeout", "gtimeout"} & set(run.wrappers)
    ):
        return Cause(
            "timed_out", "timeout", "`timeout` cut the command off (exit code 124).", 0.95, run
        )
    sign = find(refusals.JOBS, text[:HEAD], lowered[:HEAD])
    if sign is not None and (attempt.kind == "session" or not attempt.runs):
        return cause_of(sign)
    if _TAGGED.match(text):
        sign = find(tools.MALFORMED, text[:HEAD], lowered[:HEAD]) or find(
            tools.SPAWN, text[:HEAD], lowered[:HEAD]
        )
        if sign is not None:
            return cause_of(sign)
    found = _shell(attempt, text, lowered, run, names)
    return found or _by_purpose(attempt, run)


def _shell(
    attempt: Attempt, text: str, lowered: str, run: Run | None, names: frozenset[str]
) -> Cause | None:
    """The first sign of trouble in the output of a command line that is known to have failed."""
    for table in (commands.NOT_FOUND, commands.SHELL_SYNTAX):
        sign = find(table, text, lowered)
        if sign is not None:
            return cause_of(sign, run)
    if run is not None and run.purpose in CHECKS:
        found = check_cause(attempt, text, lowered, run, names)
        if found is not None:
            return found
    bound = attempt.programs if attempt.runs else None
    for table in _COMMAND_TABLES:
        sign = find(table, text, lowered, bound)
        if sign is not None:
            return cause_of(sign, run)
    cause = trace_cause(attempt, text, lowered, run, names)
    if cause is None and (run is None or run.purpose in ("run", "remote", "vcs", "history")):
        sign = find(options.BELIEFS, text, lowered)
        cause = cause_of(sign, run) if sign is not None else None
    return cause


_COMMAND_TABLES: tuple[Table, ...] = (
    commands.DENIED,
    services.ENVIRONMENT,
    git.PUSHES,
    git.AUTHENTICATION,
    services.NOT_RUNNING,
    services.CREDENTIALS,
    services.REMOTE,
    traces.NETWORK_TRACES,
    packages.INSTALLING,
    services.TOOLCHAIN,
    traces.SCRIPT_MISSING,
    commands.DIRECTORIES,
    commands.PLACES,
    commands.PROJECTS,
    git.GIT,
    services.CONTAINERS,
    services.DATABASES,
    options.ARGUMENTS,
    options.OPTIONS,
    options.USAGE,
    options.TERMINALS,
    traces.SYNTAX,
    options.CREDENTIALS,
)
"""In the order of the definitions: the first that shows names the cause."""


_BY_PURPOSE: dict[str, tuple[Category, float]] = {
    "read": ("model", 0.7),
    "list": ("model", 0.75),
    "search": ("model", 0.7),
    "write": ("model", 0.7),
    "shell": ("model", 0.7),
    "history": ("model", 0.7),
    "fetch": ("network", 0.8),
    "remote": ("network", 0.6),
    "process": ("model", 0.6),
    "print": ("unknown", 0.5),
    "ask": ("unknown", 0.4),
    "wait": ("unknown", 0.5),
}


def _by_purpose(attempt: Attempt, run: Run | None) -> Cause:
    code = attempt.result.exit_code
    said = attempt.result.text.strip()
    if code in (137, 143, -9, -15):
        return Cause("killed", "unknown", f"The command was killed (exit code {code}).", 0.6, run)
    if run is not None and run.program in ("curl", "wget") and code is not None:
        kind = "connection_failed"
        return Cause(kind, "network", f"`{run.program}` ended with exit code {code}.", 0.85, run)
    what = run.name if run is not None else attempt.action.name
    why = (
        f"`{what[:80]}` ended with exit code {code}."
        if code is not None
        else f"`{what[:80]}` failed."
    )
    if not said or said.lower() == "error":
        return Cause("exit_code", "unknown", why, 0.7, run)
    category, confidence = _BY_PURPOSE.get(run.purpose if run else "run", ("command_exit", 0.75))
    return Cause("exit_code", category, why, confidence, run)
