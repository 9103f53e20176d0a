"""What a harness puts in place of a result, whatever the tool."""

from __future__ import annotations

from trajset.annotate.attempts import Attempt
from trajset.annotate.phenomena import Sign, find, refusals

HEAD, LAST = 400, 300
"""Characters at the beginning and at the end of a result where a harness speaks."""


def frame_sign(attempt: Attempt) -> Sign | None:
    """A refusal, an interruption or a limit that the harness put in place of a result."""
    text = attempt.result.text
    ends = text if len(text) <= HEAD + LAST else f"{text[:HEAD]}\n{text[-LAST:]}"
    lowered = ends.lower()
    return (
        find(refusals.SIBLING, ends, lowered)
        or find(refusals.REFUSED, ends, lowered)
        or find(refusals.TIMED_OUT, ends, lowered)
    )
