"""What a dataset folder holds, trajectory by trajectory; one row group a shard is in memory."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from trajset.manifest import Manifest
from trajset.shards import Shard

Row = dict[str, Any]
_BATCH = 32


class ReviewError(ValueError):
    """The folder cannot be shown. The text says why, and the way out."""


class Stored(Struct, frozen=True, kw_only=True):
    """All rows of one trajectory, in the order of the configs and of their ordinals."""

    id: str
    split: str
    rows: tuple[tuple[str, Row], ...]
    """(config, row)."""


def stored(folder: Path, manifest: Manifest) -> Iterator[Stored]:
    """The trajectories of a dataset folder, split by split.

    Raises:
        ReviewError: a shard is missing or damaged.
    """
    places: dict[tuple[str, int], list[Shard]] = {}
    for shard in manifest.shards:
        places.setdefault((shard.split, shard.bucket), []).append(shard)
    for (split, _), shards in places.items():
        # In all shards of a place, trajectories stand in one order: by start and id.
        rows = heapq.merge(*(_rows(folder, shard) for shard in shards), key=lambda one: one[0])
        for (_, id_), found in groupby(rows, key=lambda one: one[0]):
            yield Stored(id=id_, split=split, rows=tuple((c, row) for _, c, row in found))


def _rows(folder: Path, shard: Shard) -> Iterator[tuple[tuple[float, str], str, Row]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(folder / shard.file) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                for row in batch.to_pylist():
                    decoded = {name: _decoded(value) for name, value in row.items()}
                    yield (_start(row["started_at"]), row["trajectory_id"]), shard.config, decoded
    except (FileNotFoundError, pa.ArrowException) as error:
        raise ReviewError(
            f"{folder / shard.file}: expected a whole shard, found {type(error).__name__}; "
            "build again"
        ) from None


def _start(started_at: datetime | None) -> float:
    return started_at.timestamp() if started_at is not None else 0.0


def _decoded(value: Any) -> Any:
    """A list of JSON texts as what it holds."""
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [msgspec.json.decode(item) for item in value]
    return value
