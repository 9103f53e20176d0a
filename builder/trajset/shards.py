"""Rows -> Parquet shards, named by what they hold.

A shard is a split and a bucket of groups. Columns carry the `datasets` features in the Parquet
metadata, so that `load_dataset` needs no cast; JSON columns are Arrow's json extension type.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct

from trajset.columns import ARROW, column
from trajset.views.view import ColumnType, Row

ROW_GROUP = 100
"""Rows in a row group."""
COMPRESSION = 3
"""Level of zstd."""

_FEATURE: dict[ColumnType, dict[str, Any]] = {
    "string": {"dtype": "string", "_type": "Value"},
    "int32": {"dtype": "int32", "_type": "Value"},
    "int64": {"dtype": "int64", "_type": "Value"},
    "float64": {"dtype": "float64", "_type": "Value"},
    "bool": {"dtype": "bool", "_type": "Value"},
    "timestamp": {"dtype": "timestamp[ms, tz=UTC]", "_type": "Value"},
    "json": {"_type": "Json"},
    "list<json>": {"feature": {"_type": "Json"}, "_type": "List"},
    "list<string>": {"feature": {"dtype": "string", "_type": "Value"}, "_type": "List"},
    "list<int32>": {"feature": {"dtype": "int32", "_type": "Value"}, "_type": "List"},
    "list<list<int32>>": {
        "feature": {"feature": {"dtype": "int32", "_type": "Value"}, "_type": "List"},
        "_type": "List",
    },
}


class Shard(Struct, frozen=True, kw_only=True):
    """A finished shard."""

    config: str
    split: str
    bucket: int
    file: str
    """Path below the dataset folder, with `/`."""
    rows: int
    tokens: int
    trained_tokens: int
    bytes: int
    arrow_bytes: int
    """Size of the rows as Arrow tables, row group by row group: what `datasets` calls num_bytes."""
    sha256: str


def features_of(columns: Mapping[str, ColumnType]) -> dict[str, Any]:
    """The columns as `datasets.Features.to_dict()` would give them."""
    return {name: _FEATURE[kind] for name, kind in columns.items()}


def schema_of(columns: Mapping[str, ColumnType]) -> pa.Schema:
    """The Arrow schema of a view, with the features in its metadata."""
    metadata = {"huggingface": json.dumps({"info": {"features": features_of(columns)}})}
    return pa.schema([(name, ARROW[kind]) for name, kind in columns.items()], metadata=metadata)


def batch_of(rows: Sequence[Row], columns: Mapping[str, ColumnType]) -> pa.RecordBatch:
    """Rows as an Arrow batch."""
    schema = schema_of(columns)
    arrays = [column([row[name] for row in rows], kind) for name, kind in columns.items()]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


class ShardWriter:
    """Writes the rows of one (config, split, bucket), then names the file by its content."""

    def __init__(
        self, folder: Path, config: str, columns: Mapping[str, ColumnType], split: str, bucket: int
    ) -> None:
        self._folder = folder
        self._columns = columns
        self._config, self._split, self._bucket = config, split, bucket
        self._pending: list[pa.RecordBatch] = []
        self._waiting = self._rows = self._tokens = self._trained = self._arrow_bytes = 0
        self._path = folder / f"{config}-{split}-{bucket:05d}.part"
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(handle, "wb")
        self._writer = pq.ParquetWriter(
            self._file,
            schema_of(columns),
            compression="zstd",
            compression_level=COMPRESSION,
            use_content_defined_chunking=True,
            write_page_index=True,
        )

    def write(self, batch: pa.RecordBatch, *, tokens: int, trained: int) -> None:
        """Add rows; they must come in their final order."""
        self._pending.append(batch)
        self._waiting += batch.num_rows
        self._rows += batch.num_rows
        self._tokens += tokens
        self._trained += trained
        if self._waiting >= ROW_GROUP:
            self._flush(ROW_GROUP)

    def _flush(self, least: int) -> None:
        """Write row groups while at least so many rows wait."""
        table = pa.Table.from_batches(self._pending)
        at = 0
        while table.num_rows - at >= least and at < table.num_rows:
            # One chunk a column, or the pages would depend on how the rows arrived.
            group = table.slice(at, ROW_GROUP).combine_chunks()
            self._writer.write_table(group, row_group_size=ROW_GROUP)
            self._arrow_bytes += group.nbytes
            at += ROW_GROUP
        self._pending = table.slice(at).to_batches()
        self._waiting = max(0, table.num_rows - at)

    def close(self) -> Shard:
        """Finish the file on disk and name it."""
        if self._waiting:
            self._flush(1)
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        digest, size = file_digest(self._path)
        name = f"{self._split}-{self._bucket:05d}-{digest[:16]}.parquet"
        target = self._folder / self._config / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.replace(target)
        return Shard(
            config=self._config,
            split=self._split,
            bucket=self._bucket,
            file=f"data/{self._config}/{name}",
            rows=self._rows,
            tokens=self._tokens,
            trained_tokens=self._trained,
            bytes=size,
            arrow_bytes=self._arrow_bytes,
            sha256=digest,
        )


def file_digest(path: Path) -> tuple[str, int]:
    """(sha256 in hex, size in bytes) of a file."""
    import hashlib

    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return digest, path.stat().st_size


def bucket_of(group: int, buckets: int) -> int:
    """The bucket of a group: depends on the two numbers alone."""
    return int.from_bytes(blake2b(group.to_bytes(8), digest_size=8).digest()) % buckets


def buckets_for(steps: int) -> int:
    """Number of buckets for a number of kept steps: a power of two.

    About 5,000 steps each, so that one new session rewrites little; in large sets up to 40,000, so
    that there are not too many files.
    """
    wanted = max(1, min(steps // 5_000, max(64, steps // 40_000)))
    return 1 << (wanted - 1).bit_length()
