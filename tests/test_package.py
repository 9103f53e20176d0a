"""The wheel in a bare environment, and the oldest `datasets` that pyproject.toml allows."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from conftest import ROOT

pytestmark = pytest.mark.slow

LOAD = """
import sys
from datasets import load_dataset, __version__
folder, cache = sys.argv[1:]
for name in ("codeact", "chat", "sft", "error_recovery", "preference"):
    dataset = load_dataset(folder, name, cache_dir=cache)
    first = next(iter(load_dataset(folder, name, split="train", streaming=True, cache_dir=cache)))
    assert first == dataset["train"][0], name
    column = "trajectory" if name == "codeact" else "messages" if name == "chat" else "prompt"
    assert isinstance(first[column][0], dict), name
print(__version__)
"""


def run(*args: str | Path) -> str:
    done = subprocess.run(
        [str(a) for a in args], capture_output=True, text=True, check=False, cwd="/"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment(folder: Path, *packages: str | Path) -> Path:
    run(sys.executable, "-m", "venv", folder)
    python = folder / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", *packages)
    return python


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", out, ROOT)
    return next(out.glob("trajset-*.whl"))


@pytest.fixture(scope="module")
def dataset(wheel: Path, demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset that the installed wheel built, without the checkout's help."""
    folder = tmp_path_factory.mktemp("bare")
    python = environment(folder / "venv", wheel)
    recipe = ROOT / "configs" / "demo.yaml"
    run(python.parent / "trajset", "build", demo, "--out", folder / "out", "--recipe", recipe)
    return folder / "out"


def test_the_wheel_builds_in_a_bare_environment(dataset: Path, tmp_path: Path) -> None:
    assert (dataset / "README.md").is_file()
    run(sys.executable, "-c", LOAD, dataset, tmp_path)


def test_the_wheel_holds_recipes_and_template(wheel: Path) -> None:
    import zipfile

    names = zipfile.ZipFile(wheel).namelist()
    assert "trajset/_resources/configs/default.yaml" in names
    assert "trajset/_resources/dataset_card/template.md" in names
    assert not [n for n in names if n.endswith((".parquet", ".jsonl"))]


def test_the_oldest_datasets_loads_it(dataset: Path, tmp_path: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (wanted,) = [d for d in project["dependencies"] if d.startswith("datasets")]
    floor = re.search(r">=([\d.]+)", wanted)
    assert floor is not None
    python = environment(tmp_path / "venv", f"datasets=={floor.group(1)}.*")
    assert run(python, "-c", LOAD, dataset, tmp_path / "cache").startswith(floor.group(1))
