"""A new source is one file, one registry entry and one case folder: done with a made-up format."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT

MODULE = '''
"""Ravens: a made-up harness that writes one line a caw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from trajset.sources.assemble import Assembler
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.records import json_lines
from trajset.sources.tally import Tally
from trajset.sources.unit import Fields, Store, Unit, single_files
from trajset.trajectory import Trajectory

NAME = "ravens"
TITLE = "Ravens"
STORE = Store(linux=("~/.ravens",), macos=("~/.ravens",), windows=("$APPDATA/ravens",))
VERSIONS = "1.0"
FIELDS = Fields(
    reasoning="never", status="yes", exit_code="never", ids="never", times="never", model="never",
    usage="never", tool_schemas="never", branches="never", subagents="never", compaction="never",
)


class Caw(msgspec.Struct):
    caw: str
    who: str
    ok: bool = True


_DECODER = msgspec.json.Decoder(Caw)


def claims(head: Head) -> bool:
    return any("caw" in record for record in head.objects)


def units(files: Sequence[str]) -> list[Unit]:
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterable[Trajectory]:
    assembler = Assembler(tally)
    for line, caw, _ in json_lines(unit.path, tally, _DECODER):
        if caw is None:
            tally.skip("not_a_caw")
            continue
        tally.use()
        if caw.who == "human":
            assembler.message("user", caw.caw, "human", line=line)
        elif caw.who == "raven":
            assembler.call("fly", {"to": caw.caw}, line=line)
        else:
            assembler.observation(caw.caw, status="ok" if caw.ok else "error", line=line)
    found = assembler.build(
        id=trajectory_id(NAME, unit.path, None, 0), session_id="raven", harness=NAME
    )
    return [found] if found else []
'''
LOG = [
    {"caw": "Fetch the key.", "who": "human"},
    {"caw": "window", "who": "raven"},
    {"caw": "The window is shut.", "who": "wind", "ok": False},
    {"caw": "chimney", "who": "raven"},
    {"caw": "You are in.", "who": "wind"},
    {"noise": 1},
]


@pytest.mark.slow
def test_a_source_is_added_in_one_file_one_entry_one_case(tmp_path: Path) -> None:
    package = tmp_path / "builder" / "trajset"
    shutil.copytree(
        ROOT / "builder" / "trajset", package, ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(ROOT / "dataset_card", tmp_path / "dataset_card")
    for name in ("conftest.py", "test_cases.py"):
        (tmp_path / "tests").mkdir(exist_ok=True)
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests" / name)

    (package / "sources" / "ravens.py").write_text(MODULE, encoding="utf-8")
    registry = package / "sources" / "__init__.py"
    text = registry.read_text(encoding="utf-8")
    text = text.replace(
        "SOURCES: tuple[Source, ...] = (", "SOURCES: tuple[Source, ...] = (\n    ravens,"
    )
    registry.write_text(text.replace("import (", "import (\n    ravens,", 1), encoding="utf-8")
    case = tmp_path / "tests" / "cases" / "ravens" / "a-shut-window"
    (case / "input").mkdir(parents=True)
    log = case / "input" / "flight.log"
    log.write_text("".join(json.dumps(record) + "\n" for record in LOG), encoding="utf-8")

    environment = os.environ | {
        "PYTHONPATH": str(tmp_path / "builder"),
        "TRAJSET_CACHE": str(tmp_path / "cache"),
    }

    def run(*args: str) -> str:
        done = subprocess.run(
            [sys.executable, *args],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    for more in (["--update-golden"], []):
        run("-m", "pytest", "tests/test_cases.py", "-q", "-p", "no:cacheprovider", *more)
    (trajectory,) = json.loads((case / "trajectories.json").read_text())
    assert [s["type"] for s in trajectory["steps"]] == [
        "Message", "ToolCall", "Observation", "ToolCall", "Observation",
    ]  # fmt: skip
    assert json.loads((case / "tally.json").read_text()) == {
        "read": 6,
        "used": 5,
        "skipped": {"not_a_caw": 1},
    }
    main = "from trajset.cli import main; main()"
    output = run("-c", main, "build", str(log), "--out", str(tmp_path / "out"), "--jobs", "1")
    assert "ravens" in output
