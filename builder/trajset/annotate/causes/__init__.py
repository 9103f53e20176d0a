"""Causes: why a call failed that is known to have failed.

The tables of `phenomena` are asked in the order of the definitions: who refused, what was cut
off, what is missing, what was malformed, what was wrongly believed, what the work itself reports.
"""

from __future__ import annotations

from trajset.annotate.attempts import Attempt
from trajset.annotate.causes.cause import Cause
from trajset.annotate.causes.command import command_cause
from trajset.annotate.causes.tool import tool_cause

__all__ = ["Cause", "classify"]


def classify(attempt: Attempt, names: frozenset[str]) -> Cause:
    """The cause of a reported failure; `names` are the project's own (see `world`)."""
    if attempt.kind in ("shell", "session", "code"):
        return command_cause(attempt, names)
    return tool_cause(attempt)
