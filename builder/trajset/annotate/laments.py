"""Scripts that caught their own error and printed it: what the agent says next decides."""

from __future__ import annotations

import re

from trajset.annotate.attempts import Attempt
from trajset.annotate.causes.cause import Cause, cause_of
from trajset.annotate.naming import any_of
from trajset.annotate.phenomena import find, services
from trajset.annotate.shell import Run
from trajset.annotate.shell.programs import CHECKS

_REPLY = 300
_COMPLAINS = any_of(
    r"^[ \t]*(?:❌|✗|✘|✖|Error:|ERROR:|ERROR |Exception:|FAIL(?:ED)?\b|\[FAIL\]|AssertionError)",
    r"^[ \t]*Error \w+ing [^:\n]{1,60}: ",
    r"^[ \t]*(?:\w+\.)*\w+(?:Error|Exception): ",
)
_LAMENTS = any_of(
    r"\bstill (?:have|has|an?\b|not\b|fail|getting|see|one|some|broken|wrong)",
    r"\b(?:another|a new|a different|one more) (?:\w+ )?(?:issue|error|problem|failure)\b",
    r"\b(?:have|found|got|there(?: i|')s) an? (?:\w+ )?(?:issue|error|problem|failure|bug)\b",
    r"\b(?:didn't|did not|doesn't|does not|isn't|is not) (?:work|pass|fix|succeed)",
    r"\b(?:a few|some|one|two|three|several|\d+) (?:\w+ )?(?:failures?|failing|failed tests?)\b",
    r"\b(?:tests?|script|cases?|assertion) (?:(?:is|are|has|have|still) )*fail(?:s|ed|ing)?\b",
    flags=re.IGNORECASE,
)


_MENDS = re.compile(
    r"\b(?:need to|have to|must|should|let's|let me|let us|I'll) (?:\w+ )?"
    r"(?:set up|provide|install|fix|add|create|configure|correct|change|mock)\b",
    re.IGNORECASE,
)
_MOST_ERRORS = 15
_PREFIX = re.compile(r"^[ \t]*Error(?: \w+ing [^:\n]{1,60})?: ", re.MULTILINE)
"""What scripts put before the words of the error that they caught."""


def _only_errors(text: str) -> bool:
    """Whether there is nothing in the output but complaints, one a line."""
    lines = [line for line in text.splitlines() if line.strip()]
    return 0 < len(lines) <= _MOST_ERRORS and all(_COMPLAINS.match(line) for line in lines)


def lamented(attempt: Attempt, hidden: list[Run], text: str) -> Cause | None:
    """A script that caught its own error and printed it; what the agent says next decides."""
    run = next((r for r in reversed(hidden) if r.purpose in ("code", "run", *CHECKS)), None)
    if run is None or run.guarded:
        return None
    reply = attempt.reply[:_REPLY]
    if not (_LAMENTS.search(reply) or (_MENDS.search(reply) and _only_errors(text))):
        return None
    match = _COMPLAINS.search(text)
    if match is None:
        return None
    bare = _PREFIX.sub("", text)
    sign = find(services.CREDENTIALS, bare, bare.lower())
    if sign is not None:
        return cause_of(sign, run)
    line = text[match.start() :].strip().split("\n", 1)[0][:160]
    return Cause("own_check_failed", "command_exit", f"The result says: {line}", 0.75, run)
