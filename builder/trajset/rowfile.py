"""What map 2 leaves of one fragment: its rows by trajectory and config, in one checked file.

Layout: magic, header length (8 bytes, little endian), 16 bytes of BLAKE2b over the header, header
(msgpack), blobs. A blob is one compressed Arrow record batch: the rows of one config for one
trajectory, in order; the header holds its checksum, so that only what is read is checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import msgspec
import pyarrow as pa
from msgspec import Struct

from trajset.made import Made
from trajset.private_files import write_private
from trajset.shards import batch_of, schema_of
from trajset.stats import Stats
from trajset.views.view import ColumnType, Row

_MAGIC = b"trajrows\x01"
_CHECK = 16
_TOKENS = 20_000_000
"""Tokens of the rows of one blob, about: an Arrow array of text holds 2 GB."""
_START = len(_MAGIC) + 8 + _CHECK


class RowFileError(ValueError):
    """A row file is damaged; it has to be made again."""


class Blob(Struct, frozen=True, gc=False, kw_only=True):
    """Where the rows of one config for one trajectory lie, and their numbers."""

    at: int
    size: int
    raw_size: int
    check: bytes
    rows: int
    tokens: int
    trained: int


class Rows(Struct, frozen=True, kw_only=True):
    """What was made of one trajectory, by config."""

    ordinal: int
    """Of the trajectory in its fragment."""
    id: str
    made: dict[str, Made]
    blobs: dict[str, tuple[Blob, ...]]
    """None for a config without a row."""
    harness: str
    stats: Stats
    """Numbers of the steps that are its own."""


class RowHeader(Struct, frozen=True, kw_only=True):
    """The first part of a row file."""

    key: str
    """Digest that names what the rows were made from."""
    trajectories: tuple[Rows, ...]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(RowHeader).decode


class RowFileWriter:
    """Collects the rows of one fragment, then writes them in one step (mode 0600)."""

    def __init__(self) -> None:
        self._codec = pa.Codec("lz4")
        self._blobs: list[bytes] = []
        self._at = 0

    def add(self, rows: Sequence[Row], columns: Mapping[str, ColumnType]) -> tuple[Blob, ...]:
        """Add the rows of one config for one trajectory; few give one blob."""
        return tuple(self._add(part, columns) for part in _parts(rows))

    def _add(self, rows: Sequence[Row], columns: Mapping[str, ColumnType]) -> Blob:
        raw = batch_of(rows, columns).serialize()
        data: bytes = self._codec.compress(raw, asbytes=True)
        blob = Blob(
            at=self._at,
            size=len(data),
            raw_size=raw.size,
            check=_check(data),
            rows=len(rows),
            tokens=sum(row["n_tokens"] for row in rows),
            trained=sum(row.get("n_tokens_trained", 0) for row in rows),
        )
        self._blobs.append(data)
        self._at += len(data)
        return blob

    def write(self, path: Path, key: str, trajectories: Sequence[Rows]) -> RowHeader:
        """Write the file and return its header."""
        header = RowHeader(key=key, trajectories=tuple(trajectories))
        encoded = _encode(header)
        start = _MAGIC + len(encoded).to_bytes(8, "little") + _check(encoded) + encoded
        write_private(path, [start, *self._blobs], sync=False)
        return header


class RowFile:
    """A row file, its header read and checked."""

    def __init__(self, path: Path, key: str | None = None) -> None:
        """Read the header.

        Raises:
            RowFileError: it is damaged, or was made from something else than `key`.
            OSError: the file cannot be read.
        """
        self.path = path
        with path.open("rb") as file:
            start = file.read(_START)
            length = int.from_bytes(start[len(_MAGIC) : len(_MAGIC) + 8], "little")
            # A damaged length could be any number: the file's own size bounds it.
            encoded = file.read(min(length, path.stat().st_size))
        if not start.startswith(_MAGIC) or _check(encoded) != start[-_CHECK:]:
            raise RowFileError(f"{path}: expected a whole row file, found a damaged one")
        try:
            self.header = _decode(encoded)
        except msgspec.DecodeError as error:
            raise RowFileError(f"{path}: expected a readable header ({error})") from None
        if key is not None and self.header.key != key:
            raise RowFileError(f"{path}: expected the rows of {key}, found others")
        self._blobs = _START + length
        self._by_ordinal = {rows.ordinal: rows for rows in self.header.trajectories}

    def blobs(self, ordinal: int, config: str) -> tuple[Blob, ...]:
        """Where a trajectory's rows of a config lie; empty where there are none."""
        rows = self._by_ordinal.get(ordinal)
        return () if rows is None else rows.blobs.get(config, ())

    def batch(self, blob: Blob, columns: Mapping[str, ColumnType]) -> pa.RecordBatch:
        """The rows of a blob.

        Raises:
            RowFileError: the blob is damaged.
            OSError: the file cannot be read.
        """
        with self.path.open("rb") as file:
            file.seek(self._blobs + blob.at)
            data = file.read(blob.size)
        if _check(data) != blob.check:
            raise RowFileError(f"{self.path}: expected whole rows, found damaged ones")
        raw = pa.Codec("lz4").decompress(data, decompressed_size=blob.raw_size)
        return pa.ipc.read_record_batch(raw, schema_of(columns))


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Rows in parts that an Arrow array can hold, whatever their number and length."""
    first = tokens = 0
    for number, row in enumerate(rows):
        if tokens > _TOKENS:
            yield rows[first:number]
            first, tokens = number, 0
        tokens += row["n_tokens"]
    yield rows[first:]


def _check(data: bytes) -> bytes:
    return blake2b(data, digest_size=_CHECK).digest()


@lru_cache(maxsize=64)
def open_row_file(path: str) -> RowFile:
    """A row file with its header decoded; the last few stay open."""
    return RowFile(Path(path))
