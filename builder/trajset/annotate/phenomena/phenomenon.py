"""A phenomenon: one thing that goes wrong, how it shows in a text, and whose fault it is."""

from __future__ import annotations

import re

from msgspec import Struct

from trajset.annotate.naming import any_of
from trajset.trajectory import Category


class Phenomenon(Struct, frozen=True, gc=False, kw_only=True):
    """One row of the tables in this package. `kind` becomes `Failure.kind`."""

    kind: str
    category: Category
    needles: tuple[str, ...]
    """Lower-case pieces of which one must be in the text: cheap, so that few patterns run."""
    pattern: re.Pattern[str]
    """A group `program` must be the name of something that the call ran."""
    infers: bool = True
    """Whether the text alone, without a reported error, shows a failure."""
    confidence: float = 0.95


Table = tuple[Phenomenon, ...]


class Sign(Struct, frozen=True, gc=False):
    """A phenomenon found in a text."""

    phenomenon: Phenomenon
    line: str
    """The line that shows it, shortened."""
    at: int
    program: str | None = None
    """The program that the message names."""
    detail: str | None = None
    """The module or the error class that it names."""


def phenomenon(
    kind: str,
    category: Category,
    needles: str,
    *alternatives: str,
    infers: bool = True,
    confidence: float = 0.95,
) -> Phenomenon:
    """A row; `needles` are separated by `|`, the pattern is any of the `alternatives`."""
    return Phenomenon(
        kind=kind,
        category=category,
        needles=tuple(needles.lower().split("|")),
        pattern=any_of(*alternatives),
        infers=infers,
        confidence=confidence,
    )


def find(
    table: Table,
    text: str,
    lowered: str,
    programs: frozenset[str] | None = None,
    *,
    inferring: bool = False,
) -> Sign | None:
    """The first phenomenon of a table that shows in a text, in the order of the table.

    `programs`: names that a group `program` may match; None where any will do.
    """
    for row in table:
        if inferring and not row.infers:
            continue
        for needle in row.needles:
            if needle in lowered:
                break
        else:
            continue
        for match in row.pattern.finditer(text):
            named = _group(match, "program")
            if named is not None and programs is not None and not _is_one(named, programs):
                continue
            detail = _group(match, "module") or _group(match, "error")
            return Sign(row, _line_at(text, match.start()), match.start(), named, detail)
    return None


def _group(match: re.Match[str], prefix: str) -> str | None:
    """The group of that name; alternatives number theirs with trailing underscores."""
    return next((v for k, v in match.groupdict().items() if v and k.rstrip("_") == prefix), None)


_SHELLS = frozenset({"bash", "sh", "zsh", "dash", "fish", "ksh"})


def _is_one(named: str, programs: frozenset[str]) -> bool:
    if named in _SHELLS:
        return True  # what a shell says is of this line
    name = named.strip("'\"`‘’“”").replace("\\", "/").rsplit("/", 1)[-1].lower()
    return name.removesuffix(".exe").removesuffix(".cmd") in programs or named in programs


def _line_at(text: str, at: int) -> str:
    while at < len(text) and text[at] == "\n":
        at += 1
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line = text[start : end if end >= 0 else len(text)].strip()
    return line if len(line) <= 160 else line[:159] + "…"
