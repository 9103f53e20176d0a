"""The main job on real logs, which lie beside the checkout and are never copied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from datasets import load_dataset

from test_views import conversation
from trajset.folder import read_manifest
from trajset.pipeline import Built, build
from trajset.recipe import parse_recipe
from trajset.views.toolbox import accepts, name_of

CONFIGS = ("codeact", "chat", "sft", "error_recovery", "preference")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("real") / "builder"


@pytest.fixture(scope="module")
def built(sessions: Path, out: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAJSET_CACHE", str(tmp_path_factory.mktemp("cache")))
        return build([str(sessions / "claude-code")], out, parse_recipe("fit: {max_tokens: 16384}"))


@pytest.fixture(scope="module")
def rows(built: Built, out: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    cache = str(tmp_path_factory.mktemp("hf"))
    return {
        name: [
            row for part in load_dataset(str(out), name, cache_dir=cache).values() for row in part
        ]
        for name in CONFIGS
    }


def test_all_logs_are_read_and_every_record_is_counted(built: Built) -> None:
    assert built.errors == []
    assert built.discovery.unclaimed == []
    (harness,) = built.manifest.harnesses.values()
    assert harness.units == 34
    assert harness.records.read == harness.records.used + sum(harness.records.skipped.values())
    assert harness.records.read > 3_000


def test_no_row_is_over_the_budget_and_ids_are_unique(rows: dict[str, list[Any]]) -> None:
    for name in CONFIGS:
        assert rows[name], name
        assert max(row["n_tokens"] for row in rows[name]) <= 16_384
        assert len({row["id"] for row in rows[name]}) == len(rows[name])


def test_rows_can_be_trained_on(rows: dict[str, list[Any]]) -> None:
    for name in ("chat", "sft", "error_recovery", "preference"):
        for row in rows[name]:
            waiting: set[str] = set()
            for message in conversation(row):
                if message["role"] == "tool":
                    waiting.remove(message["tool_call_id"])
                elif message["role"] == "assistant":
                    assert not waiting
                    waiting = {call["id"] for call in message.get("tool_calls", [])}
            if "prompt" in row:
                assert row["prompt"][-1]["role"] in ("user", "tool")
            if "completion" in row:
                schemas = {name_of(tool): tool for tool in row["tools"]}
                for message in row["completion"]:
                    for call in message.get("tool_calls", []):
                        function = call["function"]
                        assert function["name"] in schemas
                        assert accepts(schemas[function["name"]], [function["arguments"]])


def test_the_forked_pair_gives_its_shared_steps_once(rows: dict[str, list[Any]]) -> None:
    seen: dict[str, int] = {}
    for row in rows["sft"]:
        for message in row["completion"]:
            for call in message.get("tool_calls", []):
                seen[call["id"]] = seen.get(call["id"], 0) + 1
    assert set(seen.values()) == {1}
    short, long = "dcce4143", "e0a6db83"
    sessions = {row["session_id"][:8] for row in rows["codeact"]}
    assert long in sessions
    assert short not in sessions, "it is wholly contained in the longer one"


def test_no_home_folder_is_left(rows: dict[str, list[Any]]) -> None:
    for name in CONFIGS:
        text = str(rows[name])
        for private in ("/Users/soph", "/Users/gtrrz", "-Users-moonshot", "/Users/paul/"):
            assert private not in text


@pytest.mark.slow
def test_the_same_bytes_with_one_job_and_with_two(
    sessions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for jobs in (1, 2):
        monkeypatch.setenv("TRAJSET_CACHE", str(tmp_path / f"cache-{jobs}"))
        out = tmp_path / str(jobs)
        build([str(sessions)], out, parse_recipe(""), jobs=jobs)
        found = sorted(p for p in out.rglob("*") if p.is_file() and p.name != ".trajset.lock")
        made.append({p.relative_to(out).as_posix(): p.read_bytes() for p in found})
    assert made[0] == made[1]


@pytest.mark.slow
@pytest.mark.parametrize("budget", [2048, 8192, 32_768])
def test_every_format_is_built_at_every_budget(budget: int, sessions: Path, tmp_path: Path) -> None:
    recipe = parse_recipe(f"fit: {{max_tokens: {budget}}}")
    result = build([str(sessions)], tmp_path, recipe)
    assert result.errors == []
    assert len(result.manifest.harnesses) >= 23
    for harness in result.manifest.harnesses.values():
        records = harness.records
        assert records.read == records.used + sum(records.skipped.values())
        assert harness.unread == 0
    manifest = read_manifest(tmp_path)
    assert manifest is not None
    assert all(name in {shard.config for shard in manifest.shards} for name in CONFIGS)
