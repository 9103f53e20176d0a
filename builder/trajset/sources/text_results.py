"""What the text of a result says about its status, where a harness writes it in fixed words.

Only words that the harness itself puts at the very start or end of a result count: anything in
between is the tool's output, and could say so about something else.
"""

from __future__ import annotations

import re

from trajset.trajectory import Status

_RETURNCODE = re.compile(r"\s*<returncode>(-?\d{1,9})</returncode>")
_EXIT_CODE_AT_END = re.compile(
    r"\[(?:The command completed|Command finished) with exit code (-?\d{1,9})\.?\]\s*\Z"
)
_TAIL = 400


def status_in(text: str) -> tuple[Status, int | None]:
    """(status, exit code) as the text reports them; (`unknown`, None) where it does not."""
    found = _RETURNCODE.match(text) or _EXIT_CODE_AT_END.search(text[-_TAIL:])
    if found is not None:
        return status_of(int(found[1]))
    if text.startswith(("ERROR:\n", "ERROR: ")):
        return "error", None
    return "unknown", None


def status_of(exit_code: int | None) -> tuple[Status, int | None]:
    """(status, exit code) of a command that ended with this code; -1 says that none is known."""
    if exit_code is None or exit_code == -1:
        return "unknown", exit_code
    return ("ok" if exit_code == 0 else "error"), exit_code
