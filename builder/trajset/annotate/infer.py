"""Failures that the log does not report, or calls a success: what the text plainly shows.

The exit code is believed where it could be seen. Where a pipe, `;` or `||` hid it, a message
counts only if it is of a program that the line runs, and not if the agent had reckoned with it.
"""

from __future__ import annotations

import re

from trajset.annotate.attempts import Attempt
from trajset.annotate.bare_error import bare_error
from trajset.annotate.causes.cause import Cause, cause_of
from trajset.annotate.causes.check import check_cause, findings
from trajset.annotate.causes.frame import frame_sign
from trajset.annotate.causes.trace import trace_cause
from trajset.annotate.complaints import complaint
from trajset.annotate.deciding import exit_unseen, producers, speakers
from trajset.annotate.laments import lamented
from trajset.annotate.phenomena import Sign, checks, commands, find, passing, services
from trajset.annotate.refused import edit_refused, refused
from trajset.annotate.shell import Run
from trajset.annotate.shell.programs import CHECKS

_VAGUE = 0.85
_LONGEST_FRAME = 2_000
_LINE = 60
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
        return (
            edit_refused(attempt)
            or _cell_raised(attempt, names)
            or _trace_at_end(attempt, None, names)
        )
    return refused(attempt)


def _command(attempt: Attempt, names: frozenset[str]) -> Cause | None:
    sign = _frame(attempt)
    if sign is not None:
        return cause_of(sign)
    refused = edit_refused(attempt)
    if refused is not None:
        return refused
    text = attempt.result.text
    lowered = text.lower()
    unseen = [run for run in attempt.runs if exit_unseen(attempt, run)]
    if not unseen and attempt.runs:
        return _answered_with_error(attempt, text, lowered) or _waits(attempt)
    shown = producers(attempt)
    hidden = [run for run in unseen if run in shown]
    return (
        _answered_with_error(attempt, text, lowered)
        or _check(attempt, hidden, text, lowered, names)
        or complaint(attempt, hidden, text, lowered)
        or _traced(attempt, hidden, names)
        or bare_error(attempt, hidden, names)
        or lamented(attempt, hidden, text)
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


def _check(
    attempt: Attempt, hidden: list[Run], text: str, lowered: str, names: frozenset[str]
) -> Cause | None:
    """A test, build or lint whose exit code went into a pipe, and whose findings are shown."""
    run = next((r for r in reversed(hidden) if r.purpose in CHECKS and not _nowhere(r)), None)
    if run is None:
        return None
    cause = findings(attempt, text, lowered, run)
    if cause is not None and passing.PASSES.search(text):
        sure = cause.kind in _SURE_BESIDE_PASSES and cause.confidence > _VAGUE
        return cause if sure else None
    if cause is None:
        return None
    sign = find(commands.NOT_FOUND, text, lowered, speakers(attempt), inferring=True)
    if sign is not None:
        return cause_of(sign, run)
    return check_cause(attempt, text, lowered, run, names)


_SURE_BESIDE_PASSES = frozenset({"tests_failed", "coverage_too_low"})


def _answered_with_error(attempt: Attempt, text: str, lowered: str) -> Cause | None:
    """A page fetched from a remote server whose whole answer is an error, though exit 0."""
    run = next((r for r in producers(attempt) if r.program in _FETCHERS), None)
    if run is None or _HERE.search(attempt.action.command or "") or len(text) > _LONGEST_FRAME:
        return None
    if find(services.HTTP_BODIES, text, lowered) is None:
        return None
    answer = " ".join(text.split())[:160]
    return Cause("http_error_body", "network", f"The server answered: {answer}", 0.85, run)


_FETCHERS = frozenset({"curl", "wget", "http", "https", "httpie", "xh", "iwr", "irm"})
_HERE = re.compile(r"localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|http_code|\s-\w*[iI]\b|--head")
"""The agent's own server, or a question after the status: there an error may be what it expects."""


def _nowhere(run: Run) -> bool:
    return run.hidden and run.quiet


def _traced(attempt: Attempt, hidden: list[Run], names: frozenset[str]) -> Cause | None:
    run = next((r for r in reversed(hidden) if r.purpose in ("code", "run", *CHECKS)), None)
    return _trace_at_end(attempt, run, names) if run is not None and not run.guarded else None


_ENDS_IN_ERROR = re.compile(
    r"^(?:\w+\.)*\w*(?:Error|Exception|Exit|Interrupt)\b.*\s*\Z|Node\.js v[\d.]+\s*\Z"
    r"|^(?:[a-z_]\w*\.)+\w*(?:Error|Exception): |\((?:\w+::)*\w*(?:Error|Exception)\)\s*\Z"
    r"|^TSError: |"
    r": No module named \S+\s*\Z|^Execution of \S+ aborted|Parse error: |^Execution halted"
    r"|^Unhandled exception|^error: Uncaught"
    r"|[Cc]annot find (?:module|package) '"
    r"|Segmentation fault|\(core dumped\)|Abort trap|^ *In \S+\.php line \d+|Fatal error: "
    r"|^goroutine \d+ \[|^exit status \d+\s*\Z|RUST_BACKTRACE|^\s+at .+\)\s*\Z",
    re.M,
)


_CELL_RAISED = re.compile(r"\s*-{20,}\n\w+ {2,}Traceback \(most recent call last\)")


def _cell_raised(attempt: Attempt, names: frozenset[str]) -> Cause | None:
    """A notebook cell whose result is a traceback as IPython prints it, hints behind it."""
    text = attempt.result.text
    if not _CELL_RAISED.match(text):
        return None
    return trace_cause(attempt, text, text.lower(), None, names)


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
