"""`trajset save`: one session below a project, redacted, whole, and never over another."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from trajset.commands.export import save
from trajset.corpus import BuildError
from trajset.exports import saving
from trajset.recipe import Recipe

NOW = datetime(2026, 3, 2, 9, 30, 5, tzinfo=UTC)
app = typer.Typer(pretty_exceptions_enable=False)
app.command()(save)


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def log(folder: Path, session: str, cwd: str, day: int, said: str = "Tidy up.") -> Path:
    """A Claude Code session of one turn, last changed when it says it was."""
    at = f"2026-03-{day:02d}T09:00:0"
    common = {"sessionId": session, "cwd": cwd, "version": "2.1.0", "isSidechain": False}
    records: list[dict[str, Any]] = [
        {
            **common,
            "type": "user",
            "uuid": f"{session}-u",
            "parentUuid": None,
            "timestamp": f"{at}0.000Z",
            "message": {"role": "user", "content": said},
        },
        {
            **common,
            "type": "assistant",
            "uuid": f"{session}-a",
            "parentUuid": f"{session}-u",
            "timestamp": f"{at}1.000Z",
            "message": {
                "id": f"msg-{session}",
                "role": "assistant",
                "model": "claude-sonnet-4-5",
                "content": [{"type": "text", "text": f"Done in {session}."}],
            },
        },
    ]
    path = folder / cwd.replace("/", "-") / f"{session}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    changed = datetime(2026, 3, day, 9, 0, 2, tzinfo=UTC).timestamp()
    os.utime(path, (changed, changed))
    return path


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with a store of three sessions, of two projects; nothing else is looked at."""
    for name in list(os.environ):
        if name.endswith(("_HOME", "_DIR", "_PATH")) and name != "TRAJSET_CACHE":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".claude" / "projects"
    for name in ("calc", "site"):
        (tmp_path / name).mkdir()
    log(folder, "aaaa-old", str(tmp_path / "calc"), 1)
    log(folder, "aaab-new", str(tmp_path / "calc"), 3)
    log(folder, "cccc-other", str(tmp_path / "site"), 5)
    return tmp_path


def saved(project: Path) -> list[Path]:
    return sorted((project / ".evolve" / "trajectories").iterdir())


def test_without_a_session_the_latest_of_the_project(store: Path) -> None:
    for args in ([], ["--latest"]):
        result = run("--project", store / "calc", *args)
        assert result.exit_code == 0, result.output
        place, _, count = result.stdout.strip().rpartition(": ")
        assert count == "2 messages"
        envelope = json.loads(Path(place).read_text(encoding="utf-8"))
        assert envelope["session_id"] == "aaab-new"
        assert envelope["timestamp"] == "2026-03-03T09:00:00Z"
        assert envelope["messages"] == [
            {"role": "user", "content": "Tidy up."},
            {"role": "assistant", "content": "Done in aaab-new."},
        ]
    assert len(saved(store / "calc")) == 2


def test_the_working_directory_is_the_default_project(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(store / "site")
    assert run().exit_code == 0
    [path] = saved(store / "site")
    assert (store / "site" / ".evolve" / ".gitignore").read_text(encoding="utf-8") == "*\n"
    assert json.loads(path.read_text(encoding="utf-8"))["session_id"] == "cccc-other"


def test_a_project_without_a_session_is_told(store: Path) -> None:
    (store / "empty").mkdir()
    result = run("--project", store / "empty")
    assert result.exit_code == 1
    assert "expected a session of" in result.stderr
    assert not (store / "empty" / ".evolve").exists()


def test_a_session_by_the_beginning_of_its_id(store: Path) -> None:
    assert run("aaaa", "--project", store / "site").exit_code == 0
    [path] = saved(store / "site")
    assert json.loads(path.read_text(encoding="utf-8"))["session_id"] == "aaaa-old"
    several = run("aaa", "--project", store / "site")
    assert several.exit_code == 1
    assert "expected the beginning of one session's id, found 2" in several.stderr
    none = run("zzz", "--project", store / "site")
    assert none.exit_code == 1
    assert "zzz: expected a session's id or a log, found none" in none.stderr


def test_a_session_by_its_log(store: Path, tmp_path: Path) -> None:
    path = log(tmp_path / "elsewhere", "dddd", "/srv/x", 2)
    assert run(path, "--project", store / "calc").exit_code == 0
    [written] = saved(store / "calc")
    assert json.loads(written.read_text(encoding="utf-8"))["session_id"] == "dddd"


def test_names_and_modes_and_no_overwriting(store: Path) -> None:
    found = saving.latest([str(store / ".claude")], None, Recipe())
    paths = [saving.save(found, store / "calc", Recipe(), NOW)[0] for _ in range(3)]
    assert [path.name for path in paths] == [
        "trajectory_2026-03-02T09-30-05.json",
        "trajectory_2026-03-02T09-30-05-2.json",
        "trajectory_2026-03-02T09-30-05-3.json",
    ]
    assert saved(store / "calc") == sorted(paths), "no temporary file stays"
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert stat.S_IMODE(paths[0].parent.stat().st_mode) == 0o700


def test_the_latest_is_by_activity_and_not_by_the_file(store: Path) -> None:
    """A file that was touched later is looked at first, and loses."""
    old = next((store / ".claude").rglob("aaaa-old.jsonl"))
    os.utime(old)
    found = saving.latest([str(store / ".claude")], store / "calc", Recipe())
    assert found.session_id == "aaab-new"


def test_secrets_do_not_leave_the_store(store: Path) -> None:
    secret = "ghp_" + "x7Kq2mVb9TzR4nWc8LdY" + "3pHs6JfA1gEuQ0Xo"
    path = log(store / ".claude" / "projects", "eeee", "/srv/x", 6, f"The token is {secret}.")
    assert run(path, "--project", store / "calc").exit_code == 0
    assert secret not in saved(store / "calc")[0].read_text(encoding="utf-8")


def test_a_message_of_reminders_alone_is_left_out(store: Path) -> None:
    said = "<system-reminder>Be brief.</system-reminder>"
    path = log(store / ".claude" / "projects", "ffff", "/srv/x", 7, said)
    found = saving.latest([str(path)], None, Recipe())
    _, messages = saving.save(found, store / "calc", Recipe(), NOW)
    assert messages == 1  # the answer


def test_misuse(store: Path) -> None:
    assert run("aaaa", "--latest").exit_code == 2
    assert run("--project", store / "nowhere").exit_code == 2
    with pytest.raises(BuildError):
        saving.latest([str(store / ".claude")], store / "nowhere", Recipe())
