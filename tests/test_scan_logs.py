"""What people are told of their sessions: counts by kind, source and field, and where to look."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from planting import plant, shows, token
from trajset.card import card
from trajset.cli import app
from trajset.folder import read_manifest
from trajset.manifest import Harness, Manifest, new_manifest
from trajset.privacy import Findings
from trajset.recipe import Recipe

SECRETS = (token(11), token(12), token(13))


def run(command: str, *args: str | Path) -> Any:
    return CliRunner().invoke(app, [command, "--jobs", "1", *(str(a) for a in args)])


def test_counts_by_kind_source_and_field_and_handles(tmp_path: Path) -> None:
    logs = plant(tmp_path / "logs", *SECRETS)
    result = run("scan", logs, "--json")
    assert result.exit_code == 0, result.output
    scan = json.loads(result.stdout[result.stdout.index("{") :])
    assert (scan["logs"], scan["sessions"]) == (3, 3)
    (kind,) = (k for k in scan["kinds"] if k["kind"] == "github")
    assert kind["harness"] == "chat_files"
    assert kind["fields"] == {"arguments": 3, "observation": 3}
    assert (kind["found"], kind["sessions"]) == (6, 3)
    assert kind["oldest"]["session"] != kind["newest"]["session"]
    assert kind["oldest"]["line"] < kind["newest"]["line"]
    plain = run("scan", logs)
    assert plain.exit_code == 0
    for secret in SECRETS:
        assert not shows(result.output + plain.output, secret)


def test_a_value_of_an_env_file_is_found_and_not_shown(tmp_path: Path) -> None:
    value = "zorvex-" + token(14)[10:18]
    logs = plant(tmp_path / "logs", "nothing")
    log = logs / "0.json"
    log.write_text(log.read_text().replace("I deploy it.", f"I deploy it as {value} said."))
    (tmp_path / "values.env").write_text(f"STAGE_PASSWORD={value}\n")
    result = run("scan", logs, "--env-file", tmp_path / "values.env")
    assert result.exit_code == 0
    assert "known" in result.output
    assert not shows(result.output, value)


def test_logs_without_anything(tmp_path: Path) -> None:
    result = run("scan", plant(tmp_path / "logs", "nothing"))
    assert result.exit_code == 0
    assert "nothing that looks like a secret" in " ".join(result.output.split())


def test_scanning_logs_writes_nothing_beside_them(tmp_path: Path) -> None:
    logs = plant(tmp_path / "logs", SECRETS[0])
    before = {path: path.read_bytes() for path in logs.rglob("*")}
    run("scan", logs)
    assert {path: path.read_bytes() for path in logs.rglob("*")} == before


def test_the_manifest_and_the_card_count_by_kind_source_and_field(tmp_path: Path) -> None:
    logs = plant(tmp_path / "logs", *SECRETS)
    assert run("build", logs, "--out", tmp_path / "out").exit_code == 0
    manifest = read_manifest(tmp_path / "out")
    assert manifest is not None
    counts = manifest.harnesses["chat_files"].findings.counts
    assert counts["github"] == {"arguments": 3, "observation": 3}
    assert manifest.findings.counts == counts
    text = (tmp_path / "out" / "README.md").read_text()
    assert "| github | chat_files | 6 | call arguments 3, results 3 |" in text


def test_the_cards_table_has_a_row_a_kind_and_source() -> None:
    manifest: Manifest = new_manifest(Recipe())
    manifest.plan = {
        "trajectories": 0, "dropped": {}, "with_copied_steps": 0, "groups": 0,
        "group_by": "session", "single_split": False, "splits": {},
        "near": {"proposed": 0, "verified": 0, "dropped": 0, "examples": []},
    }  # fmt: skip
    manifest.training = {"max_length": 1, "tokenizer": "x", "lengths_are_exact": True}
    for name, number in (("pi", 2), ("codex", 1)):
        found = Findings()
        found.count("email", "title", number)
        manifest.harnesses[name] = Harness(findings=found)
        manifest.findings.add(found)
    text = card(manifest, "data/manifest-0.json")
    first, second = (line for line in text.splitlines() if line.startswith("| email"))
    assert first == "| email | pi | 2 | titles 2 |"
    assert second == "| email | codex | 1 | titles 1 |"


@pytest.mark.parametrize("missing", ["nowhere", "nowhere/deep"])
def test_a_place_without_logs_is_misuse(missing: str, tmp_path: Path) -> None:
    assert run("scan", tmp_path / missing).exit_code == 2
