"""Why an uncaught error happened: in the work, or in a script typed on the line."""

from __future__ import annotations

import re

from trajset.annotate.attempts import Attempt
from trajset.annotate.causes.cause import Cause, cause_of
from trajset.annotate.causes.check import is_foreign
from trajset.annotate.phenomena import checks, find, services, traces
from trajset.annotate.shell import Run

_FRAME = re.compile(r'^\s*File "([^"]+)", line \d+', re.MULTILINE)
_FOREIGN = re.compile(r"^<|site-packages|dist-packages|/lib/python|\\Lib\\|frozen ")


def _in_project(text: str) -> bool:
    """Whether a Python traceback ends in a file that is neither typed in nor a library's."""
    frames = _FRAME.findall(text)
    return bool(frames) and not _FOREIGN.search(frames[-1])


_NOT_BUILT = re.compile(
    r"\b[Cc][- ]?extensions?\b|extension module|[Hh]as it been (?:compiled|built)|not (?:been )?"
    r"(?:compiled|built)\b|build_ext|cannot be imported from (?:its |the )?source",
)
"""What packages say whose own compiled part is missing."""
_NAME_NOT_THERE = re.compile(
    r"^ImportError: cannot import name |does not provide an export named ", re.MULTILINE
)
_OWN_CHECK = ("AssertionError", "SystemExit")


def _is_of_script(text: str, run: Run) -> bool:
    """Whether the error was raised in the very script that was run, not in what it runs."""
    frames = _FRAME.findall(text)
    file = frames[-1].replace("\\", "/").rsplit("/", 1)[-1] if frames else ""
    return bool(file) and run.purpose in ("code", "test") and run.name.endswith(file)


def trace_cause(
    attempt: Attempt, text: str, lowered: str, run: Run | None, names: frozenset[str]
) -> Cause | None:
    """The cause of an uncaught error. In a script written on the line it is the agent's belief."""
    sign = find(checks.MISSING_MODULE, text, lowered)
    if sign is not None:
        if is_foreign(sign.detail, names):
            return cause_of(sign, run)
        if _NOT_BUILT.search(text):
            return Cause(
                "not_built", "missing_dependency", f"The result says: {sign.line}", 0.8, run
            )
        return Cause("own_module_not_found", "model", f"The result says: {sign.line}", 0.7, run)
    sign = find(traces.NETWORK_TRACES, text, lowered) or find(services.CREDENTIALS, text, lowered)
    if sign is not None:
        return cause_of(sign, run)
    sign = find(traces.TRACES, text, lowered)
    if sign is None:
        return None
    run = next((r for r in attempt.runs if r.purpose == "code"), run)
    inline = attempt.kind == "code" or (run is not None and run.inline is not None)
    if inline and _in_project(text):
        inline = False
    if run is not None and _NAME_NOT_THERE.search(text) and _is_of_script(text, run):
        return Cause("name_not_there", "model", "The result says: cannot import name", 0.8, run)
    error = (sign.detail or "").rsplit(".", 1)[-1]
    why = f"The result says: {error or sign.line}"
    if inline and error not in _OWN_CHECK:
        return Cause("own_script_raised", "model", why, 0.75, run)
    return Cause(sign.phenomenon.kind, sign.phenomenon.category, why, 0.85, run)
