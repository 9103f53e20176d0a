"""What became of every record: used, or skipped under a reason; and what was repaired."""

from __future__ import annotations

import re

from msgspec import Struct, field

_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_./:-]{0,59}")


def plain_word(value: object) -> str:
    """A type name from a log, if it is a plain word: anything else could be somebody's text."""
    if isinstance(value, str) and _PLAIN_WORD.fullmatch(value):
        return value
    return "(no plain word)"


class Tally(Struct):
    """Counts of one unit, or of many added up. Law: `read == used + sum(skipped.values())`."""

    read: int = 0
    used: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    repaired: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    """Record types that the source does not know; each is also in `skipped` as `unknown_type`."""
    seen: dict[str, int] = field(default_factory=dict)
    """Things worth a number on the card that are no records: images, trajectories…"""

    def use(self, records: int = 1) -> None:
        """Count records that became (part of) a step or of a trajectory's fields."""
        self.read += records
        self.used += records

    def skip(self, reason: str, records: int = 1) -> None:
        """Count records that were left out, under a reason (a fixed word, never log text)."""
        self.read += records
        self.skipped[reason] = self.skipped.get(reason, 0) + records

    def skip_unknown(self, type_name: object) -> None:
        """Count a record of a type that the source does not know, under the type's name."""
        self.skip("unknown_type")
        word = plain_word(type_name)
        self.unknown[word] = self.unknown.get(word, 0) + 1

    def repair(self, what: str, times: int = 1) -> None:
        """Count something that the log got wrong and the source put right."""
        self.repaired[what] = self.repaired.get(what, 0) + times

    def note(self, what: str, times: int = 1) -> None:
        """Count something that is no record."""
        self.seen[what] = self.seen.get(what, 0) + times

    def add(self, other: Tally) -> None:
        """Add another tally's counts to this one."""
        self.read += other.read
        self.used += other.used
        for mine, theirs in (
            (self.skipped, other.skipped),
            (self.repaired, other.repaired),
            (self.unknown, other.unknown),
            (self.seen, other.seen),
        ):
            for name, count in theirs.items():
                mine[name] = mine.get(name, 0) + count
