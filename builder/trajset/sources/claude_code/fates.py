"""What became of each record of a log: counted once, however many branches pass through it."""

from __future__ import annotations

from collections import Counter

from trajset.sources.tally import Tally

_USED = "used"
_UNKNOWN = "unknown "


class Fates:
    """One fate a record. A record that was used once stays used; else its first reason counts."""

    def __init__(self, size: int) -> None:
        self._fates: list[str | None] = [None] * size

    def use(self, position: int) -> bool:
        """Mark a record as used; returns whether it was not before."""
        fresh = self._fates[position] is not _USED
        self._fates[position] = _USED
        return fresh

    def skip(self, position: int, reason: str) -> None:
        """Mark a record as left out for a reason (a fixed word)."""
        if self._fates[position] is None:
            self._fates[position] = reason

    def unknown(self, position: int, name: str) -> None:
        """Mark a record as of a type that this source does not know."""
        self.skip(position, _UNKNOWN + name)

    def open(self, position: int) -> bool:
        """Whether nothing has been said of a record yet."""
        return self._fates[position] is None

    def count(self, tally: Tally, otherwise: str) -> None:
        """Count all records in a tally; those that nothing was said of under `otherwise`."""
        counts = Counter(self._fates)
        for fate, records in counts.items():
            if fate is _USED:
                tally.use(records)
            elif fate is not None and fate.startswith(_UNKNOWN):
                for _ in range(records):
                    tally.skip_unknown(fate.removeprefix(_UNKNOWN))
            else:
                tally.skip(fate or otherwise, records)
