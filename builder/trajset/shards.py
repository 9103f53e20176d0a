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

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct

from trajset.views.view import ColumnType, Row

ROW_GROUP = 100
"""Rows in a row group."""

_ARROW: dict[ColumnType, pa.DataType] = {
    "string": pa.string(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "timestamp": pa.timestamp("ms", tz="UTC"),
    "json": pa.json_(),
    "list<json>": pa.list_(pa.json_()),
    "list<int32>": pa.list_(pa.int32()),
    "list<list<int32>>": pa.list_(pa.list_(pa.int32())),
}
_FEATURE: dict[ColumnType, dict[str, Any]] = {
    "string": {"dtype": "string", "_type": "Value"},
    "int32": {"dtype": "int32", "_type": "Value"},
    "int64": {"dtype": "int64", "_type": "Value"},
    "float64": {"dtype": "float64", "_type": "Value"},
    "bool": {"dtype": "bool", "_type": "Value"},
    "timestamp": {"dtype": "timestamp[ms, tz=UTC]", "_type": "Value"},
    "json": {"_type": "Json"},
    "list<json>": {"feature": {"_type": "Json"}, "_type": "List"},
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
    sha256: str


def features_of(columns: Mapping[str, ColumnType]) -> dict[str, Any]:
    """The columns as `datasets.Features.to_dict()` would give them."""
    return {name: _FEATURE[kind] for name, kind in columns.items()}


def schema_of(columns: Mapping[str, ColumnType]) -> pa.Schema:
    """The Arrow schema of a view, with the features in its metadata."""
    metadata = {"huggingface": json.dumps({"info": {"features": features_of(columns)}})}
    return pa.schema([(name, _ARROW[kind]) for name, kind in columns.items()], metadata=metadata)


def batch_of(rows: Sequence[Row], columns: Mapping[str, ColumnType]) -> pa.RecordBatch:
    """Rows as an Arrow batch."""
    schema = schema_of(columns)
    arrays = [_array([row[name] for row in rows], kind) for name, kind in columns.items()]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(values: list[Any], kind: ColumnType) -> pa.Array:
    if kind == "list<json>":
        offsets = [0]
        texts: list[str] = []
        for value in values:
            texts += [msgspec.json.encode(item).decode() for item in value]
            offsets.append(len(texts))
        storage = pa.ExtensionArray.from_storage(pa.json_(), pa.array(texts, pa.string()))
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), storage)
    if kind == "json":
        texts = [msgspec.json.encode(value).decode() for value in values]
        return pa.ExtensionArray.from_storage(pa.json_(), pa.array(texts, pa.string()))
    return pa.array(values, _ARROW[kind])


class ShardWriter:
    """Writes the rows of one (config, split, bucket), then names the file by its content."""

    def __init__(
        self, folder: Path, config: str, columns: Mapping[str, ColumnType], split: str, bucket: int
    ) -> None:
        self._folder = folder
        self._columns = columns
        self._config, self._split, self._bucket = config, split, bucket
        self._pending: list[Row] = []
        self._rows = self._tokens = self._trained = 0
        self._path = folder / f"{config}-{split}-{bucket:05d}.part"
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(handle, "wb")
        self._writer = pq.ParquetWriter(
            self._file,
            schema_of(columns),
            compression="zstd",
            compression_level=3,
            use_content_defined_chunking=True,
            write_page_index=True,
        )

    def write(self, row: Row) -> None:
        """Add a row; rows must come in their final order."""
        self._pending.append(row)
        self._rows += 1
        self._tokens += row["n_tokens"]
        self._trained += row.get("n_tokens_trained", 0)
        if len(self._pending) == ROW_GROUP:
            self._flush()

    def write_table(self, table: pa.Table) -> None:
        """Add rows that stood in another shard of the same config."""
        self._rows += table.num_rows
        self._tokens += sum(table["n_tokens"].to_pylist())
        if "n_tokens_trained" in table.column_names:
            self._trained += sum(table["n_tokens_trained"].to_pylist())
        for batch in table.combine_chunks().to_batches(max_chunksize=ROW_GROUP):
            self._writer.write_batch(batch, row_group_size=ROW_GROUP)

    def _flush(self) -> None:
        if self._pending:
            self._writer.write_batch(
                batch_of(self._pending, self._columns), row_group_size=ROW_GROUP
            )
            self._pending.clear()

    def close(self) -> Shard:
        """Finish the file on disk and name it."""
        self._flush()
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
    """Number of buckets for a number of kept steps: a power of two, ~20,000 steps each."""
    wanted = max(1, steps // 20_000)
    return 1 << (wanted - 1).bit_length()
