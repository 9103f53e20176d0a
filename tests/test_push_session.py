"""One session for the Hub's trace viewer: redacted, scanned, in a repository for sessions."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import ROOT
from planting import plant, private_key, shows, token
from pushing import Desk, new_hub
from trajset.hub.errors import Refused
from trajset.hub.guards import refuse_findings
from trajset.privacy import Privacy
from trajset.scanning import scan_lines

SECRET = token(7)
_FAKE = """#!{python}
import json, pathlib, sys
if "version" in sys.argv[1]:
    print("gitleaks 9.8.7")
    sys.exit(0)
found = []
for text in pathlib.Path(sys.argv[2]).rglob("*.txt"):
    for number, line in enumerate(text.read_text().split("\\n"), 1):
        if "is up" in line:
            found.append({{"RuleID": "up", "Secret": "is up", "StartLine": number}})
print(json.dumps(found))
sys.exit(42 if found else 0)
"""


def test_lines_are_scanned_and_values_never_shown() -> None:
    key = private_key(1)
    line = json.dumps({"type": "message", "message": {"content": f"use {SECRET}\n{key}"}})
    data = f'{{"type":"session"}}\n{line}\n'.encode()
    receipt = scan_lines({"sessions/a.jsonl": data}, policy=Privacy())
    assert {finding.scanner for finding in receipt.blocking} == {"trajset", "detect-secrets"}
    assert {(f.file, f.row, f.field) for f in receipt.findings} == {
        ("sessions/a.jsonl", "line 2", "message")
    }
    with pytest.raises(Refused) as refused:
        refuse_findings(receipt, "here", "")
    assert not shows(str(refused.value), SECRET)
    hashes = [finding.hash for finding in receipt.findings]
    assert scan_lines({"a": data}, hashes, policy=Privacy()).clean
    assert scan_lines({"a": b'{"type":"session"}\n'}, policy=Privacy()).clean


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with new_hub() as hub:
        yield Desk(hub, tmp_path)


@pytest.mark.slow
def test_a_session_goes_redacted_and_others_stay(desk: Desk, tmp_path: Path) -> None:
    logs = plant(tmp_path / "logs", SECRET, token(8))
    said = desk.push("ada/s", "--session", logs / "0.json", "--dry-run")
    assert said.code == 0, said.text
    assert not desk.hub.writes
    assert desk.push("ada/s", "--session", logs / "0.json", "--yes").code == 0
    repository = desk.hub.repositories["ada/s"]
    assert repository.private
    first = set(repository.tree)
    (file,) = first - {".gitattributes", "README.md"}
    text = repository.tree[file].data.decode()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["type"] for line in lines] == ["session"] + ["message"] * 4
    assert "<SECRET:github:1>" in text
    assert not shows(text, SECRET)
    assert "trajset_sessions: true" in repository.tree["README.md"].data.decode()

    said = desk.push("ada/s", "--session", logs / "1.json", "--yes")
    assert said.code == 0
    assert "stays: 1 other file" in said.text
    assert first < set(repository.tree)
    assert "nothing new" in desk.push("ada/s", "--session", logs / "1.json", "--yes").text
    assert len(repository.commits) == 3
    repository.put(file, b"another\n")
    said = desk.push("ada/s", "--session", logs / "0.json", "--dry-run")
    assert "(replaces the one there)" in said.text


@pytest.mark.slow
def test_a_session_of_this_machine_by_the_beginning_of_its_id(desk: Desk, tmp_path: Path) -> None:
    store = tmp_path / "claude" / "projects" / "-home-dana-shelf"
    store.mkdir(parents=True)
    source = ROOT / "tests" / "cases" / "claude_code" / "subagent_files" / "input"
    for path in source.rglob("*.jsonl"):
        target = store / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    where = {"CLAUDE_CONFIG_DIR": str(tmp_path / "claude"), "HOME": str(tmp_path)}
    said = desk.push("ada/s", "--session", "paren", "--yes", **where)
    assert said.code == 0, said.text
    files = set(desk.hub.repositories["ada/s"].tree) - {".gitattributes", "README.md"}
    assert "sessions/parent.jsonl" in files
    assert len(files) == 2  # the agent that was warmed up said nothing
    said = desk.push("ada/s", "--session", "nobody", "--yes", **where)
    assert said.code == 1
    assert (
        "expected a session's id (or its beginning) or its log, found none of nobody" in said.text
    )


@pytest.mark.slow
def test_what_is_refused(desk: Desk, tmp_path: Path) -> None:
    logs = plant(tmp_path / "logs", SECRET, token(8))
    recipe = tmp_path / "open.yaml"
    recipe.write_text("privacy: {enabled: false}\n")
    for session, sentence, more in (
        (logs / "0.json", "found one with privacy.enabled: false", ("--recipe", recipe)),
        (logs, "expected one session, found 2", ()),
        (logs / "0.json", "use a token with write access there", ("--public",)),
    ):
        name = "ada/s" if "write access" not in sentence else "eve/s"
        confirm = ("--confirm", name) if "--public" in more else ()
        said = desk.push(name, "--session", session, "--yes", *more, *confirm)
        assert said.code == 1
        assert sentence in said.text
    desk.hub.repository("ada/open", private=False)
    said = desk.push("ada/open", "--session", logs / "0.json", "--yes")
    assert said.code == 1
    assert "expected a private repository, found a public one" in said.text
    desk.hub.repository("ada/ds").put("README.md", b"---\ntrajset_manifest: x\n---\n# Data\n")
    said = desk.push("ada/ds", "--session", logs / "0.json", "--yes")
    assert said.code == 1
    assert "expected none, or one that a push like this wrote" in said.text


@pytest.mark.slow
def test_a_finding_is_refused_until_it_is_allowed(desk: Desk, tmp_path: Path) -> None:
    logs = plant(tmp_path / "logs", SECRET)
    program = tmp_path / "bin" / "gitleaks"
    program.parent.mkdir()
    program.write_text(_FAKE.format(python=sys.executable))
    program.chmod(0o700)
    path = {"PATH": f"{program.parent}:/usr/bin:/bin"}
    said = desk.push("ada/s", "--session", logs / "0.json", "--yes", **path)
    assert said.code == 1
    assert "found 1 finding; the first: up (says gitleaks, hash " in said.text
    assert not desk.hub.writes
    allowed = said.text.split("hash ")[1].split(")")[0]
    recipe = tmp_path / "allow.yaml"
    recipe.write_text(f"privacy: {{allow_findings: ['{allowed}']}}\n")
    said = desk.push("ada/s", "--session", logs / "0.json", "--yes", "--recipe", recipe, **path)
    assert said.code == 0, said.text
    assert "found 1 that you allowed" in said.text
