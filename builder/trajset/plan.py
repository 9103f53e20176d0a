"""The plan: from the keys of all trajectories to one Decision each. No text is seen here.

Order of work: families (forks, resumes, branches), agent trees and slices, groups, splits,
duplicates. A fixed total order decides wherever one of several must give way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Literal

from msgspec import Struct, field

from trajset.duplicates import Candidates, Near, NearCounts, Ref, find_duplicates
from trajset.families import Forest, families, final_ids, parents, slices_of, standing
from trajset.keys import Keys, hash64
from trajset.shingles import Shingles

Split = Literal["train", "validation", "test"]
GroupBy = Literal["session", "project", "repository"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


class Shares(Struct, frozen=True, forbid_unknown_fields=True):
    """Share of the groups that goes to each split; they are normalised to 1."""

    train: float = 0.9
    validation: float = 0.05
    test: float = 0.05


class Plan(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Recipe section `plan`: duplicates, splits and limits."""

    seed: int = 0
    splits: Shares = field(default_factory=Shares)
    group_by: GroupBy = "session"
    drop_duplicates: bool = True
    """Whether exact and near duplicates are dropped."""
    near: Near | None = field(default_factory=Near)
    """None keeps near duplicates."""
    decontaminate: tuple[str, ...] = ()
    """Files with benchmark texts; trajectories that share a run of words with one are dropped."""
    decontaminate_words: int = 13
    """Length of that run."""
    max_rows: dict[str, int] = field(default_factory=dict)
    """Config -> most rows."""
    exclude: tuple[str, ...] = ()
    """Ids of trajectories that a person took out, as `trajset review` exports them."""


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
    """`contained` in a family member, `duplicate` or `near_duplicate` of a kept trajectory,
    `decontaminated`, `excluded` by the recipe, or None."""


class Planned(Struct, frozen=True, kw_only=True):
    """The decisions, in the order of the keys, and what has to be told about them."""

    decisions: tuple[Decision, ...]
    n_groups: int
    group_by: GroupBy
    single_split: bool
    """Too few projects or repositories to split: everything is `train`."""
    drops: tuple[tuple[str, str, str], ...]
    """(reason, id of the dropped, id of the one that stays; empty where there is none)."""
    near: NearCounts
    near_examples: tuple[tuple[str, str, float], ...]
    """(id of the dropped, id of the one that stays, similarity) of a few near duplicates."""
    unmatched: int = 0
    """Ids in `plan.exclude` that no trajectory has."""


def decide(
    keys: Sequence[Keys],
    step_keys: Callable[[Ref], list[tuple[int, int]]],
    native_key: Callable[[Ref, int], str | None],
    shingles: Callable[[Ref], Shingles],
    section: Plan,
    contaminated: Collection[Ref] = (),
) -> Planned:
    """Decide about every trajectory.

    Args:
        keys: one entry a trajectory; their order does not change any decision.
        step_keys: reads the per-step keys of one trajectory (candidates only).
        native_key: reads the native record key of one step (for the id of a fork's own part).
        shingles: reads the shingles of one trajectory (candidates only).
        section: the recipe's section.
        contaminated: those that share text with a benchmark; they own nothing and are dropped.
    """
    order = sorted(range(len(keys)), key=lambda ref: _rank(keys[ref]))
    clean = [ref for ref in order if ref not in contaminated]
    slices = slices_of(keys, order, step_keys)
    copied, contained_in = families(keys, clean, slices, step_keys)
    ids = final_ids(keys, clean, copied, contained_in, native_key)
    dropped: dict[Ref, tuple[str, Ref | None]] = {}
    dropped |= {ref: ("contained", by) for ref, by in contained_in.items()}
    links = parents(keys, order, dropped)
    roots = _groups(keys, order, links, slices)
    groups = [_group_key(keys, ref, roots[ref], section.group_by) for ref in range(len(keys))]
    n_groups = len(set(groups))
    single = section.group_by != "session" and n_groups < 3
    splits = ["train" if single else split_of(group, section) for group in groups]
    near = NearCounts()
    if section.drop_duplicates:
        candidates = Candidates(
            keys=keys,
            order=[ref for ref in clean if ref not in contained_in],
            roots=roots,
            splits=splits,
            copied=copied,
            step_keys=step_keys,
            shingles=shingles,
        )
        falls, near = find_duplicates(candidates, section.near)
        dropped |= falls
    dropped |= dict.fromkeys(contaminated, ("decontaminated", None))
    # Only now: nobody else's id, steps or split moves, and what fell as its duplicate stays out.
    excluded = set(section.exclude)
    unwanted = [ref for ref in order if ids[ref] in excluded and ref not in dropped]
    dropped |= dict.fromkeys(unwanted, ("excluded", None))
    decisions = []
    for ref, key in enumerate(keys):
        parent, call = links.get(ref, (None, None))
        parent = standing(parent, dropped)
        decisions.append(
            Decision(
                id=ids[ref],
                group=groups[ref],
                split=splits[ref],
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
        drops=tuple(_told(ref, dropped[ref], ids) for ref in order if ref in dropped),
        near=near,
        near_examples=tuple((ids[a], ids[b], similarity) for a, b, similarity in near.examples),
        unmatched=len(excluded.difference(ids)),
    )


def _told(ref: Ref, drop: tuple[str, Ref | None], ids: Sequence[str]) -> tuple[str, str, str]:
    reason, by = drop
    return reason, ids[ref], "" if by is None else ids[by]


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


def _groups(
    keys: Sequence[Keys],
    order: Sequence[Ref],
    links: dict[Ref, tuple[Ref, str | None]],
    slices: dict[Ref, Ref],
) -> list[Ref]:
    """The root of each trajectory's fork family, agent tree and chain of slices."""
    forest = Forest(len(keys))

    def root_rank(ref: Ref) -> tuple[bool, int, str]:
        start = keys[ref].started_at
        return (keys[ref].agent is not None, 2**62 if start is None else start, keys[ref].id)

    def join(a: Ref, b: Ref) -> None:
        a, b = sorted((forest.root(a), forest.root(b)), key=root_rank)
        forest.join(a, b)

    first: dict[tuple[str, str, int | str], Ref] = {}
    for ref in order:
        key = keys[ref]
        join(first.setdefault((key.harness, "head", key.head), ref), ref)
        join(first.setdefault((key.harness, "session", key.session_id), ref), ref)
    for ref, (parent, _) in links.items():
        join(ref, parent)
    for ref, before in slices.items():
        join(ref, before)
    return [forest.root(ref) for ref in range(len(keys))]


def _group_key(keys: Sequence[Keys], ref: Ref, root: Ref, group_by: GroupBy) -> int:
    """The number that names a group; for sessions that of the root's first record."""
    if group_by == "project" and keys[root].project:
        return keys[root].project
    if group_by == "repository" and (keys[root].repository or keys[root].project):
        return keys[root].repository or keys[root].project
    return keys[root].head
