"""A failed end beside a later one, and the link that a rule may find between them."""

from __future__ import annotations

from msgspec import Struct

from trajset.annotate.attempts import Attempt
from trajset.annotate.failures import Failed
from trajset.annotate.recovery.aims import (
    Aim,
    is_generic,
    last_part,
    same_place,
    words_of,
    written_part,
)

_NOT_THERE = frozenset({"no_such_file", "no_such_directory", "git_wrong_name", "file_not_found"})


class Link(Struct, frozen=True, gc=False):
    """That a later call pursued the same end, and why one may think so."""

    confidence: float
    why: str
    aim: Aim


class Pair(Struct, frozen=True, gc=False):
    """A failed end and a later one that could be the same."""

    failed: Failed
    aim: Aim
    later: Attempt
    other: Aim
    distance: int
    """How many attempts lie between the two."""


def link(pair: Pair, confidence: float, why: str) -> Link:
    """The later end linked to the failed one."""
    return Link(confidence, why, pair.other)


def shared_place(pair: Pair) -> str | None:
    """A file that both name, as it is written; a name that many folders have needs its folder."""
    for one in missed(pair):
        for other in pair.other.places:
            if last_part(one) != last_part(other):
                continue
            if not is_generic(last_part(one)) or same_place(one, other):
                return written_part(one)
    return None


_QUERYING = frozenset({"jq", "yq", "psql", "mysql", "mariadb", "sqlite3", "duckdb", "mongosh"})
_SHARE_OF_QUERY = 0.4


def asks_the_same(pair: Pair) -> bool:
    """Of two queries to one file or database, whether the later asks much of what the first did."""
    run, later = pair.aim.run, pair.other.run
    if run is None or later is None or not {run.program, later.program} & _QUERYING:
        return True
    common = words_of(" ".join((*pair.aim.objects, *pair.other.objects)))
    asked, again = pair.aim.words - common, pair.other.words - common
    return not asked or len(asked & again) >= _SHARE_OF_QUERY * len(asked)


def missed(pair: Pair) -> tuple[str, ...]:
    """The places that the failed call did not find, where its message names them; else all."""
    if pair.failed.cause.kind not in _NOT_THERE:
        return pair.aim.places
    text = pair.failed.attempt.result.text
    named = tuple(p for p in pair.aim.places if p in text)
    return named or pair.aim.places
