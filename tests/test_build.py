"""The main job end to end, with the real `datasets`: build, load, rebuild, and what goes wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from datasets import load_dataset
from filelock import FileLock
from typer.testing import CliRunner

from conftest import ROOT
from trajset.cli import app
from trajset.folder import read_manifest

CONFIGS = ("codeact", "chat", "sft", "error_recovery", "preference")
RECIPE = str(ROOT / "configs" / "demo.yaml")


def run(*args: str | Path) -> Any:
    return CliRunner().invoke(app, [str(a) for a in args])


def built(source: Path, out: Path, *more: str) -> Any:
    result = run("build", source, "--out", out, "--recipe", RECIPE, "--jobs", "1", *more)
    assert result.exit_code == 0, result.output
    return result


def load(out: Path, name: str, cache: Path, **more: Any) -> Any:
    return load_dataset(str(out), name, cache_dir=str(cache), **more)


def content(out: Path) -> dict[str, bytes]:
    found = {p.relative_to(out).as_posix(): p.read_bytes() for p in out.glob("data/**/*.*")}
    return found | {"README.md": (out / "README.md").read_bytes()}


@pytest.fixture(scope="module")
def dataset(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built") / "builder"
    os.environ["TRAJSET_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    built(demo, out)
    return out


def test_every_config_loads_from_a_cold_and_a_warm_cache(dataset: Path, tmp_path: Path) -> None:
    for name in CONFIGS:
        cold = load(dataset, name, tmp_path)
        warm = load(dataset, name, tmp_path)
        assert cold.num_rows == warm.num_rows
        assert sum(cold.num_rows.values()) > 0
        row = cold["train"][0]
        for column in ("messages", "prompt", "completion", "tools"):
            assert all(isinstance(item, dict) for item in row.get(column, []))


def test_streaming_gives_the_same_rows(dataset: Path, tmp_path: Path) -> None:
    for name in CONFIGS:
        whole = load(dataset, name, tmp_path)
        for split in whole:
            streamed = load(dataset, name, tmp_path, split=split, streaming=True)
            assert [row["id"] for row in streamed] == whole[split]["id"]
            assert next(iter(streamed)) == whole[split][0]


def test_chat_is_the_default_config(dataset: Path, tmp_path: Path) -> None:
    assert "messages" in load_dataset(str(dataset), cache_dir=str(tmp_path))["train"].column_names


def test_groups_are_never_in_two_splits(dataset: Path, tmp_path: Path) -> None:
    where: dict[str, set[str]] = {}
    for name in CONFIGS:
        for split, part in load(dataset, name, tmp_path).items():
            for session in part["session_id"]:
                where.setdefault(session, set()).add(split)
    assert all(len(splits) == 1 for splits in where.values())


def test_the_manifest_accounts_for_everything(dataset: Path) -> None:
    manifest = read_manifest(dataset)
    assert manifest is not None
    for harness in manifest.harnesses.values():
        records = harness.records
        assert records.read == records.used + sum(records.skipped.values())
    plan = manifest.plan
    assert plan["trajectories"] == sum(plan["splits"].values()) + sum(plan["dropped"].values())
    for name, config in manifest.configs.items():
        written = sum(s.rows for s in manifest.shards if s.config == name)
        assert written == sum(config["rows"].values())
        if name != "codeact":
            assert sum(config["tools_source"].values()) == written
    text = manifest.encoded().decode()
    assert "/home/" not in text
    assert str(dataset) not in text


def test_files_are_private_and_named_by_their_content(dataset: Path) -> None:
    manifest = read_manifest(dataset)
    assert manifest is not None
    for shard in manifest.shards:
        path = dataset / shard.file
        assert path.stat().st_mode & 0o077 == 0
        assert shard.sha256[:16] in path.name
    front = yaml.safe_load((dataset / "README.md").read_text("utf-8").split("---\n")[1])
    named = {p for c in front["configs"] for d in c["data_files"] for p in d["path"]}
    assert named == {shard.file for shard in manifest.shards}


def test_a_build_is_the_same_bytes_whatever_the_jobs_the_place_and_the_order(
    demo: Path, dataset: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "elsewhere" / "projects"
    shutil.copytree(demo, moved)
    result = run("build", moved, "--out", tmp_path / "out", "--recipe", RECIPE, "--jobs", "2")
    assert result.exit_code == 0, result.output
    assert content(tmp_path / "out") == content(dataset)
    folders = sorted(p for p in moved.iterdir())
    result = run(
        "build", *reversed(folders), "--out", tmp_path / "o2", "--recipe", RECIPE, "--jobs", "1"
    )
    assert content(tmp_path / "o2") == content(dataset)


def test_a_rebuild_is_seen_through_the_same_cache(demo: Path, tmp_path: Path) -> None:
    store, out, cache = tmp_path / "store", tmp_path / "builder", tmp_path / "hf"
    shutil.copytree(demo, store)
    built(store, out)
    before = load(out, "codeact", cache)
    before_ids = {i for part in before.values() for i in part["trajectory_id"]}
    gone = next(store.glob("*weather-bot"))
    shutil.rmtree(gone)
    built(store, out)
    after = load(out, "codeact", cache)
    after_ids = {i for part in after.values() for i in part["trajectory_id"]}
    assert after_ids < before_ids


def test_two_checkouts_with_the_same_folder_name(demo: Path, tmp_path: Path) -> None:
    cache = tmp_path / "hf"
    one, two = tmp_path / "a" / "builder", tmp_path / "b" / "builder"
    built(next(demo.glob("*slugify")), one)
    built(next(demo.glob("*weather-bot")), two)
    first = load(one, "codeact", cache)
    second = load(two, "codeact", cache)
    ids = {i for part in second.values() for i in part["trajectory_id"]}
    assert not {i for part in first.values() for i in part["trajectory_id"]} & ids


def test_the_generation_before_goes_with_the_next_build(demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "builder"
    built(demo, out)
    first = set(content(out))
    built(next(demo.glob("*slugify")), out)
    assert first <= set(content(out)), "readers of the old generation lose it too early"
    built(next(demo.glob("*slugify")), out)
    left = set(content(out))
    assert not {f for f in first - left if f == "README.md"}
    assert len([f for f in left if "manifest" in f]) == 1


def test_a_build_that_dies_leaves_the_old_dataset(demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "builder"
    built(next(demo.glob("*slugify")), out)
    before = content(out)
    for delay in (0.3, 0.8, 1.3, 1.8):
        code = "from trajset.cli import main; main()"
        process = subprocess.Popen(
            [sys.executable, "-c", code, "build", str(demo), "--out", str(out), "--jobs", "2"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if (out / "README.md").read_bytes() != before["README.md"]:
            break  # the build was quicker than the kill
        for name, data in before.items():
            assert (out / name).read_bytes() == data
    built(next(demo.glob("*slugify")), out)
    assert not list(out.glob(".trajset-work-*"))


def test_ctrl_c_says_so(demo: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    for number in range(300):
        shutil.copytree(demo, store / f"copy-{number}")
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", "from trajset.cli import main; main()"),
            *("build", str(store), "--out", str(tmp_path / "out"), "--jobs", "2"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A runner in the background ignores SIGINT, and its children would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while not (tmp_path / "out" / ".trajset.lock").exists():
        assert process.poll() is None
        time.sleep(0.1)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "stopped" in errors
    assert "Traceback" not in errors


def test_a_second_build_at_the_same_time_is_refused(demo: Path, tmp_path: Path) -> None:
    with FileLock(tmp_path / ".trajset.lock"):
        result = run("build", demo, "--out", tmp_path)
    assert result.exit_code == 1
    assert "no other build" in result.output


def test_somebody_elses_readme_is_not_overwritten(demo: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# my project\n")
    result = run("build", demo, "--out", tmp_path)
    assert result.exit_code == 1
    assert "--out" in result.output
    assert (tmp_path / "README.md").read_text() == "# my project\n"


@pytest.mark.parametrize(
    ("args", "code", "expected"),
    [
        (("build", "/nowhere/at/all"), 2, "found nothing"),
        (("build", "EMPTY"), 1, "no session was found"),
        (("build", "DEMO", "--recipe", "/nowhere.yaml"), 2, "readable recipe"),
        (("build", "DEMO", "--env-file", "/nowhere.env"), 2, "--env-file"),
        (("build", "DEMO", "--jobs", "-1"), 2, "jobs"),
        (("build", "DEMO", "--nonsense"), 2, "nonsense"),
    ],
)
def test_mistakes_have_an_exit_code_and_a_message(
    args: tuple[str, ...], code: int, expected: str, demo: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    names = {"EMPTY": str(empty), "DEMO": str(demo)}
    result = run(*(names.get(a, a) for a in args), "--out", tmp_path / "out")
    assert result.exit_code == code, result.output
    assert expected in result.output
    assert "Traceback" not in result.output


def test_without_a_path_it_says_where_it_looked(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    result = run("build", "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert str(tmp_path / ".claude" / "projects") in result.output
    assert "scripts/demo" in result.output


def test_without_a_path_it_finds_the_store(demo: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    shutil.copytree(demo, tmp_path / ".claude" / "projects")
    listed = run("sources")
    assert "Claude Code" in listed.output
    result = run("build", "--out", tmp_path / "out", "--jobs", "1")
    assert result.exit_code == 0, result.output
    assert "Claude Code" in result.output


def test_damaged_and_foreign_files_are_counted_not_fatal(demo: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(demo, store)
    session = next(store.glob("*weather-bot/*.jsonl"))
    lines = session.read_bytes().splitlines(keepends=True)
    session.write_bytes(b"".join(lines[:6]) + b"\x00{broken\n" + b"".join(lines[6:])[:-9])
    (store / "notes.json").write_text('{"kind": "shopping", "items": ["milk"]}')
    (store / "empty.jsonl").write_text("")
    result = built(store, tmp_path / "out")
    assert "1 undecodable_line" in result.output
    assert "1 truncated_line" in result.output
    assert "1 files that no source knows" in result.output
    assert "milk" not in result.output
    manifest = json.loads(next((tmp_path / "out" / "data").glob("manifest-*.json")).read_text())
    assert manifest["unclaimed"] == {"JSON, kind=shopping": 1}
    assert manifest["empty_files"] == 1


def test_unknown_record_types_stop_a_strict_build(demo: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(demo, store)
    session = next(store.glob("*weather-bot/*.jsonl"))
    with session.open("a") as file:
        file.write('{"type": "moon-phase", "uuid": "u"}\n')
    assert "1 moon-phase" in built(store, tmp_path / "out").output
    result = run("build", store, "--out", tmp_path / "o2", "--strict", "--jobs", "1")
    assert result.exit_code == 1
    assert "moon-phase" in result.output


def test_the_forked_session_gives_its_shared_steps_once(dataset: Path, tmp_path: Path) -> None:
    seen: dict[str, int] = {}
    for part in load(dataset, "sft", tmp_path).values():
        for row in part:
            for message in row["completion"]:
                for call in message.get("tool_calls") or []:
                    seen[call["id"]] = seen.get(call["id"], 0) + 1
    assert seen
    assert set(seen.values()) == {1}


def test_nothing_private_is_written(dataset: Path, tmp_path: Path) -> None:
    text = "".join(
        json.dumps(row, default=str)
        for name in CONFIGS
        for part in load(dataset, name, tmp_path).values()
        for row in part
    )
    for private in ("dana", "wb-93hf72kd", "@weather-bot.dev"):
        assert private not in text.lower(), private
