"""Rows for DSPy from the config `codeact` of a dataset folder.

The windows of a trajectory are put together again. A dataset does not say who spoke as `user`, nor
the grades, times and tokens of a turn: these are None, and a task is all that was said before the
agent did something.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from trajset.dspy_rows import DspyRow, Turn, made_row
from trajset.folder import read_manifest
from trajset.views import codeact
from trajset.views.messages import is_marker

Entry = Mapping[str, Any]


def dataset_rows(folder: Path) -> Iterator[tuple[DspyRow, str]]:
    """The rows of a dataset, each with its split.

    Raises:
        ValueError: there is no dataset, or no such config in it.
        FolderError: the folder's README.md is not ours.
    """
    import pyarrow.parquet as pq

    manifest = read_manifest(folder)
    shards = [s for s in manifest.shards if s.config == codeact.NAME] if manifest else []
    if not shards:
        raise ValueError(f"{folder}: expected a dataset with rows of codeact, found none")
    for shard in shards:
        rows = (
            row
            for batch in pq.ParquetFile(folder / shard.file).iter_batches(batch_size=50)
            for row in batch.to_pylist()
        )
        for _, windows in groupby(rows, key=lambda row: row["trajectory_id"]):
            for row in _rows(list(windows)):
                yield row, shard.split


def _rows(windows: Sequence[Mapping[str, Any]]) -> Iterator[DspyRow]:
    first = windows[0]
    entries = [entry for window in windows for entry in _own(window)]
    history: list[dict[str, str]] = []
    for number, turn in enumerate(_turns(entries)):
        row = made_row(
            turn,
            history,
            trajectory_id=first["trajectory_id"],
            turn_number=number,
            harness=first["harness"],
            model=first["model"],
            project=first["project"],
            outcome=first["outcome"],
        )
        if row is not None:
            yield row


def _own(window: Mapping[str, Any]) -> list[Entry]:
    """A window's entries, without the head that is pinned before it and the marker after that."""
    entries = [msgspec.json.decode(text) for text in window["trajectory"]]
    for at, entry in enumerate(entries):
        if entry["role"] != "user":
            break
        if is_marker(entry["content"]):
            return entries[at + 1 :]
    return entries


def _turns(entries: Sequence[Entry]) -> Iterator[Turn]:
    turn: list[Entry] = []
    for entry in entries:
        if entry["role"] == "user" and any(e["role"] != "user" for e in turn):
            yield _turn(turn)
            turn = []
        turn.append(entry)
    if turn:
        yield _turn(turn)


def _turn(entries: Sequence[Entry]) -> Turn:
    said = [entry["content"] for entry in entries if entry["role"] == "response"]
    return Turn(
        task="\n\n".join(entry["content"] for entry in entries if entry["role"] == "user"),
        actions=[
            {"tool": entry["tool"], "args": entry["args"]}
            for entry in entries
            if entry["role"] == "action"
        ],
        response=said[-1] if said else "",
    )
