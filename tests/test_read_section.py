"""Recipe section `read`: which sessions get in, and that the others are counted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from trajset.pipeline import BuildError, NothingUsable, build
from trajset.recipe import parse_recipe
from trajset.sources import SOURCES
from trajset.sources.stores import places


def kept(demo: Path, out: Path, section: str) -> tuple[int, dict[str, int]]:
    """(trajectories that get in, those that do not by key)."""
    manifest = build([str(demo)], out, parse_recipe(f"read: {section}")).manifest
    (harness,) = manifest.harnesses.values()
    return harness.stats.trajectories, harness.stats.left_out


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ('{projects: ["*/slugify"]}', "projects"),
        ('{exclude_projects: ["*/ledger", "*/timer-cli"]}', "exclude_projects"),
        ("{since: 2026-01-06}", "since"),
        ("{min_tool_calls: 4}", "min_tool_calls"),
        ("{outcomes: [success]}", "outcomes"),
    ],
)
def test_what_the_recipe_leaves_out_is_counted(
    section: str, key: str, demo: Path, tmp_path: Path
) -> None:
    everything, none = kept(demo, tmp_path / "a", "{}")
    assert none == {}
    some, left = kept(demo, tmp_path / "b", section)
    assert 0 < some < everything
    assert left == {key: everything - some}


def test_large_logs_are_left_out_and_said(demo: Path, tmp_path: Path) -> None:
    largest = max(p.stat().st_size for p in demo.rglob("*.jsonl"))
    built = build([str(demo)], tmp_path, parse_recipe(f"read: {{max_mb: {(largest - 1) / 1e6}}}"))
    assert built.manifest.too_large == 1


def test_harnesses_by_name(demo: Path, tmp_path: Path) -> None:
    with pytest.raises(NothingUsable):
        build([str(demo)], tmp_path, parse_recipe("read: {harnesses: [codex]}"))
    assert build([str(demo)], tmp_path, parse_recipe("read: {harnesses: [claude_code]}"))


def test_an_unknown_harness_is_a_mistake(demo: Path, tmp_path: Path) -> None:
    from trajset.pipeline import BuildError

    with pytest.raises(BuildError, match="did you mean claude_code"):
        build([str(demo)], tmp_path, parse_recipe("read: {harnesses: [claude]}"))


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_default_places_on_each_platform(
    platform: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / name))
    found = {source.NAME: places(source, platform) for source in SOURCES}
    for name in ("claude_code", "codex", "opencode", "gemini_cli", "copilot_cli", "pi", "cline"):
        assert found[name], f"{name} has no place on {platform}"
        assert all(place.startswith(str(tmp_path)) for place in found[name])


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ('{patterns: {mine: "(unclosed"}}', "patterns: mine: expected a regular expression"),
        ("{env_files: [/nowhere.env]}", "env_files: expected a file"),
    ],
)
def test_mistakes_in_the_privacy_section_are_said(
    section: str, expected: str, demo: Path, tmp_path: Path
) -> None:
    from trajset.pipeline import BuildError

    with pytest.raises(BuildError, match=expected):
        build([str(demo)], tmp_path, parse_recipe(f"privacy: {section}"))


def test_what_cannot_be_opened_is_told_and_stops_a_strict_build(demo: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(demo, store)
    (store / "torn.jsonl.gz").write_bytes(b"\x1f\x8b no gzip at all")
    found = build([str(store)], tmp_path / "out", parse_recipe("read: {max_unread: 0.5}"))
    assert len(found.errors) == 1
    assert "torn.jsonl.gz: expected a readable log" in found.errors[0]
    with pytest.raises(BuildError, match="more than read"):
        build([str(store)], tmp_path / "out", parse_recipe("read: {max_unread: 0.01}"))
    with pytest.raises(BuildError, match=r"torn\.jsonl\.gz"):
        build([str(store)], tmp_path / "out", parse_recipe(""), strict=True)


def test_a_damaged_line_stops_a_strict_build(demo: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(demo, store)
    log = next(iter(sorted(store.rglob("*.jsonl"))))
    log.write_bytes(log.read_bytes()[:-40])
    assert build([str(store)], tmp_path / "out", parse_recipe("")).manifest.shards
    with pytest.raises(BuildError, match="expected whole lines"):
        build([str(store)], tmp_path / "out", parse_recipe(""), strict=True)
