"""`AgentSessions`: the same rows through the builder interface of `datasets`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import trajset
from conftest import ROOT

RECIPE = ROOT / "configs" / "demo.yaml"


def prepared(name: str, store: Path, cache: Path) -> Any:
    builder = trajset.AgentSessions(name, sessions=store, recipe=RECIPE, cache_dir=str(cache))
    builder.download_and_prepare()
    return builder


def test_a_config_is_prepared_and_read(demo: Path, tmp_path: Path) -> None:
    builder = prepared("error_recovery", demo, tmp_path)
    dataset = builder.as_dataset("train")
    assert dataset.num_rows > 0
    assert isinstance(dataset[0]["prompt"][0], dict)
    assert str(demo) not in builder.cache_dir


def test_changed_sessions_give_new_rows_and_moved_ones_do_not(demo: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(demo, store)
    before = prepared("codeact", store, tmp_path / "hf")
    rows = {i for part in before.as_dataset().values() for i in part["id"]}
    shutil.move(store, tmp_path / "moved")
    moved = prepared("codeact", tmp_path / "moved", tmp_path / "hf")
    assert moved.cache_dir == before.cache_dir
    session = next((tmp_path / "moved").glob("*weather-bot/*.jsonl"))
    text = session.read_text(encoding="utf-8")
    session.write_text(text.replace("units setting", "language setting"), encoding="utf-8")
    after = prepared("codeact", tmp_path / "moved", tmp_path / "hf")
    assert after.cache_dir != before.cache_dir
    parts = after.as_dataset().values()
    assert {i for part in parts for i in part["id"]} == rows
    assert any("language setting" in str(row) for part in parts for row in part)


def test_streaming_needs_no_build_and_says_what_it_cannot_do(demo: Path, tmp_path: Path) -> None:
    builder = trajset.AgentSessions("chat", sessions=demo, recipe=RECIPE, cache_dir=str(tmp_path))
    rows = list(builder.as_streaming_dataset(split="train"))
    assert rows
    assert isinstance(rows[0]["messages"][0], dict)
    assert "only within one log" in builder.info.description


def test_streaming_uses_a_finished_build(demo: Path, tmp_path: Path) -> None:
    builder = prepared("chat", demo, tmp_path)
    expected = builder.as_dataset("train")["id"]
    again = trajset.AgentSessions("chat", sessions=demo, recipe=RECIPE, cache_dir=str(tmp_path))
    assert [row["id"] for row in again.as_streaming_dataset(split="train")] == list(expected)
    assert "only within one log" not in again.info.description


def test_mistakes(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected one of codeact"):
        trajset.AgentSessions("nonsense", sessions=tmp_path)
    with pytest.raises(FileNotFoundError, match="found nothing"):
        trajset.AgentSessions("chat", sessions=tmp_path / "none")
