"""The cache of fragments: what it may depend on, and what must never come out of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from conftest import ROOT
from trajset.cache import cache_folder
from trajset.folder import read_manifest
from trajset.pipeline import BuildError, build
from trajset.recipe import parse_recipe

CURSOR = ROOT / "tests" / "cases" / "cursor"


def digests(out: Path) -> list[str]:
    manifest = read_manifest(out)
    assert manifest is not None
    return [shard.sha256 for shard in manifest.shards]


def test_a_warm_cache_gives_what_a_cold_one_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also for harnesses whose logs take their session's name from the path."""
    log = next(p for p in sorted(CURSOR.rglob("*.jsonl")) if p.stat().st_size)
    for name in ("one", "two"):
        folder = tmp_path / name / name
        folder.mkdir(parents=True)
        shutil.copy(log, folder / f"{name}.jsonl")
    warm = []
    for name in ("one", "two"):
        build([str(tmp_path / name)], tmp_path / f"warm-{name}", parse_recipe(""))
        warm.append(digests(tmp_path / f"warm-{name}"))
    monkeypatch.setenv("TRAJSET_CACHE", str(tmp_path / "cold"))
    build([str(tmp_path / "two")], tmp_path / "cold-two", parse_recipe(""))
    assert digests(tmp_path / "cold-two") == warm[1]


def test_unchanged_logs_come_from_the_cache_whatever_is_read(demo: Path, tmp_path: Path) -> None:
    assert build([str(demo)], tmp_path / "a", parse_recipe("")).cached == 0
    again = build([str(demo)], tmp_path / "a", parse_recipe("read: {since: 5000d}"))
    assert again.cached == 10
    assert build([str(demo)], tmp_path / "a", parse_recipe("fit: {max_tokens: 2048}")).cached == 10
    assert build([str(demo)], tmp_path / "a", parse_recipe("privacy: {mail: false}")).cached == 0


def test_damaged_fragments_are_made_again(demo: Path, tmp_path: Path) -> None:
    build([str(demo)], tmp_path / "a", parse_recipe(""))
    before = digests(tmp_path / "a")
    for fragment in (cache_folder() / "fragments").rglob("*"):
        if fragment.is_file():
            data = bytearray(fragment.read_bytes())
            data[len(data) // 2] ^= 1
            fragment.write_bytes(bytes(data))
    result = build([str(demo)], tmp_path / "a", parse_recipe(""))
    assert result.cached == 0
    assert digests(tmp_path / "a") == before


def test_the_cache_is_private_and_holds_no_raw_text(demo: Path, tmp_path: Path) -> None:
    build([str(demo)], tmp_path / "a", parse_recipe(""))
    for path in cache_folder().rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    from trajset.fragment import Fragment

    for path in (cache_folder() / "fragments").rglob("*"):
        if path.is_file():
            text = str(list(Fragment(path).trajectories()))
            assert "dana" not in text
            assert "wb-93hf72kd" not in text


def test_a_full_disk_is_no_bad_log(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device", "fragment")

    monkeypatch.setattr("trajset.gather.write_fragment", full)
    with pytest.raises(BuildError, match="No space left"):
        build([str(demo)], tmp_path / "a", parse_recipe(""))


def test_integers_beyond_64_bits_are_kept_as_text(demo: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(demo, store)
    session = next(store.glob("*ledger/*.jsonl"))
    text = session.read_text(encoding="utf-8")
    assert '"offset": 120' in text or "offset" in text
    session.write_text(text.replace('"limit": 20}', '"limit": 36893488147419103232}'), "utf-8")
    built = build([str(store)], tmp_path / "a", parse_recipe(""))
    assert built.errors == []
    repaired = built.manifest.harnesses["claude_code"].records.repaired
    if "36893488147419103232" in session.read_text("utf-8"):
        assert repaired["integer_over_64_bits"] >= 1


def test_a_damaged_manifest_does_not_lock_the_folder(demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "a"
    build([str(demo)], out, parse_recipe(""))
    manifest = next(out.glob("data/manifest-*.json"))
    manifest.write_text(manifest.read_text()[:100])
    shards = sorted(out.glob("data/*/*.parquet"))
    with pytest.raises(FileNotFoundError):
        build(["/nowhere/at/all"], out, parse_recipe(""))
    assert sorted(out.glob("data/*/*.parquet")) == shards, "a failed build deleted the dataset"
    build([str(demo)], out, parse_recipe(""))
    assert read_manifest(out) is not None


@pytest.mark.slow
def test_no_path_of_a_tokenizer_is_published(demo: Path, tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from templating import TEMPLATES, tokenizer_with

    tokenizer_with(TEMPLATES["qwen2_5"]).save_pretrained(str(tmp_path / "alice" / "tok"))
    out = tmp_path / "a"
    recipe = json.dumps({"fit": {"tokenizer": str(tmp_path / "alice" / "tok")}})
    build([str(demo)], out, parse_recipe(recipe))
    for file in (out / "README.md", *out.glob("data/manifest-*.json")):
        assert "alice" not in file.read_text(encoding="utf-8")


def test_every_view_works_with_a_real_tokenizer(demo: Path, tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from templating import TEMPLATES, tokenizer_with

    tokenizer_with(TEMPLATES["qwen3"]).save_pretrained(str(tmp_path / "tok"))
    recipe = json.dumps({"fit": {"tokenizer": str(tmp_path / "tok"), "max_tokens": 16384}})
    manifest = build([str(demo)], tmp_path / "a", parse_recipe(recipe)).manifest
    for name in ("codeact", "chat", "sft", "error_recovery", "preference"):
        assert manifest.configs[name]["rows"], name
