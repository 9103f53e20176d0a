"""A push with the real client against a local Hub: what arrives, what it refuses, what it says."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from pushing import ADA, BOB, STALE, Desk, new_hub
from trajset.cli import app
from trajset.folder import manifest_file, read_manifest
from trajset.notes import BEGIN

pytestmark = pytest.mark.slow

LOAD = """
import os, sys
from datasets import load_dataset
rows = load_dataset("ada/x", "error_recovery", token=os.environ.get("ADA"), split="train")
print(rows.num_rows, "prompt" in rows.column_names)
"""


@pytest.fixture(scope="module")
def built(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders `ds` and `less`, scanned; the latter holds a session less."""
    folder = tmp_path_factory.mktemp("built")
    less = folder / "less.yaml"
    less.write_text('plan: {exclude: ["b47f375bceb5ea7c"]}\n')
    run("build", demo, "--out", folder / "ds")
    run("build", demo, "--out", folder / "less", "--recipe", less)
    for name in ("ds", "less"):
        run("scan", folder / name)
    return folder


def run(*args: object) -> None:
    result = CliRunner().invoke(app, [str(arg) for arg in args] + ["--jobs", "1"])
    assert result.exit_code == 0, result.output


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with new_hub() as hub:
        yield Desk(hub, tmp_path)


@pytest.fixture
def ds(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built / "ds", tmp_path / "ds"))


def expected(folder: Path) -> set[str]:
    """Paths that belong on the Hub."""
    manifest = read_manifest(folder)
    assert manifest is not None
    plots = {f"plots/{path.name}" for path in (folder / "plots").iterdir()}
    shards = {shard.file for shard in manifest.shards}
    return {"README.md", str(manifest_file(folder))} | shards | plots


def test_a_push_arrives_privately_and_loads_with_the_token_only(desk: Desk, ds: Path) -> None:
    (ds / "review.html").write_text("everything")
    (ds / "data" / "notes.md").write_text("mine")
    (ds / ".gitignore").write_text("data/\nREADME.md\n")
    said = desk.push("ada/x", "--dir", ds, "--yes")
    assert said.code == 0, said.text
    repository = desk.hub.repositories["ada/x"]
    assert repository.private
    assert set(repository.tree) == expected(ds) | {".gitattributes"}
    for path, blob in repository.tree.items():
        if path not in ("README.md", ".gitattributes"):
            assert blob.data == (ds / path).read_bytes()
    assert len(repository.commits) == 2
    digest = str(manifest_file(ds))[len("data/manifest-") : -len(".json")]
    assert repository.tags == {f"build-{digest}": repository.head.oid}
    card = repository.tree["README.md"].data.decode()
    assert 'load_dataset("ada/x", "error_recovery")' in card
    assert "scanned again by" in card
    assert f"pushed: commit {repository.head.oid[:8]}, checked on the Hub: private" in said.text

    for secret, sees in ((ADA, "7 True"), (None, "401")):
        environment = desk.environment(None, HF_HOME=str(desk.home / f"reader{sees[0]}"))
        if secret:
            environment["ADA"] = secret
        loaded = subprocess.run(
            [desk.python, "-c", LOAD], env=environment, capture_output=True, text=True, check=False
        )
        assert sees in loaded.stdout + loaded.stderr
        assert (loaded.returncode == 0) == (secret is not None)
    assert not desk.hub.leaks


def test_a_second_push_makes_no_commit_and_a_rebuild_replaces_shards_in_one(
    desk: Desk, ds: Path, built: Path
) -> None:
    assert desk.push("ada/x", "--dir", ds, "--yes").code == 0
    repository = desk.hub.repositories["ada/x"]
    commits, writes = len(repository.commits), len(desk.hub.writes)
    again = desk.push("ada/x", "--dir", ds, "--yes")
    assert again.code == 0
    assert "nothing new: all of this is on the Hub; no commit was made" in again.text
    assert len(repository.commits) == commits
    assert len(desk.hub.writes) == writes

    repository.put("extra.md", b"of a person")
    readme = repository.tree["README.md"].data.decode()
    repository.put("README.md", readme.replace(BEGIN, f"{BEGIN}\nOur own words.").encode())
    commits, sent = len(repository.commits), dict(desk.hub.received)
    said = desk.push("ada/x", "--dir", built / "less", "--yes")
    assert said.code == 0, said.text
    assert len(repository.commits) == commits + 1
    assert set(repository.tree) == expected(built / "less") | {".gitattributes", "extra.md"}
    kinds = [kind for kind, _ in repository.head.operations]
    assert kinds.count("deletedFile") > 2
    assert kinds.count("lfsFile") > 2
    assert "Our own words." in repository.tree["README.md"].data.decode()
    assert "stays: 1 other file" in said.text
    assert "stays: the notes on the Hub's README.md" in said.text
    assert all(desk.hub.received[oid] == size for oid, size in sent.items())
    assert len(repository.tags) == 2


def test_a_dry_run_writes_nothing(desk: Desk, ds: Path) -> None:
    said = desk.push("ada/x", "--dir", ds, "--dry-run")
    assert said.code == 0
    assert "ada/x: will be created, private account: ada goes: 11 files" in said.text
    assert "dry run: nothing was written to the Hub" in said.text
    assert not desk.hub.writes
    assert not desk.hub.repositories


def test_a_public_repository_is_refused_unless_its_name_is_typed(desk: Desk, ds: Path) -> None:
    repository = desk.hub.repository("ada/x", private=False)
    said = desk.push("ada/x", "--dir", ds, "--yes")
    assert said.code == 1
    assert "expected a private repository, found a public one" in said.text
    for keys in (b"ada/y\r", b"y\r", b"\x03"):
        typed = desk.typed("ada/x", "--dir", ds, "--public", keys=keys, when=b"name: ")
        assert typed.code == (130 if keys == b"\x03" else 1)
        assert "PUBLIC: everybody sees it" in typed.text
        assert "nothing was pushed" in typed.text
    assert len(repository.commits) == 1
    assert not desk.hub.writes
    typed = desk.typed("ada/x", "--dir", ds, "--public", keys=b"ada/x\r", when=b"name: ")
    assert typed.code == 0, typed.text
    assert len(repository.commits) == 2
    said = desk.push("ada/x", "--dir", ds, "--yes", "--public", "--confirm", "ada/x")
    assert "nothing new" in said.text
    assert not repository.private


def test_public_never_makes_anything_public(desk: Desk, ds: Path) -> None:
    said = desk.push("ada/x", "--dir", ds, "--yes", "--public", "--confirm", "ada/x")
    assert said.code == 0
    assert "--public makes nothing public" in said.text
    assert desk.hub.repositories["ada/x"].private


def test_a_hub_that_creates_public_gets_nothing(desk: Desk, ds: Path) -> None:
    desk.hub.creates_public = True
    said = desk.push("ada/x", "--dir", ds, "--yes")
    assert said.code == 1
    assert "expected a private repository, found a public one" in said.text
    assert not desk.hub.objects
    assert len(desk.hub.repositories["ada/x"].commits) == 1


def test_the_question(desk: Desk, ds: Path) -> None:
    for keys, code in ((b"n\r", 1), (b"\r", 1), (b"\x03", 130), (b"y\r", 0)):
        said = desk.typed("ada/x", "--dir", ds, keys=keys, when=b"[y/N]: ")
        assert said.code == code, said.text
        assert bool(desk.hub.repositories) == (code == 0)
        assert ("nothing was pushed" in said.text) == (code != 0)


def test_a_finding_is_refused_until_it_is_allowed(desk: Desk, ds: Path, tmp_path: Path) -> None:
    name = tmp_path / "names.yaml"
    name.write_text("privacy: {names: [weather]}\n")
    said = desk.push("ada/x", "--dir", ds, "--yes", "--recipe", name)
    assert said.code == 1
    assert "expected nothing that looks like a secret, found" in said.text
    assert not desk.hub.writes
    receipt = yaml.safe_load(next((ds / "data").glob("scan-*.json")).read_text())
    hashes = [finding["hash"] for finding in receipt["findings"]]
    name.write_text(f"privacy: {{names: [weather], allow_findings: {hashes}}}\n")
    said = desk.push("ada/x", "--dir", ds, "--yes", "--recipe", name)
    assert said.code == 0, said.text
    assert "that you allowed" in said.text


def test_a_known_value_of_a_file_is_looked_for(desk: Desk, ds: Path, tmp_path: Path) -> None:
    values = tmp_path / "values.env"
    values.write_text("A=claude-sonnet-4-5-20250929\n")
    said = desk.push("ada/x", "--dir", ds, "--yes", "--env-file", values)
    assert said.code == 1
    assert "expected nothing that looks like a secret" in said.text
    assert "claude-sonnet" not in said.text


@pytest.mark.parametrize(
    ("card", "sentence"),
    [
        ("# Somebody's dataset\n", "expected none, or one that a push like this wrote"),
        (
            "---\ntrajset_sessions: true\n---\n\n# Sessions\n",
            "expected none, or one that a push like this wrote",
        ),
        ("---\nlicense: mit\n---\n", ""),
    ],
)
def test_a_card_of_somebody_else(desk: Desk, ds: Path, card: str, sentence: str) -> None:
    repository = desk.hub.repository("ada/x")
    repository.put("README.md", card.encode())
    said = desk.push("ada/x", "--dir", ds, "--yes")
    assert said.code == (1 if sentence else 0), said.text
    assert sentence in said.text


def test_tokens(desk: Desk, ds: Path) -> None:
    for secret, sentence in (
        (None, "expected a token of the Hub, found none: `hf auth login`, or set HF_TOKEN"),
        (STALE, "the Hub does not accept the token (wrong, expired or revoked)"),
        (BOB, "expected a token that may write, found one of bob that may only read"),
    ):
        said = desk.push("ada/x", "--dir", ds, "--yes", token=secret)
        assert said.code == 1
        assert sentence in said.text
    said = desk.push("eve/x", "--dir", ds, "--yes")
    assert said.code == 1
    assert "in no organisation of that name" in said.text
    assert "the token may not do this in eve" in said.text
    assert desk.push("lab/x", "--dir", ds, "--yes").code == 0


def test_files_that_are_held_back_on_the_hub(desk: Desk, ds: Path) -> None:
    desk.hub.ignores = tuple(path for path in expected(ds) if path.endswith(".parquet"))
    said = desk.push("ada/x", "--dir", ds, "--yes")
    assert said.code == 1
    assert "found a .gitignore there that holds data/" in said.text
    assert len(desk.hub.repositories["ada/x"].commits) == 1
