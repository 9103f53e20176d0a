"""What a second build does again: only what changed, and what turns out damaged."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from trajset.cache import cache_folder
from trajset.cache_use import clear, usage
from trajset.contents import content_digest
from trajset.engine import Here, Item, Lost, Result
from trajset.folder import read_manifest
from trajset.pipeline import Built, build
from trajset.recipe import parse_recipe
from trajset.render import render
from trajset.sources.unit import Unit


def shards(out: Path) -> dict[str, str]:
    manifest = read_manifest(out)
    assert manifest is not None
    return {shard.file: shard.sha256 for shard in manifest.shards}


def made(demo: Path, out: Path, recipe: str = "") -> Built:
    return build([str(demo)], out, parse_recipe(recipe))


def files(kind: str) -> dict[Path, int]:
    folder = cache_folder() / kind
    return {p: p.stat().st_ino for p in folder.rglob("*") if p.is_file()}


def test_a_changed_section_redoes_only_its_phase(demo: Path, tmp_path: Path) -> None:
    first = made(demo, tmp_path / "out")
    assert (first.cached, first.rendered) == (0, 9)  # one of ten is a copy of another
    same = made(demo, tmp_path / "out")
    assert (same.cached, same.rendered) == (10, 0)
    plan = made(demo, tmp_path / "out", "plan: {seed: 5}")
    assert (plan.cached, plan.rendered) == (10, 0)
    fit = made(demo, tmp_path / "out", "fit: {max_tokens: 4000}")
    assert (fit.cached, fit.rendered) == (10, 9)
    privacy = made(demo, tmp_path / "out", "privacy: {mail: false}")
    assert (privacy.cached, privacy.rendered) == (0, 9)


def test_one_new_session_redoes_one(demo: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(demo, store)
    made(store, tmp_path / "out")
    log = next(iter(sorted(store.rglob("*.jsonl"))))
    lines = log.read_text("utf-8").splitlines(keepends=True)
    log.write_text("".join(lines[: len(lines) // 2]), "utf-8")
    again = made(store, tmp_path / "out")
    assert (again.cached, again.rendered) == (9, 1)


def test_shards_that_stay_the_same_are_taken_over(demo: Path, tmp_path: Path) -> None:
    made(demo, tmp_path / "out")
    before = {p: p.stat().st_ino for p in (tmp_path / "out" / "data").rglob("*.parquet")}
    assert before
    made(demo, tmp_path / "out")
    assert {p: p.stat().st_ino for p in (tmp_path / "out" / "data").rglob("*.parquet")} == before


def test_a_shard_that_somebody_changed_is_written_again(demo: Path, tmp_path: Path) -> None:
    made(demo, tmp_path / "out")
    right = shards(tmp_path / "out")
    damaged = tmp_path / "out" / next(iter(right))
    damaged.write_bytes(damaged.read_bytes()[:-9] + b"tampered!")
    made(demo, tmp_path / "out")
    assert shards(tmp_path / "out") == right
    assert damaged.read_bytes()[-4:] == b"PAR1"


@pytest.mark.parametrize("kind", ["fragments", "rows", "shards", "contents"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign"])
def test_damaged_entries_are_made_again(
    demo: Path, tmp_path: Path, kind: str, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trajset.contents._AT_REST", 0)
    made(demo, tmp_path / "out")
    right = shards(tmp_path / "out")
    entries = sorted(files(kind))
    assert entries
    for path in entries:
        data = path.read_bytes()
        middle = len(data) * 2 // 3
        path.write_bytes(
            {
                "cut": data[:middle],
                "flipped": data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :],
                "foreign": entries[-1].read_bytes(),
            }[damage]
        )
    shutil.rmtree(tmp_path / "out")  # or finished shards are taken over, rows unseen
    made(demo, tmp_path / "out")
    assert shards(tmp_path / "out") == right


def test_a_digest_is_remembered_only_for_files_at_rest(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    unit = Unit(harness="claude_code", path=str(log), files=(str(log),))
    index = tmp_path / "index"
    log.write_bytes(b"one")
    first = content_digest(unit, index)
    stat = log.stat()
    log.write_bytes(b"two")
    os.utime(log, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert content_digest(unit, index) != first
    long_ago = time.time() - 100
    os.utime(log, (long_ago, long_ago))
    second = content_digest(unit, index)
    assert [p for p in index.rglob("*") if p.is_file()]
    assert content_digest(unit, index) == second == content_digest(unit)
    log.write_bytes(b"six")
    assert content_digest(unit, index) != second


def test_the_cache_can_be_shown_and_cleared(demo: Path, tmp_path: Path) -> None:
    made(demo, tmp_path / "out")
    held = {use.kind: use.files for use in usage(cache_folder())}
    assert (held["fragments"], held["rows"]) == (10, 9)
    old = next(iter(files("rows")))
    os.utime(old, (0, 0))
    assert clear(cache_folder(), unused_days=30).files == 1
    assert not old.exists()
    assert clear(cache_folder()).files == sum(held.values()) - 1
    assert not any(use.files for use in usage(cache_folder()))
    assert made(demo, tmp_path / "out").cached == 0


class KillsFirst(Here):
    """An engine whose worker dies each time at the first fragment that is rendered."""

    def map(
        self, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result | Lost]]:
        kills = isinstance(function, partial) and function.func is render
        for index, result in super().map(function, items):
            yield index, Lost(index, -9) if kills and index == 0 else result


def test_a_fragment_that_kills_its_worker_is_left_out_and_told(demo: Path, tmp_path: Path) -> None:
    rest = build([str(demo)], tmp_path / "rest", parse_recipe(""), engine=KillsFirst())
    whole = made(demo, tmp_path / "whole")
    assert len(rest.errors) == 1
    assert "their worker was killed each time" in rest.errors[0]
    lost = rest.manifest.configs["chat"]["dropped"]["worker_killed"]
    assert lost >= 1
    kept = sum(rest.manifest.configs["chat"]["rows"].values())
    assert 0 < kept < sum(whole.manifest.configs["chat"]["rows"].values())
