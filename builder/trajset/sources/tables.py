"""Rows of Parquet and Arrow files as JSON Lines, so that every source of rows can read them.

Datasets on the Hub keep trajectories in a column (`messages`, `trajectory`, `history`); a row that
is encoded as one JSON object is what the same harness writes to a `.jsonl` file.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Any

import msgspec

SUFFIXES = (".parquet", ".arrow")
_ROWS = 64
"""Rows decoded at a time."""


def as_json_lines(file: IO[bytes], suffix: str) -> IO[bytes]:
    """A stream of JSON Lines over an open Parquet or Arrow file.

    Raises:
        OSError: the file is none, or damaged.
    """
    return io.BufferedReader(_Lines(file, suffix), 1 << 20)


class _Lines(io.RawIOBase):
    """Encodes batches of rows as they are asked for."""

    def __init__(self, file: IO[bytes], suffix: str) -> None:
        self._file = file
        self._rest = b""
        self._batches = _batches(file, suffix)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            rows = next(self._batches, None)
            if rows is None:
                return 0
            self._rest = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        self._file.close()
        super().close()


def _batches(file: IO[bytes], suffix: str) -> Iterator[list[dict[str, Any]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        if suffix == ".parquet":
            for batch in pq.ParquetFile(file).iter_batches(batch_size=_ROWS):
                yield [_plain(row) for row in batch.to_pylist()]
            return
        for batch in pa.ipc.open_stream(file):
            for start in range(0, batch.num_rows, _ROWS):
                yield [_plain(row) for row in batch.slice(start, _ROWS).to_pylist()]
    except pa.ArrowException as error:
        raise OSError(f"expected a whole {suffix} file, found {type(error).__name__}") from None


def _plain(value: Any) -> Any:
    """A value that JSON can hold; members that a struct column adds as null are left out."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return "[binary]"
    return value
