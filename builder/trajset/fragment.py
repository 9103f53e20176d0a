"""What map 1 leaves of one unit: redacted trajectories and their keys, in one checked file.

Layout: magic, header length (8 bytes, little endian), header (msgpack), blobs, 16 bytes of
BLAKE2b over all before. A trajectory is one zstd-compressed msgpack blob, so that map 2 decodes
only what the plan keeps; per-step keys and shingles are blobs of their own, read for candidates
only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import msgspec
import zstandard
from msgspec import Struct, field

from trajset.keys import Keys, keys_of
from trajset.privacy import Findings, OwnFindings
from trajset.private_files import write_private
from trajset.shingles import Shingles, unpacked
from trajset.sources.tally import Tally
from trajset.stats import Stats, stats_of
from trajset.trajectory import SCHEMA_VERSION, Trajectory

_MAGIC = b"trajset\x01"
_CHECK = 16


class FragmentError(ValueError):
    """A fragment file is damaged or of another version; it has to be made again."""


class Entry(Struct, frozen=True, gc=False, kw_only=True):
    """One trajectory of a fragment: its keys and where its blobs lie in the file."""

    keys: Keys
    blob: tuple[int, int]
    steps: tuple[int, int]
    shingles: tuple[int, int]
    stats: Stats
    project: str | None
    """Redacted working directory, for the recipe's globs."""
    findings: OwnFindings = field(default_factory=OwnFindings)
    """What redaction replaced in it."""


class Header(Struct, frozen=True, kw_only=True):
    """The first part of a fragment file."""

    schema: int
    unit: str
    """Digest that names the unit's content, recipe section and code (the cache key)."""
    tally: Tally
    findings: Findings
    entries: tuple[Entry, ...]


_encode = msgspec.msgpack.Encoder().encode
_decode_header = msgspec.msgpack.Decoder(Header).decode
_decode_trajectory = msgspec.msgpack.Decoder(Trajectory).decode


def write_fragment(
    path: Path,
    unit: str,
    trajectories: Sequence[Trajectory],
    tally: Tally,
    findings: Findings,
    each: Sequence[OwnFindings] = (),
) -> Header:
    """Write a fragment (mode 0600, replaced in one step) and return its header.

    Args:
        findings: what redaction replaced in the unit.
        each: the same by trajectory, where anything was redacted.
    """
    compress = zstandard.ZstdCompressor(level=1).compress
    blobs: list[bytes] = []
    entries = []
    at = 0
    for ordinal, trajectory in enumerate(trajectories):
        keys, step_keys, shingles = keys_of(trajectory)
        extents = []
        for part in (compress(_encode(trajectory)), step_keys, shingles.packed()):
            extents.append((at, len(part)))
            blobs.append(part)
            at += len(part)
        blob, steps, runs = extents
        entries.append(
            Entry(
                keys=keys,
                blob=blob,
                steps=steps,
                shingles=runs,
                stats=stats_of(trajectory),
                project=trajectory.project,
                findings=each[ordinal] if each else OwnFindings(),
            )
        )
    header = Header(
        schema=SCHEMA_VERSION,
        unit=unit,
        tally=tally,
        findings=findings,
        entries=tuple(entries),
    )
    encoded = _encode(header)
    parts = [_MAGIC, len(encoded).to_bytes(8, "little"), encoded, *blobs]
    check = blake2b(digest_size=_CHECK)
    for part in parts:
        check.update(part)
    write_private(path, [*parts, check.digest()], sync=False)
    return header


class Fragment:
    """A fragment file. Trajectories are read and decoded one at a time, when asked for."""

    def __init__(self, path: Path, *, unit: str | None = None, verify: bool = False) -> None:
        """Read the header.

        Raises:
            FragmentError: the file is damaged (`verify` checks every byte), of another schema
                version, or of another unit than the one expected.
            OSError: the file cannot be read.
        """
        self.path = path
        if verify:
            data = path.read_bytes()
            if blake2b(data[:-_CHECK], digest_size=_CHECK).digest() != data[-_CHECK:]:
                raise FragmentError(f"{path}: expected a whole fragment, found a damaged one")
        start = len(_MAGIC) + 8
        with path.open("rb") as file:
            magic = file.read(start)
            if not magic.startswith(_MAGIC) or len(magic) < start:
                raise FragmentError(f"{path}: expected a fragment, found another kind of file")
            length = int.from_bytes(magic[len(_MAGIC) :], "little")
            try:
                self.header = _decode_header(file.read(length))
            except msgspec.DecodeError as error:
                raise FragmentError(f"{path}: expected a readable header ({error})") from None
        if self.header.schema != SCHEMA_VERSION or (unit is not None and self.header.unit != unit):
            raise FragmentError(f"{path}: expected schema {SCHEMA_VERSION} and the same unit")
        self._blobs = start + length

    def trajectory(self, ordinal: int) -> Trajectory:
        """Decode one trajectory."""
        blob = self._read(self.header.entries[ordinal].blob)
        return _decode_trajectory(zstandard.ZstdDecompressor().decompress(blob))

    def trajectories(self) -> Iterator[Trajectory]:
        """Decode all trajectories, in order."""
        for ordinal in range(len(self.header.entries)):
            yield self.trajectory(ordinal)

    def step_keys(self, ordinal: int) -> list[tuple[int, int]]:
        """(native record key, chain hash) per step; see `keys_of`."""
        packed = self._read(self.header.entries[ordinal].steps)
        return [
            (
                int.from_bytes(packed[i : i + 8], "little"),
                int.from_bytes(packed[i + 8 : i + 16], "little"),
            )
            for i in range(0, len(packed), 16)
        ]

    def shingles(self, ordinal: int) -> Shingles:
        """The shingles of one trajectory."""
        entry = self.header.entries[ordinal]
        return unpacked(self._read(entry.shingles), entry.keys.n_steps)

    def _read(self, extent: tuple[int, int]) -> bytes:
        with self.path.open("rb") as file:
            file.seek(self._blobs + extent[0])
            return file.read(extent[1])


@lru_cache(maxsize=64)
def open_fragment(path: str) -> Fragment:
    """A fragment with its header decoded; the last few stay open."""
    return Fragment(Path(path))
