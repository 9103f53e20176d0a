"""Times in logs: ISO 8601 text, epoch seconds or milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

_EARLIEST = 946_684_800_000  # 2000-01-01: smaller numbers are seconds, or no time at all
_LATEST = 4_102_444_800_000  # 2100-01-01
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_HALF = timedelta(microseconds=500)


def to_ms(value: Any) -> int | None:
    """Milliseconds since the epoch (UTC), or None where the value is no plausible time.

    Text without a zone is taken as UTC: logs that leave it out give nothing better.
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment - _EPOCH + _HALF) // _MILLISECOND
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = value * 1000 if _EARLIEST / 1000 <= value <= _LATEST / 1000 else value
    return round(number) if _EARLIEST <= number <= _LATEST else None
