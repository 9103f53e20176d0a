"""Writing and editing: the change is in the file, or the text stands elsewhere."""

from __future__ import annotations

import re

from trajset.annotate.recovery.aims import alike, is_generic, words_of
from trajset.annotate.recovery.pair import Link, Pair, link, shared_place

_WRITES = re.compile(
    r"\bwrite|['\"][wa+]b?['\"]|\b(?:rename|replace|copy|move|truncate|dump)\w*\(|>>?\s*[\w./$'\"~]"
)
"""What scripts do that change files, in any language."""
_AKIN, _ALIKE, _NEARLY_EQUAL = 0.22, 0.3, 0.6
_NEAR, _FAR = 10, 20
_ENOUGH_WORDS = 8


def change(pair: Pair) -> Link | None:
    """Another change of the same file, or a script that changes it."""
    if pair.other.verb == "change":
        return _another_change(pair)
    run = pair.other.run
    if run is not None and run.inline and pair.distance <= _NEAR:
        text = run.inline.lower()
        if _WRITES.search(text) and any(
            part in text for part in pair.aim.objects if not is_generic(part)
        ):
            return link(pair, 0.6, "a script written on the line changed the file")
    return None


def _same_spot(pair: Pair, alikeness: float) -> bool:
    """Whether two edits of a file can be of one spot: what they replace is somewhat alike."""
    one, other = pair.failed.attempt.action.old, pair.later.action.old
    if one and other:
        alikeness = alike(words_of(one), words_of(other))
    return alikeness >= _AKIN


def _another_change(pair: Pair) -> Link | None:
    aim, other = pair.aim, pair.other
    alikeness = alike(aim.words, other.words)
    place = shared_place(pair)
    if place is not None and (alikeness >= _ALIKE or not aim.words):
        return link(pair, 0.9, f"the change was made in `{place}`")
    if place is not None and pair.distance <= _NEAR and _same_spot(pair, alikeness):
        return link(pair, 0.6, f"`{place}` was changed next")
    if alikeness >= _NEARLY_EQUAL and pair.distance <= _FAR and len(aim.words) > _ENOUGH_WORDS:
        return link(pair, 0.65, "nearly the same text was written elsewhere")
    return None
