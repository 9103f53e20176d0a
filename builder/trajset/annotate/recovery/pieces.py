"""A large edit that was refused and then made piece by piece: the last piece completes it."""

from __future__ import annotations

from collections.abc import Collection

from trajset.annotate.attempts import Attempt
from trajset.annotate.recovery.aims import aims_of, words_of

_FEW, _MOST_PIECES = 8, 10
_AT_ONCE, _COMPLETE = 0.5, 0.8


def completing(attempts: list[Attempt], failed: Collection[int], position: int, first: int) -> int:
    """The attempt that completes what `first` began of the edit at `position`; else `first`."""
    wanted = _added(attempts[position])
    if len(wanted) < _FEW or not _added(attempts[first]):
        return first
    there = _added(attempts[first]) & wanted
    if len(there) >= _AT_ONCE * len(wanted):
        return first
    files = _files(attempts[first])
    for index in range(first + 1, min(first + 1 + _MOST_PIECES, len(attempts))):
        if index not in failed and files & _files(attempts[index]):
            there |= _added(attempts[index]) & wanted
            if len(there) >= _COMPLETE * len(wanted):
                return index
    return first


def _added(attempt: Attempt) -> frozenset[str]:
    """Words that an edit brings in: those of the new text that the old one has not."""
    action = attempt.action
    if action.kind == "code":
        old, _, new = (action.command or "").partition("new_content=")
        return words_of(new) - words_of(old)
    return words_of(action.new) - words_of(action.old)


def _files(attempt: Attempt) -> frozenset[str]:
    return frozenset(o for aim in aims_of(attempt) if aim.verb == "change" for o in aim.objects)
