"""States to answer: from a JSON Lines file, or from the config `trace_state` of a dataset."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from trajset.folder import read_manifest
from trajset.replay.answers import ReplayError
from trajset.views import trace_state

_JSON = ("messages", "tools")


def read_states(place: Path) -> Iterator[dict[str, Any]]:
    """The states at a place, one at a time.

    Raises:
        ReplayError: there are none, or a line is none; the text names it.
        FolderError: the folder's README.md is not ours.
    """
    found = _in_folder(place) if place.is_dir() else _in_file(place)
    for number, state in enumerate(found, 1):
        missing = [n for n in ("state_id", *_JSON, "student_message") if state.get(n) is None]
        if missing:
            raise ReplayError(
                f"{place}, state {number}: expected {missing[0]}, found none; "
                "`trajset export --format trace-state` writes states"
            )
        yield state


def _in_file(file: Path) -> Iterator[dict[str, Any]]:
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    try:
                        yield msgspec.json.decode(line, type=dict[str, Any])
                    except (msgspec.DecodeError, UnicodeDecodeError) as error:
                        raise ReplayError(f"{file}, line {number}: {error}") from None
    except OSError as error:
        raise ReplayError(f"{file}: expected states, found: {error.strerror}") from None


def _in_folder(folder: Path) -> Iterator[dict[str, Any]]:
    manifest = read_manifest(folder)
    shards = [s for s in manifest.shards if s.config == trace_state.NAME] if manifest else []
    if not shards:
        raise ReplayError(
            f"{folder}: expected rows of {trace_state.NAME}, found none; a build makes them where "
            f"the recipe's views.configs names {trace_state.NAME}"
        )
    import pyarrow.parquet as pq

    for shard in shards:
        with pq.ParquetFile(folder / shard.file) as opened:
            for batch in opened.iter_batches(batch_size=50):
                for row in batch.to_pylist():
                    for name in _JSON:
                        row[name] = [msgspec.json.decode(text) for text in row[name]]
                    row["student_message"] = msgspec.json.decode(row["student_message"])
                    yield row
