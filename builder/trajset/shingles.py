"""Shingles of a trajectory: hashes of its runs of five words, and MinHash bands over them.

Two trajectories are near duplicates by the exact Jaccard similarity of their shingles; equal bands
only propose pairs. What the harness says of itself is left out: it is the same in every session.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from rensa import RMinHash

from trajset.trajectory import Message, Step, ToolCall, Trajectory
from trajset.wording import encoded, normal, runs, strings, words

Shingle: TypeAlias = np.uint32
WORDS = 5
"""Words in a shingle."""
SMALLEST = 50
"""Distinct shingles below which a text is too short to be a near duplicate."""
BANDS = 16
ROWS = 8
"""Hashes in a band: pairs with Jaccard 0.8 share one of 16 bands with probability 0.95."""
SIGNATURE = f"{WORDS} {BANDS}x{ROWS} rensa {RMinHash.ALGORITHM_VERSION}"
"""Names the way of signing; signatures of another way cannot be compared."""
_SEED = 1


class Shingles(Struct, frozen=True, eq=False):
    """The distinct shingles of a trajectory, in the order of the place where each stands last."""

    hashes: NDArray[Shingle]
    ends: NDArray[Shingle]
    """For each step, how many stand last in it or in a step before."""

    def since(self, step: int) -> NDArray[Shingle]:
        """The sorted shingles that begin in or after a step."""
        start = int(self.ends[step - 1]) if step else 0
        return np.sort(self.hashes[start:])

    def packed(self) -> bytes:
        """As bytes, for the fragment."""
        return self.ends.astype("<u4").tobytes() + self.hashes.astype("<u4").tobytes()


def unpacked(data: bytes, n_steps: int) -> Shingles:
    """The opposite of `Shingles.packed`."""
    numbers = np.frombuffer(data, "<u4")
    return Shingles(numbers[n_steps:], numbers[:n_steps])


def shingles_of(trajectory: Trajectory) -> Shingles:
    """The shingles of a redacted trajectory."""
    texts = [b"" if _boilerplate(step) else step_text(step) for step in trajectory.steps]
    found, places = words(b"\n".join(texts))
    hashes = runs(found, WORDS) >> np.uint64(32)
    # Sorted by hash and place; the last of each run of equal hashes is the last place.
    order = np.sort((hashes << np.uint64(32)) | np.arange(len(hashes), dtype=np.uint64))
    last = np.ones(len(order), bool)
    last[:-1] = (order[1:] >> np.uint64(32)) != (order[:-1] >> np.uint64(32))
    stays = np.zeros(len(hashes) + 1, bool)
    stays[order[last] & np.uint64(0xFFFFFFFF)] = True
    step_ends = np.cumsum([len(text) + 1 for text in texts])
    words_before = np.searchsorted(places, step_ends)
    count = np.concatenate(([0], np.cumsum(stays)))
    ends = count[np.minimum(words_before, len(hashes))]
    return Shingles(hashes[stays[:-1]].astype(np.uint32), ends.astype(np.uint32))


def step_text(step: Step) -> bytes:
    """What a step says, normalised: text, reasoning, result, or tool and arguments."""
    if not isinstance(step, ToolCall):
        return encoded(normal(step.text))
    parts = [step.tool, step.raw_arguments or "", *strings(step.arguments)]
    return encoded(normal("\n".join(parts)))


def _boilerplate(step: Step) -> bool:
    return isinstance(step, Message) and step.origin == "harness"


def bands_of(hashes: NDArray[Shingle]) -> bytes:
    """4 bytes for each band of the MinHash signature; empty for too few shingles."""
    if len(hashes) < SMALLEST:
        return b""
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(
        hashes.astype(np.uint64), [0, len(hashes)], num_perm=BANDS * ROWS, seed=_SEED
    )
    signature = np.array(matrix.to_rows()[0], "<u4").tobytes()
    width = 4 * ROWS
    return b"".join(
        blake2b(signature[at : at + width], digest_size=4).digest()
        for at in range(0, len(signature), width)
    )


def jaccard(one: NDArray[Shingle], other: NDArray[Shingle]) -> float:
    """Shared shingles among all shingles of two sorted sets; 0 for two empty ones."""
    shared = _shared(one, other)
    return shared / max(1, len(one) + len(other) - shared)


def part_in(one: NDArray[Shingle], other: NDArray[Shingle]) -> float:
    """The share of one sorted set that is in another; 1 for an empty one."""
    return _shared(one, other) / len(one) if len(one) else 1.0


def largest_jaccard(sizes: Sequence[int]) -> float:
    """The most that two sets of these sizes can reach."""
    return min(sizes) / max(1, *sizes)


def _shared(one: NDArray[Shingle], other: NDArray[Shingle]) -> int:
    merged = np.sort(np.concatenate((one, other)))
    return int(np.count_nonzero(merged[1:] == merged[:-1]))
