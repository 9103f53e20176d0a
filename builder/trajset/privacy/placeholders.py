"""What stands where something was removed: typed, and numbered within a unit."""

from __future__ import annotations

import re
from collections.abc import Iterable

PLACEHOLDER = re.compile(rb"<(?:SECRET:[A-Za-z0-9_]+|EMAIL|IP|PHONE|HOST|NAME):\d+>")
HOLDS_ONE = re.compile(rb"<(?:SECRET:|EMAIL:|IP:|PHONE:|HOST:|NAME:)|\[image\]")
IMAGE = b"[image]"
USER = b"user"
"""The name of everybody who has a home folder."""

PERSONAL = {"email": "EMAIL", "ip": "IP", "phone": "PHONE", "host": "HOST", "name": "NAME"}
"""Kinds of personal data -> their placeholder's type."""


class Numbering:
    """Gives each value of a unit one placeholder, in the order in which values are first found.

    The same value has the same placeholder everywhere in the unit, whatever its spelling.
    Nothing of a value can be learnt from its number, and numbers mean nothing across units.

    Args:
        redacted_before: the unit's text; placeholders in it keep their numbers for themselves.
    """

    def __init__(self, redacted_before: Iterable[bytes]) -> None:
        self._of: dict[bytes, bytes] = {}
        self._last: dict[str, int] = {}
        self._taken: set[bytes] = set()
        self.leave(redacted_before)

    def leave(self, redacted_before: Iterable[bytes]) -> None:
        """Take note of text whose placeholders keep their numbers for themselves."""
        for text in redacted_before:
            if b":" in text:
                self._taken.update(PLACEHOLDER.findall(text))

    def placeholder(self, kind: str, value: bytes) -> bytes:
        """The placeholder of a value; a new one if the value is new in this unit."""
        known = self._of.get(value)
        if known is None:
            label = PERSONAL.get(kind) or f"SECRET:{kind}"
            known = self._next(label)
            while known in self._taken:
                known = self._next(label)
            self._of[value] = known
        return known

    def _next(self, label: str) -> bytes:
        number = self._last[label] = self._last.get(label, 0) + 1
        return f"<{label}:{number}>".encode()
