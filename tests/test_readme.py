"""README.md holds what the code does: its examples run, its tables come from the registry."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from trajset.sources import SOURCES
from trajset.sources.unit import Fields, Source

README = ROOT / "README.md"
SIGN = {"yes": "●", "partly": "◐", "no": "○", "never": "–"}


def section(text: str, name: str) -> str:
    return text.split(f"<!-- {name} -->\n")[1].split(f"<!-- /{name} -->")[0]


def place(source: Source) -> str:
    """Where most people have it: a place below the home folder rather than one by a variable."""
    places = sorted(source.STORE.linux, key=lambda template: template.startswith("$"))
    return f"`{places[0]}`" if places else "given by hand"


def matrix() -> str:
    """The field matrix as a Markdown table."""
    columns = Fields.__struct_fields__
    head = ["harness", "place", *(c.replace("_", " ") for c in columns)]
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for source in sorted(SOURCES, key=lambda s: s.TITLE.lower()):
        signs = [SIGN[getattr(source.FIELDS, column)] for column in columns]
        lines.append("| " + " | ".join([source.TITLE, place(source), *signs]) + " |")
    return "\n".join(lines) + "\n"


def replaced(text: str, name: str, content: str) -> str:
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, _, rest = text.partition(start)
    return before + start + content + end + rest.partition(end)[2]


def as_shown(row: dict[str, Any]) -> str:
    """A row with one column a line, and one message a line in lists of messages."""
    lines = []
    for name, value in row.items():
        if name in ("tools", "started_at"):
            continue
        if isinstance(value, list) and value and isinstance(value[0], dict):
            messages = ",\n".join(f"    {json.dumps(m, ensure_ascii=False)}" for m in value)
            lines.append(f'  "{name}": [\n{messages}\n  ]')
        else:
            lines.append(f'  "{name}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def test_the_source_table_is_the_registry(update_golden: bool) -> None:
    text = README.read_text(encoding="utf-8")
    if update_golden:
        README.write_text(replaced(text, "sources", matrix()), encoding="utf-8")
        text = README.read_text(encoding="utf-8")
    assert section(text, "sources") == matrix()


def test_every_view_and_module_is_named() -> None:
    from trajset.views import VIEWS

    text = README.read_text(encoding="utf-8")
    assert all(f"`{view.NAME}`" in text for view in VIEWS)
    package = ROOT / "builder" / "trajset"
    for path in package.iterdir():
        if path.suffix == ".py" and path.stem != "__init__":
            assert path.name in text, path.name


def test_the_row_is_a_real_one(demo: Path, tmp_path: Path, update_golden: bool) -> None:
    """The row in README is what the demo makes."""
    from datasets import load_dataset
    from typer.testing import CliRunner

    from trajset.cli import app

    recipe = str(ROOT / "configs" / "demo.yaml")
    args = ["build", str(demo), "--out", str(tmp_path / "b"), "--recipe", recipe, "--jobs", "1"]
    assert CliRunner().invoke(app, args).exit_code == 0
    dataset = load_dataset(str(tmp_path / "b"), "error_recovery", cache_dir=str(tmp_path / "hf"))
    row = next(
        row
        for part in dataset.values()
        for row in part
        if row["project"].endswith("weather-bot") and row["step_in_recovery"] == 0
    )
    content = "```json\n" + as_shown(row) + "```\n"
    text = README.read_text(encoding="utf-8")
    if update_golden:
        README.write_text(replaced(text, "row", content), encoding="utf-8")
        text = README.read_text(encoding="utf-8")
    assert section(text, "row") == content


NEEDS = {"trl": "torch", "trajset.dspy": "dspy"}
"""Module of an example -> the package without which it does nothing."""
TRAINING = ("assistant_only_loss=True)", 'output_dir="my-model",\n)')
"""How the arguments of a training run end."""


def runnable(block: str) -> str:
    """An example up to the first import of what is not installed here; a training run is made one
    of two steps of a tiny model.
    """
    lines = []
    for line in block.splitlines():
        if match := re.match(r"(?:import|from) (\S+)", line):
            needed = NEEDS.get(match[1], match[1].split(".")[0])
            if importlib.util.find_spec(needed) is None:
                break
        lines.append(line)
    text = "\n".join(lines).replace("Qwen/Qwen3-0.6B", "tiny")
    for end in TRAINING:
        begin = end.rstrip("),\n")
        text = text.replace(end, f"{begin}, use_cpu=True, bf16=False, max_steps=2)")
    return text


@pytest.mark.slow
def test_the_python_examples_run(demo: Path, tmp_path: Path) -> None:
    """All of them; the training run with a tiny model in place of a downloaded one."""
    text = README.read_text(encoding="utf-8")
    blocks = [runnable(block) for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL)]
    assert len(blocks) >= 5
    environment = os.environ | {"HF_HOME": str(tmp_path / "hf")}
    trajset = str(Path(sys.executable).parent / "trajset")
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    for command in (f"{trajset} build {demo} --jobs 1",):
        subprocess.run(shlex.split(command), cwd=tmp_path, env=environment, check=True)
    if importlib.util.find_spec("torch") is not None:
        tiny = [sys.executable, str(ROOT / "scripts" / "tiny_model.py"), "tiny"]
        subprocess.run(tiny, cwd=tmp_path, env=environment, check=True)
    for block in blocks:
        subprocess.run([sys.executable, "-c", block], cwd=tmp_path, env=environment, check=True)
