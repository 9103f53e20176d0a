"""Reading, listing, searching: found at last, or found in another way."""

from __future__ import annotations

import re
from collections.abc import Callable

from trajset.annotate.recovery.aims import alike, is_generic, last_part, written_part
from trajset.annotate.recovery.pair import Link, Pair, asks_the_same, link, missed, shared_place

_MISPUT = frozenset({"bad_pattern", "unknown_option", "shell_syntax", "shell_misuse", "usage"})
_MISPUT_ALIKE, _ALIKE = 0.4, 0.5
_SEEKS = frozenset({"-name", "-iname", "-path", "-ipath", "-regex", "-wholename"})
_SOON, _NEAR = 6, 12
_SHORT = 3
"""Names this short stand in any listing."""


def look(pair: Pair) -> Link | None:
    """The first rule that finds the later call to have shown what was looked for."""
    if pair.other.verb != "look" or not asks_the_same(pair):
        return None
    alikeness = alike(pair.aim.words, pair.other.words)
    if pair.failed.cause.kind in _MISPUT and alikeness < _MISPUT_ALIKE:
        return None
    for rule in _RULES:
        found = rule(pair, alikeness)
        if found is not None:
            return found
    return None


def _same_target(pair: Pair, alikeness: float) -> Link | None:
    place = shared_place(pair)
    run, later = pair.aim.run, pair.other.run
    seeks = run is not None and _SEEKS & set(run.options)
    if seeks and later is not None and later.program in ("ls", "tree", "cat"):
        return None  # what `find` sought there is not shown by a look at the place
    return link(pair, 0.9, f"the same target, `{place}`, was found") if place else None


def _run_again(pair: Pair, alikeness: float) -> Link | None:
    aim, other = pair.aim, pair.other
    again = aim.name == other.name and (aim.purpose == "search" or not aim.places)
    if not again or alikeness < _ALIKE:
        return None
    return link(pair, 0.75, f"`{aim.name}` was run again with nearly the same arguments")


def _listed_otherwise(pair: Pair, alikeness: float) -> Link | None:
    aim, other = pair.aim, pair.other
    both = aim.purpose == other.purpose == "list" and not aim.objects and not other.objects
    return link(pair, 0.7, "the files were listed by another program") if both else None


def _searched_otherwise(pair: Pair, alikeness: float) -> Link | None:
    if pair.aim.purpose != "search" or pair.other.purpose != "search" or alikeness < _ALIKE:
        return None
    return link(pair, 0.8, "the same search, put in another way, succeeded")


def _other_suffix(pair: Pair, alikeness: float) -> Link | None:
    """The file of the same name with another suffix, read soon from the same folder."""
    reads = pair.aim.purpose == pair.other.purpose == "read" and pair.distance <= _SOON
    if not reads or pair.failed.cause.category != "model":
        return None
    stems = {_stem(one) for one in missed(pair) if not is_generic(last_part(one))} - {""}
    for other in pair.other.places:
        if _stem(other) in stems:
            return link(pair, 0.75, f"`{written_part(other)}` was read instead")
    return None


def _stem(path: str) -> str:
    """The path without its suffix; empty where there is none, or the name is short."""
    stem, _, suffix = path.lower().rpartition(".")
    return stem if len(last_part(stem)) > _SHORT and "/" not in suffix else ""


def _shown(pair: Pair, alikeness: float) -> Link | None:
    """A listing or a search that shows where the missed file is."""
    looks = pair.aim.purpose in ("list", "read") and pair.other.purpose in ("list", "search")
    parts = [p for p in (last_part(place) for place in missed(pair)) if len(p) > _SHORT]
    if not looks or not parts or pair.distance > _NEAR:
        return None
    text = pair.later.result.text.lower() + "\n"
    if all(f"/{p}\n" in text if is_generic(p) else p in text for p in parts[:4]):
        return link(pair, 0.7, "the listing shows where the target is")
    stems = [p.rsplit(".", 1)[0] for p in parts if "." in p]
    asked = re.split(r"\W+", (pair.later.action.pattern or "").lower())
    if stems and all(s in asked and f"/{s}." in text for s in stems):
        return link(pair, 0.7, "the target was found under another suffix")
    return None


def _history_again(pair: Pair, alikeness: float) -> Link | None:
    aim, other = pair.aim, pair.other
    if aim.name != other.name or aim.purpose != "history" or pair.distance > _SOON:
        return None
    related = aim.objects & other.objects or not (aim.objects or other.objects)
    return link(pair, 0.8, f"`{aim.name}` was run again") if related else None


_RULES: tuple[Callable[[Pair, float], Link | None], ...] = (
    _same_target,
    _other_suffix,
    _run_again,
    _listed_otherwise,
    _searched_otherwise,
    _shown,
    _history_again,
)
