"""Who is whose kin: forks and resumes, slices, agent trees; and the ids that follow from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from trajset.duplicates import Ref
from trajset.keys import Keys
from trajset.sources.ids import trajectory_id


def final_ids(
    keys: Sequence[Keys],
    order: Iterable[Ref],
    copied: Sequence[int],
    contained_in: Collection[Ref],
    native_key: Callable[[Ref, int], str | None],
) -> list[str]:
    """The ids of all trajectories; of those that own steps no two are equal.

    A fork is named by its first own record. Logs without native keys can be named alike (two
    files of one name): their beginning tells them apart.
    """
    ids = [key.id for key in keys]
    taken: set[str] = set()
    for ref in order:
        key = keys[ref]
        if ref in contained_in:
            continue
        if copied[ref]:
            first_own = native_key(ref, copied[ref]) or f"{key.id}+{copied[ref]}"
            ids[ref] = trajectory_id(key.harness, first_own, key.agent, key.branch)
        for more in (key.head, key.final):
            if ids[ref] in taken:
                ids[ref] = trajectory_id(key.harness, f"{ids[ref]}:{more}", key.agent, key.branch)
        taken.add(ids[ref])
    return ids


def families(
    keys: Sequence[Keys],
    order: Iterable[Ref],
    slices: Mapping[Ref, Ref],
    step_keys: Callable[[Ref], list[tuple[int, int]]],
) -> tuple[list[int], dict[Ref, Ref]]:
    """Leading steps that a family member owns, and who is wholly contained in whom.

    A family begins with the same record, or one of its members goes on where another is: a copy
    may begin in the middle of a session.
    """
    copied = [0] * len(keys)
    contained: dict[Ref, Ref] = {}
    order = list(order)
    above = Forest(len(keys))
    first: dict[tuple[str, int], Ref] = {}
    for ref in order:
        above.join(first.setdefault((keys[ref].harness, keys[ref].head), ref), ref)
    for ref, before in slices.items():
        above.join(before, ref)
    families: dict[Ref, list[Ref]] = defaultdict(list)
    for ref in order:
        families[above.root(ref)].append(ref)
    for members in families.values():
        if len(members) == 1:
            continue
        owners: dict[int, Ref] = {}
        for ref in members:
            own = [native or chained for native, chained in step_keys(ref)]
            shared = 0
            while shared < len(own) and own[shared] in owners:
                shared += 1
            copied[ref] = shared
            if shared == len(own):
                contained[ref] = owners[own[-1]]
            for key in own[shared:]:
                owners.setdefault(key, ref)
    return copied, contained


class Forest:
    """Union-find over refs; the root of a joined pair is the root of the first."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def root(self, ref: Ref) -> Ref:
        above = self._above
        while above[ref] != ref:
            above[ref] = above[above[ref]]
            ref = above[ref]
        return ref

    def join(self, first: Ref, second: Ref) -> None:
        self._above[self.root(second)] = self.root(first)


def parents(
    keys: Sequence[Keys], order: Iterable[Ref], dropped: Collection[Ref]
) -> dict[Ref, tuple[Ref, str | None]]:
    """Sub-agent -> (parent, call that started it)."""
    mains: dict[tuple[str, str], Ref] = {}
    started: dict[tuple[str, str, str], tuple[Ref, str]] = {}
    by_id: dict[str, Ref] = {}
    for ref in order:
        key = keys[ref]
        if ref not in dropped:
            by_id.setdefault(key.id, ref)
            if key.agent is None:
                mains.setdefault((key.harness, key.session_id), ref)
        for agent, call in key.delegations.items():
            started.setdefault((key.harness, key.session_id, agent), (ref, call))
    links: dict[Ref, tuple[Ref, str | None]] = {}
    for ref, key in enumerate(keys):
        if key.parent_id is not None and key.parent_id in by_id:
            links[ref] = (by_id[key.parent_id], key.parent_call_id)
        elif key.parent_session is not None:
            names = [n for n in (key.agent, key.session_id) if n is not None]
            link = next(
                (
                    started[key.harness, key.parent_session, name]
                    for name in names
                    if (key.harness, key.parent_session, name) in started
                ),
                None,
            )
            parent = mains.get((key.harness, key.parent_session))
            if link is not None:
                links[ref] = link
            elif parent is not None:
                links[ref] = (parent, None)
        if links.get(ref, (None,))[0] == ref:
            del links[ref]
    return links


def standing(ref: Ref | None, dropped: dict[Ref, tuple[str, Ref | None]]) -> Ref | None:
    """The kept trajectory that stands for a dropped one."""
    while ref is not None and ref in dropped:
        ref = dropped[ref][1]
    return ref


def slices_of(
    keys: Sequence[Keys],
    order: Iterable[Ref],
    step_keys: Callable[[Ref], list[tuple[int, int]]],
) -> dict[Ref, Ref]:
    """Slice -> the slice before it: the one that holds the record which it continues."""
    order = list(order)
    waiting: dict[tuple[str, str | int], list[Ref]] = defaultdict(list)
    for ref in order:
        if keys[ref].continues:
            for place in _places(keys[ref]):
                waiting[place].append(ref)
    links: dict[Ref, Ref] = {}
    for ref in order:
        near = dict.fromkeys(w for place in _places(keys[ref]) for w in waiting.get(place, ()))
        wanting = [w for w in near if w != ref and w not in links]
        if wanting:
            held = {native for native, _ in step_keys(ref)} | {keys[ref].ends_with}
            links.update({w: ref for w in wanting if keys[w].continues in held})
    return links


def _places(key: Keys) -> list[tuple[str, str | int]]:
    """Where the slice before may be: in the same session, or (of a copy) in the same project."""
    places: list[tuple[str, str | int]] = [(key.harness, key.session_id)]
    return [*places, (key.harness, key.project)] if key.project else places
