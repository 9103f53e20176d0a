"""Why a test, a build or a lint failed, and what they find wrong with the work."""

from __future__ import annotations

import re

from trajset.annotate.attempts import Attempt
from trajset.annotate.causes.cause import Cause, cause_of
from trajset.annotate.causes.frame import HEAD
from trajset.annotate.phenomena import Table, checks, commands, find, options, runners, services
from trajset.annotate.shell import Run
from trajset.annotate.shell.programs import CHECKS


def check_cause(
    attempt: Attempt, text: str, lowered: str, run: Run | None, names: frozenset[str]
) -> Cause | None:
    """The cause where a test, build or lint ran: wrong place, missing module, or its findings."""
    for table in (commands.PROJECTS, commands.DIRECTORIES):
        sign = find(table, text, lowered)
        if sign is not None:
            return cause_of(sign, run)
    sign = find(checks.MISSING_MODULE, text, lowered)
    if sign is not None and is_foreign(sign.detail, names) and _is_the_main_thing(text):
        return cause_of(sign, run)
    sign = find(services.TOOLCHAIN, text, lowered)
    if sign is not None and _is_the_main_thing(text):
        return cause_of(sign, run)
    sign = find(options.OPTIONS, text[:HEAD], lowered[:HEAD])
    if sign is not None:
        return cause_of(sign, run)
    return findings(attempt, text, lowered, run)


def findings(attempt: Attempt, text: str, lowered: str, run: Run | None) -> Cause | None:
    """Failed tests, compile errors, lint findings, by what the line ran."""
    purposes = {r.purpose for r in attempt.runs}
    tables: list[Table] = []
    if purposes & {"test", "verify", "build", "run"}:
        tables.append(runners.TESTS)
    if purposes & {"build", "typecheck", "test", "verify"}:
        tables.append(checks.BUILDS)
    if purposes & {"lint", "format", "typecheck", "verify"}:
        tables.append(checks.LINTS)
    if purposes & CHECKS:
        tables.append(checks.TASKS)
    for table in tables:
        sign = find(table, text, lowered)
        if sign is not None:
            return cause_of(sign, run)
    return None


_ERROR_LINES = re.compile(r"^.*(?:\berror\b|Error:|Error\b.*:).*$", re.MULTILINE)
_MODULE_LINES = re.compile(
    r"fatal error: .{1,200}(?:No such file|not found)|not found$|not installed|"
    r"TS2307|TS7016|TS2792|No module named|[Cc]annot find (?:module|package)|Can't resolve"
)


def _is_the_main_thing(text: str) -> bool:
    """Whether missing modules are at least half of what is complained about."""
    lines = _ERROR_LINES.findall(text[:6_000])
    missing = sum(1 for line in lines if _MODULE_LINES.search(line))
    return missing * 2 >= len(lines)


def is_foreign(module: str | None, names: frozenset[str]) -> bool:
    """Whether a module that is not found is none of the project's own."""
    if module is None:
        return True
    top = re.split(r"[./]", module.strip("'\""))[0]
    return bool(top) and (module.startswith("@") or top not in names)
