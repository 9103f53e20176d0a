"""Errors that the agent wanted to see: a bug reproduced, a new test watched failing.

What the agent said just before the call, and what it says just after the result, tell.
"""

from __future__ import annotations

import re

from trajset.annotate.attempts import Attempt
from trajset.annotate.causes import Cause
from trajset.annotate.naming import any_of
from trajset.annotate.shell import Run
from trajset.annotate.shell.programs import CHECKS

_TROUBLE = r"(?:error|bug|issue|problem|failure|exception|crash)(?:e?s)?"
_NOT_FIXED = r"(?!.{0,60}(?:fixed|resolved|gone|solved|addressed|anymore|disappear))"
_ANNOUNCED = any_of(
    r"\b(?:reproduce[sd]?|reproducing|reproduction|repro)\b(?![.`\w])",
    r"\b(?:should|must|will|to|expect(?:ed)?(?: it)?(?: to)?) (?:now )?fail\b",
    r"\b(?:confirm|verify|watch|ensure|prove|see)\w*\b"
    r"(?:(?!\b(?:no|not|nothing|why|if|whether|what|which|how)\b|n't).){0,60}"
    r"\b(?:fails?|failing|is red)\b",
    r"\bfail(?:s|ing)? (?:as expected|first|before (?:the|my) (?:fix|change))",
    r"\bTDD\b.{0,40}\bred\b|\bRED (?:phase|step|state)\b",
    r"\b(?:confirm|observe|trigger|verify|demonstrate|see) (?:that )?(?:the |this |these )?"
    + _TROUBLE
    + r"\b"
    + _NOT_FIXED,
    r"\bwithout (?:the|my) (?:fix|change)\b",
    flags=re.IGNORECASE,
)
_CONFIRMED = any_of(
    r"(?:\A|[.!:\n] *)(?:exactly )?as expected\b",
    r"\b(?:fail\w*|errors?|raises?|raised|triggers?|exception|crash\w*)\b[^.\n]{0,80}"
    r"\bas (?:expected|intended)\b",
    r"\b(?:successfully |have |'ve |now )?(?:reproduced|replicated|confirmed)\b [^.\n]{0,40}\b"
    + _TROUBLE
    + r"\b"
    + _NOT_FIXED,
    r"\b(?:reproduc|confirm|replicat|demonstrat)(?:es|s|ing)\b (?:the|this|our|that the) "
    r"(?:\w+ ){0,2}" + _TROUBLE + r"\b" + _NOT_FIXED,
    r"\b" + _TROUBLE + r" (?:is|has been|was) (?:now )?(?:successfully )?(?:reproduced|confirmed)",
    r"\bcorrectly (?:triggers?|raises?|fails)\b",
    r"\b(?:exact(?:ly)?|the same) (?:the )?(?:same )?"
    + _TROUBLE
    + r" (?:that (?:is|was) )?(?:described|mentioned|reported|from|in|as)\b",
    flags=re.IGNORECASE,
)
_SURPRISED = any_of(
    r"\b(?:different|another|unrelated|unexpected) " + _TROUBLE + r"\b",
    r"\b(?:let's|let me|I'll|I will|(?:I |we )?need to) (?:\w+ )?(?:fix|correct|update|adjust|"
    r"modify|change|install|rewrite) (?:the |this |our |my )?(?:\w+ )?(?:import|script|test|typo|"
    r"path|depend|reproduc|package|module)",
    flags=re.IGNORECASE,
)
_VERIFIES = any_of(
    r"\b(?:fix(?:es|ed)?|resolved|solved|corrected|gone|passes|works?)\b",
    r"\bagain\b",
    flags=re.IGNORECASE,
)
"""Words of a run that is to show success; a bug is reproduced before it is mended."""
_SCRIPT_BROKEN = re.compile(
    r"\b(?:ImportError|ModuleNotFoundError|SyntaxError|IndentationError|NameError|"
    r"FileNotFoundError)\b"
)
_RUNS = CHECKS | {"code", "run"}
_LISTING = frozenset({"lint", "typecheck", "format"})
"""Runs that fail where they find something, also where only the list was wanted."""
_REPRODUCES = re.compile(r"\b(?:reproduc|replicat)", re.IGNORECASE)
_OF_THE_WORK = frozenset({"command_exit", "model", "unknown"})
_NEAREST = 400


def wanted(attempt: Attempt, run: Run | None, cause: Cause) -> bool:
    """Whether a run that failed showed what the agent had set out to see."""
    if run is None or run.purpose not in _RUNS or cause.category not in _OF_THE_WORK:
        return False
    reply, said = attempt.reply[:_NEAREST], attempt.said[-_NEAREST:]
    if run.purpose in _LISTING and not _REPRODUCES.search(f"{said} {reply}"):
        return False
    if _SURPRISED.search(reply):
        return False
    if _CONFIRMED.search(reply):
        return True
    if _SCRIPT_BROKEN.search(cause.why):
        return False
    return bool(_ANNOUNCED.search(said)) and not _VERIFIES.search(said)
