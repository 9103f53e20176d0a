"""A push on a bad day: each error that the Hub answers, and connections that drop."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pushing import COMMAND, Desk, new_hub
from trajset.cli import app

pytestmark = pytest.mark.slow

WHOAMI, INFO, CREATE = "/api/whoami-v2$", "/api/datasets/ada/x$", "/api/repos/create$"
COMMIT, BATCH, STORAGE = "/commit/", "/objects/batch", "/storage/"


@pytest.fixture(scope="module")
def built(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "ds"
    for args in (["build", str(demo), "--out", str(folder)], ["scan", str(folder)]):
        assert CliRunner().invoke(app, [*args, "--jobs", "1"]).exit_code == 0
    return folder


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with new_hub() as hub:
        yield Desk(hub, tmp_path)


@pytest.fixture
def ds(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "ds"))


@pytest.mark.parametrize(
    ("method", "path", "status", "sentence"),
    [
        ("GET", WHOAMI, 403, "asking whose token it is: the token may not do this (the Hub says:"),
        ("GET", WHOAMI, 404, "asking whose token it is: no such page: look at HF_ENDPOINT"),
        ("GET", INFO, 403, "looking at the repository: the token may not do this in ada"),
        ("POST", CREATE, 402, "creating the repository: the Hub wants a payment first"),
        ("POST", CREATE, 400, "creating the repository: the Hub did not accept what was sent"),
        ("POST", BATCH, 403, "sending files: the token may not do this in ada"),
        ("PUT", STORAGE, 403, "sending files: the token may not do this in ada"),
        ("POST", COMMIT, 401, "committing: the Hub does not accept the token"),
        ("POST", COMMIT, 409, "committing: the Hub reports a conflict (the Hub says: on demand)"),
        ("POST", COMMIT, 412, "somebody changed ada/x meanwhile; nothing of this push was"),
        ("POST", COMMIT, 413, "committing: the Hub finds it too large"),
    ],
)
def test_errors_that_stay(
    desk: Desk, ds: Path, method: str, path: str, status: int, sentence: str
) -> None:
    desk.hub.fault(method, path, status=status, times=100)
    said = desk.push("ada/x", "--dir", ds, "--yes")
    assert said.code == 1
    assert sentence in said.text
    assert "ada/x" not in desk.hub.repositories or len(desk.hub.repositories["ada/x"].commits) == 1


@pytest.mark.parametrize(
    ("method", "path", "fault", "sentence"),
    [
        ("GET", WHOAMI, {"status": 500}, "the Hub has trouble (500); trying again in 1 s"),
        ("GET", INFO, {"status": 503}, "the Hub has trouble (503); trying again in 1 s"),
        (
            "POST",
            CREATE,
            {"status": 429, "headers": {"Retry-After": "2"}},
            "creating the repository: the Hub asks to wait; trying again in 2 s",
        ),
        ("POST", CREATE, {"drop": "after"}, "the connection was lost; trying again in 1 s"),
        ("PUT", STORAGE, {"status": 500}, ""),
        ("PUT", STORAGE, {"drop": "before"}, ""),
        ("PUT", STORAGE, {"drop": "after"}, ""),
        ("PUT", STORAGE, {"drop": "cut"}, ""),
        ("POST", COMMIT, {"status": 500}, "committing: the Hub has trouble (500)"),
        ("POST", COMMIT, {"drop": "before"}, "committing: the connection was lost"),
        ("POST", COMMIT, {"drop": "after"}, ""),
        ("POST", "/tag/", {"status": 502}, "tagging the version: the Hub has trouble (502)"),
    ],
)
def test_errors_that_pass(
    desk: Desk, ds: Path, method: str, path: str, fault: dict[str, Any], sentence: str
) -> None:
    desk.hub.fault(method, path, **fault)
    said = desk.push("ada/x", "--dir", ds, "--yes")
    assert said.code == 0, said.text
    assert sentence in said.text
    repository = desk.hub.repositories["ada/x"]
    assert repository.private
    assert len(repository.commits) == 2
    assert len(repository.tags) == 1


def test_a_push_that_died_goes_on_where_it_was(desk: Desk, ds: Path) -> None:
    desk.hub.fault("POST", COMMIT, status=409, times=100)
    assert desk.push("ada/x", "--dir", ds, "--yes").code == 1
    sent = dict(desk.hub.received)
    assert len(sent) == 5
    desk.hub.faults.clear()
    assert desk.push("ada/x", "--dir", ds, "--yes").code == 0
    assert desk.hub.received == sent


@pytest.mark.parametrize("place", ["before_lfs", "before_commit"])
def test_control_c_while_sending(desk: Desk, ds: Path, place: str) -> None:
    command = [*COMMAND, "push", "ada/x", "--dir", str(ds), "--yes"]
    process = subprocess.Popen(
        command, env=desk.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )

    def interrupt() -> None:
        process.send_signal(signal.SIGINT)
        time.sleep(1)

    setattr(desk.hub, place, interrupt)
    text, _ = process.communicate(timeout=60)
    said = desk.checked(process.returncode, text)
    assert said.code == 130, said.text
    assert "stopped while sending; a commit is made whole or not at all. Push again" in said.text
    setattr(desk.hub, place, lambda: None)
    assert desk.push("ada/x", "--dir", ds, "--yes").code == 0
    assert len(desk.hub.repositories["ada/x"].commits) == 2


def test_somebody_commits_meanwhile(desk: Desk, ds: Path) -> None:
    repository = desk.hub.repository("ada/x")
    desk.hub.before_commit = lambda: repository.put("other.md", b"theirs")
    said = desk.push("ada/x", "--dir", ds, "--yes")
    assert said.code == 1
    assert "somebody changed ada/x meanwhile; nothing of this push was committed" in said.text
    assert set(repository.tree) == {".gitattributes", "other.md"}


def test_it_becomes_public_meanwhile(desk: Desk, ds: Path) -> None:
    repository = desk.hub.repository("ada/x")
    desk.hub.before_lfs = lambda: setattr(repository, "private", False)
    said = desk.push("ada/x", "--dir", ds, "--yes")
    assert said.code == 1
    assert "expected a private repository, found a public one, and committed nothing" in said.text
    assert len(repository.commits) == 1


def test_it_becomes_public_with_the_commit(desk: Desk, ds: Path) -> None:
    repository = desk.hub.repository("ada/x")
    desk.hub.before_commit = lambda: setattr(repository, "private", False)
    said = desk.push("ada/x", "--dir", ds, "--yes")
    assert said.code == 1
    assert "THE REPOSITORY IS PUBLIC" in said.text


def test_a_file_that_did_not_arrive_whole_is_told(desk: Desk, ds: Path) -> None:
    desk.hub.damages = "README.md"
    said = desk.push("ada/x", "--dir", ds, "--yes")
    assert said.code == 1
    assert "is not whole: README.md (differs)" in said.text


def test_large_files_go_in_parts(tmp_path: Path, ds: Path) -> None:
    with new_hub(multipart_over=10_000, part=6_000) as hub:
        desk = Desk(hub, tmp_path)
        hub.fault("PUT", STORAGE, drop="cut", skip=3)
        said = desk.push("ada/x", "--dir", ds, "--yes")
        assert said.code == 0, said.text
        assert hub.count("POST", "/complete") == 5
        assert hub.count("PUT", "/storage/") > 10


def test_a_repository_with_many_files_is_read_in_pages(tmp_path: Path, ds: Path) -> None:
    with new_hub(page=3) as hub:
        desk = Desk(hub, tmp_path)
        assert desk.push("ada/x", "--dir", ds, "--yes").code == 0
        assert "nothing new" in desk.push("ada/x", "--dir", ds, "--yes").text


def test_no_hub(desk: Desk, ds: Path) -> None:
    said = desk.push("ada/x", "--dir", ds, "--yes", HF_ENDPOINT="http://127.0.0.1:9")
    assert said.code == 1
    assert "the Hub could not be reached" in said.text
    said = desk.push("ada/x", "--dir", ds, "--yes", HF_HUB_OFFLINE="1")
    assert said.code == 1
    assert "HF_HUB_OFFLINE is set; unset it to push" in said.text
