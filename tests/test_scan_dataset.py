"""The scan of a dataset folder: what it finds, what it shows, its receipt, programs on the PATH."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from conftest import ROOT
from planting import LETTERS, plant, private_key, shows, token
from trajset.cli import app
from trajset.folder import read_manifest
from trajset.privacy import Redactor
from trajset.scanning import Receipt, load_receipt, scan_dataset
from trajset.scanning.part import finding_hash
from trajset.scanning.receipt import CHANGED
from trajset.scanning.second import SecondScanner
from trajset.scanning.strings import Strings

SECRET, OTHER = token(1), token(2)


def run(command: str, *args: str | Path) -> Any:
    return CliRunner().invoke(app, [command, "--jobs", "1", *(str(a) for a in args)])


def build(source: Path, out: Path, recipe: str = "plan: {drop_duplicates: false}\n") -> Path:
    file = out.with_suffix(".yaml")
    file.write_text(recipe)
    result = run("build", source, "--out", out, "--recipe", file)
    assert result.exit_code == 0, result.output
    return out


OPEN = "privacy: {enabled: false}\n"


@pytest.fixture(scope="module")
def built(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo's dataset, and one from which nothing was removed."""
    folder = tmp_path_factory.mktemp("built")
    build(demo, folder / "clean")
    build(plant(folder / "logs", SECRET, OTHER), folder / "open", OPEN)
    return folder


@pytest.fixture
def open_dataset(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built / "open", tmp_path / "open"))


@pytest.fixture
def clean_dataset(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built / "clean", tmp_path / "clean"))


def test_a_build_of_the_demo_is_clean(clean_dataset: Path) -> None:
    out = clean_dataset
    assert load_receipt(out) is None
    result = run("scan", out)
    assert result.exit_code == 0, result.output
    receipt = load_receipt(out)
    manifest = read_manifest(out)
    assert receipt is not None
    assert manifest is not None
    assert receipt.clean
    assert not receipt.findings
    assert {"trajset", "detect-secrets"} <= set(receipt.scanners)
    assert receipt.rows == sum(shard.rows for shard in manifest.shards)
    assert {shard.file for shard in manifest.shards} < {file.file for file in receipt.files}
    (written,) = out.glob("data/scan-*.json")
    assert written.stat().st_mode & 0o777 == 0o600


def test_what_was_planted_is_found_and_never_shown(open_dataset: Path) -> None:
    result = run("scan", open_dataset)
    assert result.exit_code == 1
    receipt = load_receipt(open_dataset)
    assert receipt is not None
    assert {f.kind for f in receipt.blocking if f.scanner == "trajset"} >= {"github"}
    assert {f.kind for f in receipt.blocking if f.scanner == "detect-secrets"} >= {"GitHub Token"}
    ours = [f for f in receipt.blocking if f.kind == "github"]
    assert len({f.hash for f in ours}) == 2
    assert all(f.config and f.split and f.row and f.field and f.texts >= 2 for f in ours)
    (written,) = open_dataset.glob("data/scan-*.json")
    for secret in (SECRET, OTHER):
        for text in (result.output, run("scan", "--json", open_dataset).output):
            assert not shows(text, secret)
        assert not shows(written.read_text(), secret)


@pytest.mark.slow
def test_a_build_of_all_cases_is_clean(tmp_path: Path) -> None:
    out, recipe = tmp_path / "out", tmp_path / "recipe.yaml"
    recipe.write_text("read: {max_unread: 1.0}\nplan: {drop_duplicates: false}\n")
    logs = sorted((ROOT / "tests" / "cases").glob("*/*/input"))
    assert run("build", *logs, "--out", out, "--recipe", recipe).exit_code == 0
    result = run("scan", out)
    assert result.exit_code == 0, result.output


@pytest.mark.slow
def test_a_build_of_real_sessions_is_clean(sessions: Path, tmp_path: Path) -> None:
    assert run("build", sessions, "--out", tmp_path / "out").exit_code == 0
    assert scan_dataset(tmp_path / "out").clean


def test_a_redacted_build_of_the_same_logs_is_clean(tmp_path: Path) -> None:
    out = build(plant(tmp_path / "logs", SECRET, OTHER), tmp_path / "out")
    result = run("scan", out)
    assert result.exit_code == 0, result.output


def test_findings_are_allowed_one_by_one_and_in_every_later_build(
    open_dataset: Path, built: Path, tmp_path: Path
) -> None:
    first = scan_dataset(open_dataset)
    own = {f.hash for f in first.findings if f.kind == "github"}
    recipe = tmp_path / "allow.yaml"
    recipe.write_text(f"privacy: {{allow_findings: {json.dumps(sorted(own)[:1])}}}\n")
    assert run("scan", open_dataset, "--recipe", recipe).exit_code == 1
    again = build(built / "logs", tmp_path / "again", OPEN)
    hashes = {f.hash for f in first.findings}
    assert scan_dataset(again, hashes).clean
    assert not scan_dataset(again).clean
    assert first.allowing(hashes).clean
    assert first.allowing(own).blocking == [f for f in first.findings if f.hash not in own]


def test_the_recipe_refuses_what_is_no_hash(open_dataset: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "wrong.yaml"
    recipe.write_text(f"privacy: {{allow_findings: [{SECRET}]}}\n")
    result = run("scan", open_dataset, "--recipe", recipe)
    assert result.exit_code == 2
    assert "privacy.allow_findings" in result.output
    assert not shows(result.output, SECRET)


def test_a_pattern_that_cannot_be_used_is_told_in_one_line(built: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "wrong.yaml"
    recipe.write_text('privacy: {patterns: {mine: "a(?=b)"}}\n')
    result = run("scan", built / "clean", "--recipe", recipe)
    assert result.exit_code == 1
    assert "privacy: patterns: mine" in result.output
    assert "Traceback" not in result.output


def test_hashes_are_keyed_by_machine_or_team(
    open_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hashes() -> set[str]:
        return {f.hash for f in scan_dataset(open_dataset).findings}

    here = hashes()
    monkeypatch.setenv("TRAJSET_CACHE", str(tmp_path / "elsewhere"))
    assert not here & hashes()
    monkeypatch.setenv("TRAJSET_SCAN_KEY", "what the team knows")
    team = hashes()
    monkeypatch.setenv("TRAJSET_CACHE", str(tmp_path / "third"))
    assert hashes() == team
    assert finding_hash(b"a" * 32, SECRET) != finding_hash(b"b" * 32, SECRET)


def test_a_tampered_shard_is_detected(clean_dataset: Path) -> None:
    out = clean_dataset
    assert scan_dataset(out).clean
    shard = next(out.glob("data/chat/train-*.parquet"))
    table = pq.read_table(shard)
    titles = pa.array([f"key {SECRET}"] * table.num_rows)
    table = table.set_column(table.column_names.index("project"), "project", titles)
    pq.write_table(table, shard)
    assert load_receipt(out) is None
    receipt = scan_dataset(out)
    assert {f.kind for f in receipt.blocking} >= {CHANGED, "github"}
    assert not receipt.allowing({f.hash for f in receipt.findings}).clean


def test_a_damaged_shard_is_told_in_one_line(clean_dataset: Path) -> None:
    out = clean_dataset
    shard = next(out.glob("data/chat/train-*.parquet"))
    shard.write_bytes(b"PAR1 and then nothing")
    result = run("scan", out)
    assert result.exit_code == 1
    assert shard.name in result.output
    assert "Traceback" not in result.output


def test_a_receipt_goes_with_its_generation(demo: Path, clean_dataset: Path) -> None:
    out = clean_dataset
    receipt = scan_dataset(out)
    assert load_receipt(out) == receipt
    manifest = next(out.glob("data/manifest-*.json"))
    build(demo, out, "fit: {max_tokens: 9000}\n")
    assert load_receipt(out) is None
    build(demo, out, "fit: {max_tokens: 9001}\n")
    assert not manifest.exists()
    assert not list(out.glob("data/scan-*.json"))


def test_a_folder_and_logs_together_are_misuse(demo: Path, built: Path, tmp_path: Path) -> None:
    assert run("scan", built / "clean", demo).exit_code == 2
    assert run("scan", tmp_path / "nothing").exit_code == 2


_FAKE = """#!{python}
import json, os, pathlib, re, sys
log = pathlib.Path({log!r})
with log.open("a") as file:
    file.write(json.dumps([sys.argv[1:], sorted(os.environ), os.environ.get("HTTPS_PROXY")]))
    file.write("\\n")
if "version" in sys.argv[1]:
    print("{name} 9.8.7")
    sys.exit(0)
found = []
for text in pathlib.Path(sys.argv[2]).rglob("*.txt"):
    assert text.parent.stat().st_mode & 0o77 == 0
    for number, line in enumerate(text.read_text().split("\\n"), 1):
        found += [(number, value) for value in re.findall(r"ghp_[A-Za-z0-9]{{36}}", line)]
if {leaks}:
    print(json.dumps([{entry} for line, value in found]))
    sys.exit(42 if found else 0)
for line, value in found:
    place = {{"Data": {{"Filesystem": {{"file": "x", "line": line}}}}}}
    print(json.dumps({{"SourceMetadata": place, "DetectorName": "Github", "Raw": value}}))
"""


def fake(folder: Path, name: str, entry: str = "None") -> Path:
    """A program that finds GitHub tokens, prints as `name` does, and logs how it was called."""
    folder.mkdir(exist_ok=True)
    log = folder / f"{name}.log"
    leaks = name != "trufflehog"
    text = _FAKE.format(python=sys.executable, log=str(log), name=name, leaks=leaks, entry=entry)
    (folder / name).write_text(text)
    (folder / name).chmod(0o700)
    return log


@pytest.mark.skipif(os.name == "nt", reason="fakes are scripts with a first line for the kernel")
@pytest.mark.parametrize(
    ("name", "entry", "offline"),
    [
        ("trufflehog", "None", ["--no-verification", "--no-update"]),
        ("gitleaks", '{"RuleID": "pat", "Secret": value, "StartLine": line}', ["dir"]),
        (
            "betterleaks",
            '{"ruleID": "pat", "secret": value, "location": {"startLine": line}}',
            ["dir"],
        ),
    ],
)
def test_programs_on_the_path_have_their_say(
    name: str, entry: str, offline: list[str], open_dataset: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    log = fake(tmp_path / "bin", name, entry)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    monkeypatch.setenv("GITHUB_TOKEN", "a token of the user")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    result = run("scan", open_dataset)
    receipt = load_receipt(open_dataset)
    assert receipt is not None
    assert receipt.scanners[name] == "9.8.7"
    theirs = [f for f in receipt.findings if f.scanner == name]
    ours = {f.hash: f for f in receipt.findings if f.kind == "github"}
    assert {f.hash for f in theirs} == set(ours)
    assert all((f.file, f.row) == (ours[f.hash].file, ours[f.hash].row) for f in theirs)
    calls = [json.loads(line) for line in log.read_text().splitlines()]
    for arguments, environment, proxy in calls:
        assert "GITHUB_TOKEN" not in environment
        assert proxy == "http://127.0.0.1:9"
        if "version" not in arguments[0]:
            assert set(offline) <= set(arguments)
    assert len(calls) > 1
    assert not list((tmp_path / "temporary").glob("trajset-scan-*"))
    assert not shows(result.output, SECRET)


@pytest.mark.skipif(os.name == "nt", reason="fakes are scripts with a first line for the kernel")
def test_a_program_that_fails_stops_the_scan(
    open_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(tmp_path / "bin", "gitleaks", "{}[1]")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    result = run("scan", open_dataset)
    assert result.exit_code == 1
    assert "gitleaks" in result.output
    assert "Traceback" not in result.output
    assert load_receipt(open_dataset) is None


@given(st.sampled_from(("password", "API_KEY", "secret", "token", "x")), st.text(LETTERS))
def test_our_placeholders_are_no_findings(name: str, around: str) -> None:
    for line in ('{}="{}"', "{}: {}", 'curl -H "{}: {}"', "https://{}:{}@host.example/"):
        text = line.format(name, f"<SECRET:{name}:1>") + "\n" + around
        assert not [kind for kind, _ in SECOND.scan(text, name)]


SECOND = SecondScanner()


def test_the_second_scanner_finds_by_form_and_by_name() -> None:
    value = token(3)[4:20] + "9"
    assert {kind for kind, _ in SECOND.scan(f"use {SECRET} here")} == {"GitHub Token"}
    assert {kind for kind, _ in SECOND.scan(f"DB_PASSWORD={value}")} == {"Secret Keyword"}
    assert {kind for kind, _ in SECOND.scan(value, "password")} == {"Secret Keyword"}
    assert {kind for kind, _ in SECOND.scan(f"x\n{private_key(1)}")} == {"Private Key"}
    for benign in (
        'os.environ["DB_PASSWORD"]', "password: str", "Bearer $TOKEN", "token = get_token(user1)",
        'secret: "testing"', "if 'BEGIN RSA PRIVATE KEY' in text:", value,
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "ghp_" + "x" * 36, "glpat-" + "x" * 20,
    ):  # fmt: skip
        assert not list(SECOND.scan(benign)), benign


def test_the_value_of_a_finding_is_the_whole_secret() -> None:
    """Or the hash that allows one token would allow them all."""
    for secret in (SECRET, OTHER, "glpat-" + token(4)[4:24], "sk_live_" + token(5)[4:28]):
        values = [value for _, value in SECOND.scan(f"with {secret} in it")]
        assert values
        assert all(value.strip() == secret for value in values)


def test_no_text_makes_the_second_scanner_slow() -> None:
    for text in ("eyJ", "password=", "://a:", "aws key '", "secret: '"):
        start = time.process_time()
        list(SECOND.scan(text * (30_000 // len(text))))
        assert time.process_time() - start < 3


def test_a_text_is_scanned_once_and_a_name_makes_another_one() -> None:
    strings = Strings()
    for value in ({"a": "x", "b": ["x", "x"]}, {"a": "x"}):
        strings.add(value, "file", "row", "column")
    found = [(text.text, text.name, text.field) for text in strings.take()]
    assert sorted(found) == [
        ("a", "", "column.a"), ("b", "", "column.b"),
        ("x", "a", "column.a"), ("x", "b", "column.b"),
    ]  # fmt: skip
    assert not strings.take()


def test_strings_are_told_apart_by_number() -> None:
    texts = [("nothing", ""), (f"a {SECRET}", ""), (f"a {SECRET}", ""), (SECRET, "password")]
    found = {(number, f.kind, texts[number][0][f.start : f.end]) for number, f in
             Redactor().scan_strings(texts)}  # fmt: skip
    assert found == {(1, "github", SECRET), (3, "github", SECRET)}


def test_a_receipt_counts_by_scanner_and_kind(open_dataset: Path) -> None:
    receipt: Receipt = scan_dataset(open_dataset)
    assert receipt.counts()["trajset"]["github"] == 2
    assert sum(sum(kinds.values()) for kinds in receipt.counts().values()) == len(receipt.findings)
