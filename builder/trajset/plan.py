"""The plan: from the keys of all trajectories to one Decision each. No text is seen here.

Order of work: families (forks, resumes, branches), exact duplicates, agent trees and slices,
groups, splits. A fixed total order decides wherever one of several must give way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from msgspec import Struct, field

from trajset.keys import Keys, hash64
from trajset.sources.ids import trajectory_id

Split = Literal["train", "validation", "test"]
GroupBy = Literal["session", "project", "repository"]
Ref = int
"""Position of a trajectory in the list of keys."""

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


class Shares(Struct, frozen=True, forbid_unknown_fields=True):
    """Share of the groups that goes to each split; they are normalised to 1."""

    train: float = 0.9
    validation: float = 0.05
    test: float = 0.05


class Plan(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Recipe section `plan`: duplicates and splits."""

    seed: int = 0
    splits: Shares = field(default_factory=Shares)
    group_by: GroupBy = "session"
    drop_duplicates: bool = True


class Decision(Struct, frozen=True, gc=False, kw_only=True):
    """What becomes of one trajectory. A dropped one is never rendered."""

    id: str
    group: int
    split: Split
    copied: int = 0
    """Number of leading steps that another trajectory owns; never learnt here."""
    parent_id: str | None = None
    parent_call_id: str | None = None
    continues_id: str | None = None
    """The slice of the same session that came before."""
    dropped: str | None = None
    """`contained` in a family member, `duplicate` of a kept trajectory, or None."""


class Planned(Struct, frozen=True, kw_only=True):
    """The decisions, in the order of the keys, and what has to be told about them."""

    decisions: tuple[Decision, ...]
    n_groups: int
    group_by: GroupBy
    single_split: bool
    """Too few projects or repositories to split: everything is `train`."""
    drops: tuple[tuple[str, str, str], ...]
    """(reason, id of the dropped, id of the one that stays)."""


def decide(
    keys: Sequence[Keys],
    step_keys: Callable[[Ref], list[tuple[int, int]]],
    native_key: Callable[[Ref, int], str | None],
    section: Plan,
) -> Planned:
    """Decide about every trajectory.

    Args:
        keys: one entry a trajectory; their order does not change any decision.
        step_keys: reads the per-step keys of one trajectory (candidates only).
        native_key: reads the native record key of one step (for the id of a fork's own part).
        section: the recipe's section.
    """
    order = sorted(range(len(keys)), key=lambda ref: _rank(keys[ref]))
    copied, contained_in = _families(keys, order, step_keys)
    ids = [
        _own_id(key, native_key(ref, copied[ref]))
        if copied[ref] and ref not in contained_in
        else key.id
        for ref, key in enumerate(keys)
    ]
    dropped: dict[Ref, tuple[str, Ref]] = {r: ("contained", by) for r, by in contained_in.items()}
    if section.drop_duplicates:
        for ref, by in _duplicates(keys, order, dropped, step_keys).items():
            dropped[ref] = ("duplicate", by)
    links = _parents(keys, order, dropped)
    slices = _slices(keys, order, step_keys)
    roots = _groups(keys, order, links, slices)
    groups = [_group_key(keys, ref, roots[ref], section.group_by) for ref in range(len(keys))]
    n_groups = len(set(groups))
    single = section.group_by != "session" and n_groups < 3
    decisions = []
    for ref, key in enumerate(keys):
        parent, call = links.get(ref, (None, None))
        parent = _standing(parent, dropped)
        decisions.append(
            Decision(
                id=ids[ref],
                group=groups[ref],
                split="train" if single else split_of(groups[ref], section),
                copied=copied[ref],
                parent_id=ids[parent] if parent is not None else key.parent_id,
                parent_call_id=call or key.parent_call_id,
                continues_id=ids[slices[ref]] if ref in slices else None,
                dropped=dropped[ref][0] if ref in dropped else None,
            )
        )
    return Planned(
        decisions=tuple(decisions),
        n_groups=n_groups,
        group_by=section.group_by,
        single_split=single,
        drops=tuple((dropped[r][0], ids[r], ids[dropped[r][1]]) for r in order if r in dropped),
    )


def split_of(group: int, section: Plan) -> Split:
    """The split of a group: depends on the seed, the shares and the group alone."""
    shares = (section.splits.train, section.splits.validation, section.splits.test)
    point = hash64(f"{section.seed}\0{group}") / 2**64 * sum(shares)
    for name, share in zip(SPLITS, shares, strict=True):
        if point < share:
            return name
        point -= share
    return next(n for n, s in zip(reversed(SPLITS), reversed(shares), strict=True) if s)


def _rank(key: Keys) -> tuple[int, int, int, int, str, str]:
    """The total order: kept path first, longest, earliest, then ids."""
    start = key.started_at if key.started_at is not None else 2**62
    return (min(key.branch, 1), -key.n_steps, start, key.branch, key.session_id, key.id)


def _own_id(key: Keys, first_own: str | None) -> str:
    return trajectory_id(key.harness, first_own or key.id, key.agent, key.branch)


def _families(
    keys: Sequence[Keys],
    order: Iterable[Ref],
    step_keys: Callable[[Ref], list[tuple[int, int]]],
) -> tuple[list[int], dict[Ref, Ref]]:
    """Leading steps that a family member owns, and who is wholly contained in whom."""
    copied = [0] * len(keys)
    contained: dict[Ref, Ref] = {}
    families: dict[tuple[str, int], list[Ref]] = defaultdict(list)
    for ref in order:
        families[keys[ref].harness, keys[ref].head].append(ref)
    for members in families.values():
        if len(members) == 1:
            continue
        owners: dict[int, Ref] = {}
        for ref in members:
            column = 0 if keys[ref].native else 1
            own = [pair[column] for pair in step_keys(ref)]
            shared = 0
            while shared < len(own) and own[shared] in owners:
                shared += 1
            copied[ref] = shared
            if shared == len(own):
                contained[ref] = owners[own[-1]]
            for key in own[shared:]:
                owners.setdefault(key, ref)
    return copied, contained


def _duplicates(
    keys: Sequence[Keys],
    order: Iterable[Ref],
    dropped: dict[Ref, tuple[str, Ref]],
    step_keys: Callable[[Ref], list[tuple[int, int]]],
) -> dict[Ref, Ref]:
    """Trajectories whose whole normalised content equals that of one that is kept."""
    kept: dict[tuple[int, int], Ref] = {}
    found: dict[Ref, Ref] = {}
    for ref in order:
        if ref in dropped:
            continue
        other = kept.setdefault((keys[ref].final, keys[ref].n_steps), ref)
        if other != ref and [c for _, c in step_keys(other)] == [c for _, c in step_keys(ref)]:
            found[ref] = other
    return found


def _parents(
    keys: Sequence[Keys], order: Iterable[Ref], dropped: dict[Ref, tuple[str, Ref]]
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


def _standing(ref: Ref | None, dropped: dict[Ref, tuple[str, Ref]]) -> Ref | None:
    """The kept trajectory that stands for a dropped one."""
    while ref is not None and ref in dropped:
        ref = dropped[ref][1]
    return ref


def _slices(
    keys: Sequence[Keys],
    order: Iterable[Ref],
    step_keys: Callable[[Ref], list[tuple[int, int]]],
) -> dict[Ref, Ref]:
    """Slice -> the slice before it: the one that holds the record which it continues."""
    order = list(order)
    waiting: dict[tuple[str, str], list[Ref]] = defaultdict(list)
    for ref in order:
        if keys[ref].continues:
            waiting[keys[ref].harness, keys[ref].session_id].append(ref)
    links: dict[Ref, Ref] = {}
    for ref in order:
        wanting = waiting.get((keys[ref].harness, keys[ref].session_id), [])
        wanting = [w for w in wanting if w != ref and w not in links]
        if wanting:
            held = {native for native, _ in step_keys(ref)} | {keys[ref].ends_with}
            links.update({w: ref for w in wanting if keys[w].continues in held})
    return links


def _groups(
    keys: Sequence[Keys],
    order: Sequence[Ref],
    links: dict[Ref, tuple[Ref, str | None]],
    slices: dict[Ref, Ref],
) -> list[Ref]:
    """The root of each trajectory's fork family, agent tree and chain of slices."""
    above = list(range(len(keys)))

    def root(ref: Ref) -> Ref:
        while above[ref] != ref:
            above[ref] = above[above[ref]]
            ref = above[ref]
        return ref

    def root_rank(ref: Ref) -> tuple[bool, int, str]:
        start = keys[ref].started_at
        return (keys[ref].agent is not None, 2**62 if start is None else start, keys[ref].id)

    def join(a: Ref, b: Ref) -> None:
        a, b = root(a), root(b)
        if root_rank(b) < root_rank(a):
            a, b = b, a
        above[b] = a

    first: dict[tuple[str, str, int | str], Ref] = {}
    for ref in order:
        key = keys[ref]
        join(first.setdefault((key.harness, "head", key.head), ref), ref)
        join(first.setdefault((key.harness, "session", key.session_id), ref), ref)
    for ref, (parent, _) in links.items():
        join(ref, parent)
    for ref, before in slices.items():
        join(ref, before)
    return [root(ref) for ref in range(len(keys))]


def _group_key(keys: Sequence[Keys], ref: Ref, root: Ref, group_by: GroupBy) -> int:
    """The number that names a group; for sessions that of the root's first record."""
    if group_by == "project" and keys[root].project:
        return keys[root].project
    if group_by == "repository" and (keys[root].repository or keys[root].project):
        return keys[root].repository or keys[root].project
    return keys[root].head
