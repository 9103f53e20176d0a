"""Exact and near duplicates: which trajectories fall, each against one that is kept.

All are walked in one total order, those of `test` first and those of `train` last, so that of a
pair that crosses splits the train copy falls. Near duplicates are proposed by equal MinHash bands
and verified by the exact Jaccard similarity of their shingles. Trajectories of one session's forks
and agents (kin) are compared by what follows their common beginning.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from trajset.keys import Keys
from trajset.shingles import (
    BANDS,
    SMALLEST,
    Shingle,
    Shingles,
    bands_of,
    jaccard,
    largest_jaccard,
    part_in,
)

Ref: TypeAlias = int
"""Position of a trajectory in the list of keys."""
MOST = 200
"""Trajectories that one is compared with, the most similar bands first."""
_EXAMPLES = 10
_CACHED = 256


class Near(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Recipe section `plan.near`: what counts as a near duplicate."""

    threshold: float = 0.8
    """Least Jaccard similarity of two trajectories' runs of five words."""


class NearCounts(Struct, kw_only=True):
    """What became of the pairs that equal bands proposed."""

    proposed: int = 0
    verified: int = 0
    """Pairs at or over the threshold."""
    dropped: int = 0
    crowded: int = 0
    """Trajectories with more proposed pairs than are compared."""
    examples: list[tuple[Ref, Ref, float]] = []
    """(dropped, kept, similarity) of the first few."""


class Candidates(Struct, frozen=True, kw_only=True):
    """The trajectories to compare, and what is known of each (all lists by Ref)."""

    keys: Sequence[Keys]
    order: Sequence[Ref]
    """The total order, without those that are out already."""
    roots: Sequence[Ref]
    """Trajectories with the same root are kin."""
    splits: Sequence[str]
    copied: Sequence[int]
    step_keys: Callable[[Ref], list[tuple[int, int]]]
    shingles: Callable[[Ref], Shingles]


def find_duplicates(
    found: Candidates, near: Near | None
) -> tuple[dict[Ref, tuple[str, Ref]], NearCounts]:
    """What falls -> (`duplicate` or `near_duplicate`, the kept one that stands for it)."""
    falls: dict[Ref, tuple[str, Ref]] = {}
    exact: dict[tuple[int, int], Ref] = {}
    similar = _Similar(found, near.threshold) if near is not None else None
    for ref in _walk(found):
        key = found.keys[ref].final, found.keys[ref].n_steps
        other = exact.get(key)
        if other is not None and _chain(found, other) == _chain(found, ref):
            falls[ref] = ("duplicate", other)
            continue
        if similar is not None and (other := similar.to(ref)) is not None:
            falls[ref] = ("near_duplicate", other)
            continue
        exact.setdefault(key, ref)
        if similar is not None:
            similar.keep(ref)
    return falls, similar.counts if similar is not None else NearCounts()


def _walk(found: Candidates) -> list[Ref]:
    cleanest = {"test": 0, "validation": 1, "train": 2}
    return sorted(found.order, key=lambda ref: cleanest[found.splits[ref]])


def _chain(found: Candidates, ref: Ref) -> list[int]:
    return [content for _, content in found.step_keys(ref)]


class _Similar:
    """The kept trajectories by their bands, to find those that a further one resembles."""

    def __init__(self, found: Candidates, threshold: float) -> None:
        self.counts = NearCounts()
        self._found = found
        self._threshold = threshold
        self._since = lru_cache(_CACHED)(lambda ref, step: found.shingles(ref).since(step))
        self._chain = lru_cache(_CACHED)(lambda ref: _chain(found, ref))
        self._bands = self._shared_bands()
        self._kept: defaultdict[tuple[int, int], list[Ref]] = defaultdict(list)

    def _shared_bands(self) -> dict[Ref, list[tuple[int, int]]]:
        """For each trajectory its bands that another has too: (band, value).

        A fork has two signatures: of the whole, and of what it does not share by copied steps.
        """
        of: list[Ref] = []
        signatures: list[bytes] = []
        for ref in self._found.order:
            whole = self._found.keys[ref].bands
            own = bands_of(self._own(ref)) if self._found.copied[ref] else b""
            for signature in filter(None, (whole, own)):
                of.append(ref)
                signatures.append(signature)
        if not signatures:
            return {}
        table = np.frombuffer(b"".join(signatures), "<u4").reshape(-1, BANDS)
        bands: dict[Ref, dict[tuple[int, int], None]] = defaultdict(dict)
        for band in range(BANDS):
            for row in _repeated(table[:, band]):
                bands[of[row]][band, int(table[row, band])] = None
        return {ref: list(found) for ref, found in bands.items()}

    def keep(self, ref: Ref) -> None:
        """Add a trajectory that is kept."""
        for band in self._bands.get(ref, ()):
            self._kept[band].append(ref)

    def to(self, ref: Ref) -> Ref | None:
        """The kept trajectory that is most like this one, if it is like enough."""
        best, most = None, 0.0
        for other in self._proposed(ref):
            similarity = self._similarity(ref, other)
            self.counts.verified += similarity >= self._threshold
            if similarity >= self._threshold and similarity > most:
                best, most = other, similarity
        if best is not None:
            self.counts.dropped += 1
            if len(self.counts.examples) < _EXAMPLES:
                self.counts.examples.append((ref, best, round(most, 3)))
        return best

    def _proposed(self, ref: Ref) -> list[Ref]:
        """The kept trajectories that share bands with this one, those that share most first."""
        shared: Counter[Ref] = Counter()
        crowded = False
        for band in self._bands.get(ref, ()):
            kept = self._kept.get(band, [])
            crowded |= len(kept) > MOST
            shared.update(kept[:MOST])
        self.counts.proposed += len(shared)
        self.counts.crowded += crowded or len(shared) > MOST
        return [other for other, _ in shared.most_common(MOST)]

    def _own(self, ref: Ref, shared: int = 0) -> NDArray[Shingle]:
        part: NDArray[Shingle] = self._since(ref, max(shared, self._found.copied[ref]))
        return part

    def _similarity(self, ref: Ref, other: Ref) -> float:
        """How like a kept trajectory one is, if that makes it a near duplicate; else less."""
        if self._found.roots[ref] == self._found.roots[other]:
            return self._of_kin(ref, other)
        if not (self._found.copied[ref] or self._found.copied[other]):
            sizes = (self._found.keys[ref].n_shingles, self._found.keys[other].n_shingles)
            if largest_jaccard(sizes) < self._threshold:
                return 0.0
        similarity = self._compare(self._own(ref), self._own(other))
        if similarity >= self._threshold:
            return similarity
        return self._of_wholes(ref, other)

    def _compare(self, one: NDArray[Shingle], other: NDArray[Shingle]) -> float:
        sizes = (len(one), len(other))
        if min(sizes) < SMALLEST or largest_jaccard(sizes) < self._threshold:
            return 0.0
        return jaccard(one, other)

    def _of_kin(self, ref: Ref, other: Ref) -> float:
        """Of what follows the common beginning; 1 where nothing follows in `ref`."""
        pairs = enumerate(zip(self._chain(ref), self._chain(other), strict=False))
        steps = min(self._found.keys[ref].n_steps, self._found.keys[other].n_steps)
        shared = next((i for i, (a, b) in pairs if a != b), steps)
        if shared == self._found.keys[ref].n_steps:
            return 1.0
        return self._compare(self._own(ref, shared), self._own(other, shared))

    def _of_wholes(self, ref: Ref, other: Ref) -> float:
        """For forks of different sessions: a copy of the whole, whoever owns its steps.

        Within a split a fork stays if its own part says something else. Across splits it falls:
        what it shares must not be in both.
        """
        if not (self._found.copied[ref] or self._found.copied[other]):
            return 0.0
        wholes = self._since(ref, 0), self._since(other, 0)
        similarity = self._compare(*wholes)
        if self._found.splits[ref] != self._found.splits[other]:
            return similarity
        parts = (part_in(self._own(ref), wholes[1]), part_in(self._own(other), wholes[0]))
        return similarity if min(parts) >= self._threshold else 0.0


def _repeated(values: NDArray[np.uint32]) -> Iterable[int]:
    """Positions of the values that occur more than once, in order."""
    order = np.argsort(values, kind="stable")
    same = values[order[1:]] == values[order[:-1]]
    twice = np.zeros(len(values), bool)
    twice[order[1:][same]] = True
    twice[order[:-1][same]] = True
    return [int(row) for row in np.flatnonzero(twice)]
