"""Trajectories that share long runs of words with benchmark texts.

Benchmarks are files of the user: JSON Lines and Parquet (each text in a row counts for itself), or
plain text. Runs in which few words differ (tables of zeros) do not count. Memory is bounded: large
files are looked for in parts, each in all trajectories. Nothing of them is cached.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from hashlib import blake2b
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from trajset.engine import Engine, Lost
from trajset.fragment import open_fragment
from trajset.shingles import step_text
from trajset.sources.files import open_binary
from trajset.sources.tables import SUFFIXES
from trajset.trajectory import Trajectory
from trajset.wording import Hashes, encoded, normal, runs, strings, words

_PART = 1 << 22
"""Runs that are looked for at once (8 bytes each, and a table of as many kilobytes)."""
_SLOTS = 1 << 25
_BLOCK = 1 << 20
_OVERLAP = 1 << 12
_ROWS = (".jsonl", ".ndjson", ".json", *SUFFIXES)


class BenchmarkError(ValueError):
    """A benchmark file cannot be used. The text names the place, and what was expected."""


class Benchmark(Struct, frozen=True, eq=False):
    """A part of the runs of words to look for."""

    length: int
    hashes: Hashes
    """Sorted."""
    slots: NDArray[np.bool_]
    """Whether a run with these last bits is among them: decides nearly all without a search."""

    def has_any(self, found: Hashes) -> bool:
        """Whether one of some runs is among them."""
        likely = found[self.slots[found & np.uint64(_SLOTS - 1)]]
        at = np.minimum(np.searchsorted(self.hashes, likely), len(self.hashes) - 1)
        return bool(np.any(self.hashes[at] == likely))


def contaminated(
    parts: Iterable[Benchmark], fragments: Sequence[str], engine: Engine
) -> set[tuple[str, int]]:
    """(fragment, ordinal) of each trajectory that shares a run of words with a benchmark."""
    found: set[tuple[str, int]] = set()
    for part in parts:
        for index, ordinals in engine.map(partial(_look, part), fragments):
            if isinstance(ordinals, Lost):
                raise BenchmarkError("plan.decontaminate: a worker was killed; try fewer --jobs")
            found |= {(fragments[index], ordinal) for ordinal in ordinals}
    return found


def file_digest(file: str) -> str:
    """Digest of a benchmark file's content.

    Raises:
        BenchmarkError: it cannot be read.
    """
    digest = blake2b(digest_size=16)
    for block in _read(file):
        digest.update(block)
    return digest.hexdigest()


def _look(part: Benchmark, fragment: str) -> list[int]:
    trajectories = open_fragment(fragment).trajectories()
    return [i for i, trajectory in enumerate(trajectories) if shares(part, trajectory)]


def shares(part: Benchmark, trajectory: Trajectory) -> bool:
    """Whether a trajectory has a run of words from a benchmark, in whatever it says or reads."""
    texts = [encoded(normal(trajectory.system_prompt or "")), *map(step_text, trajectory.steps)]
    return part.has_any(runs(words(b"\n".join(texts))[0], part.length))


def benchmark_parts(files: Iterable[str], length: int) -> Iterator[Benchmark]:
    """The runs of all files, in parts of bounded size.

    Raises:
        BenchmarkError: a file cannot be read.
    """
    waiting: list[Hashes] = []
    size = 0
    for file in files:
        any_found = False
        for text in _texts(file):
            found = _telling(words(encoded(normal(text)))[0], length)
            any_found |= len(found) > 0
            waiting.append(found)
            size += len(found)
            if size >= _PART:
                yield _benchmark(waiting, length)
                waiting, size = [], 0
        if not any_found:
            raise BenchmarkError(
                f"plan.decontaminate: {file}: expected texts of {length} words or more, found none"
            )
    if size:
        yield _benchmark(waiting, length)


def _benchmark(found: list[Hashes], length: int) -> Benchmark:
    hashes = np.sort(np.concatenate(found))
    slots = np.zeros(_SLOTS, bool)
    slots[hashes & np.uint64(_SLOTS - 1)] = True
    return Benchmark(length, hashes, slots)


def _telling(found: Hashes, length: int) -> Hashes:
    """The runs in which at least half of the words differ."""
    hashes = runs(found, length)
    if not len(hashes):
        return hashes
    ordered = np.sort(np.lib.stride_tricks.sliding_window_view(found, length), axis=1)
    distinct = 1 + np.count_nonzero(ordered[:, 1:] != ordered[:, :-1], axis=1)
    telling: Hashes = hashes[2 * distinct >= length]
    return telling


def _texts(file: str) -> Iterator[str]:
    """The texts of a file, long ones in parts."""
    plain = Path(file).name.removesuffix(".gz").removesuffix(".zst")
    if Path(plain).suffix.lower() in _ROWS:
        for number, line in enumerate(_lines(_read(file)), 1):
            yield from _row_texts(line, f"{file}, line {number}")
    else:
        yield from _overlapping(codecs.iterdecode(_read(file), "utf-8", "replace"))


def _lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    parts: list[bytes] = []
    for block in blocks:
        *whole, rest = block.split(b"\n")
        for line in whole:
            yield b"".join((*parts, line))
            parts.clear()
        parts.append(rest)
    yield b"".join(parts)


def _read(file: str) -> Iterator[bytes]:
    """The content of a file in blocks, decompressed; rows of tables as JSON Lines."""
    try:
        with open_binary(file) as opened:
            while block := opened.read(_BLOCK):
                yield block
    except OSError as error:
        raise BenchmarkError(
            f"plan.decontaminate: {file}: expected a readable file, "
            f"found: {error.strerror or str(error) or type(error).__name__}"
        ) from None


def _row_texts(line: bytes, place: str) -> Iterator[str]:
    if not line.strip():
        return
    try:
        value = msgspec.json.decode(line)
    except msgspec.DecodeError:
        raise BenchmarkError(
            f"plan.decontaminate: {place}: expected one JSON value a line, found something else"
        ) from None
    for text in strings(value):
        yield from _overlapping(text[at : at + _BLOCK] for at in range(0, len(text), _BLOCK))


def _overlapping(parts: Iterable[str]) -> Iterator[str]:
    """Parts of a long text with a stretch of the one before, so that no run is cut in two."""
    before = ""
    for part in parts:
        yield before + part
        before = part[-_OVERLAP:]
