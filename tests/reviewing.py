"""For the tests of the review page: dataset folders of given rows, and what a page holds."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from conftest import ROOT
from trajset.cli import app
from trajset.folder import publish, read_manifest
from trajset.manifest import Manifest, new_manifest
from trajset.recipe import Recipe
from trajset.review.page import write_review
from trajset.review.stored import Row, stored
from trajset.shards import ShardWriter, batch_of
from trajset.views import VIEWS


def build(sessions: Path, out: Path, recipe: Path = ROOT / "configs" / "demo.yaml") -> Path:
    args = ["build", str(sessions), "--out", str(out), "--recipe", str(recipe), "--jobs", "1"]
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 0, result.output
    return out


def manifest_of(folder: Path) -> Manifest:
    manifest = read_manifest(folder)
    assert manifest is not None
    return manifest


def rows_of(folder: Path) -> list[tuple[str, Row]]:
    """(config, row) of a dataset folder."""
    return [pair for found in stored(folder, manifest_of(folder)) for pair in found.rows]


def as_made(row: Row) -> Row:
    """A row that was read from Parquet as views make it: times in milliseconds."""
    started = row["started_at"]
    if isinstance(started, datetime):
        row = {**row, "started_at": int(started.timestamp() * 1000)}
    return row


def dataset(folder: Path, rows: Iterable[tuple[str, Row]]) -> Path:
    """A dataset folder of given rows, all in `train`; they come in the order of their shards."""
    work = folder / ".trajset-work-0"
    work.mkdir(parents=True)
    columns = {view.NAME: view.FEATURES for view in VIEWS}
    writers: dict[str, ShardWriter] = {}
    kept = set()
    for config, row in rows:
        if config not in writers:
            writers[config] = ShardWriter(work, config, columns[config], "train", 0)
        batch = batch_of([as_made(row)], columns[config])
        writers[config].write(batch, tokens=row["n_tokens"], trained=0)
        kept.add(row["trajectory_id"])
    manifest = new_manifest(Recipe())
    manifest.plan = {"splits": {"train": len(kept)}, "dropped": {}}
    manifest.shards = [writer.close() for writer in writers.values()]
    publish(folder, work, manifest, lambda _, name: f"---\ntrajset_manifest: {name}\n---\n")
    return folder


def page_of(folder: Path, limit: int | None = None) -> Path:
    return write_review(folder, folder / "review.html", limit).path


def blocks(page: Path) -> dict[str, Any]:
    """What the data blocks of a page hold, by name."""
    found = re.findall(
        r'<script type="application/octet-stream" id="([\w-]+)">([^<]*)</script>',
        page.read_text(encoding="utf-8"),
    )
    return {name: json.loads(zlib.decompress(b64decode(packed))) for name, packed in found}
