"""Requests that are tried again where that helps: lost connections, 429 and trouble of the Hub."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from trajset.hub.errors import cause_of, is_lost, status_of, told

Answer = TypeVar("Answer")
Tell = Callable[[str], None]
"""Called with a line for the user."""

TRIES = 4
_PASSING = (408, 429, 500, 502, 503, 504)
_LONGEST = 300.0
"""Seconds; whoever asks to wait longer is told to the user."""


def patiently(
    call: Callable[[], Answer], doing: str, repo: str, tell: Tell = lambda line: None
) -> Answer:
    """The answer of a call, tried again after errors that pass.

    Raises:
        PushError: what stood in the way.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return call()
        except Exception as error:
            wait = _wait(error, attempt)
            if wait is None or attempt == TRIES:
                raise told(error, doing, repo) from None
            tell(f"{doing}: {_why(error)}; trying again in {wait:g} s")
        time.sleep(wait)
    raise AssertionError


def _wait(error: BaseException, attempt: int) -> float | None:
    """Seconds until the next attempt; None where it would not help."""
    error = cause_of(error)
    status = status_of(error)
    if status not in _PASSING and not is_lost(error):
        return None
    asked = _retry_after(error)
    if asked is not None:
        return asked if asked <= _LONGEST else None
    return float(2 ** (attempt - 1))


def _retry_after(error: Any) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", {})
    value = headers.get("Retry-After", "")
    return float(value) if value.isdigit() else None


def _why(error: BaseException) -> str:
    status = status_of(cause_of(error))
    if status == 429:
        return "the Hub asks to wait"
    return f"the Hub has trouble ({status})" if status else "the connection was lost"
