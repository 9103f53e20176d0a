"""Tables of names, and patterns of alternatives, written so that a person can read them."""

from __future__ import annotations

import re


def names(text: str) -> frozenset[str]:
    """The names in a text that spaces and line ends separate."""
    return frozenset(text.split())


def any_of(*alternatives: str, flags: re.RegexFlag = re.MULTILINE) -> re.Pattern[str]:
    """A pattern that matches what any of the alternatives does."""
    return re.compile("|".join(alternatives), flags)
