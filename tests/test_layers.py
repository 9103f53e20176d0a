"""The architecture: imports point down, heavy libraries come late, the tree holds its rules."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "builder" / "trajset"

# Low to high; a module may import from its own layer's package and from any layer below.
LAYERS = (
    ("trajectory", "wording", "notes", "private_files", "cache", "cache_use", "model_family"),
    ("plots",),
    ("sources", "annotate", "privacy", "fit"),
    ("views", "teachers", "frames"),
    ("shingles", "lint", "dspy_rows", "columns"),
    ("keys", "stats"),
    ("duplicates", "made", "key_table"),
    ("families",),
    ("fragment", "plan"),
    ("recipe", "shards", "resources", "engine"),
    ("rowfile", "contents", "ray_engine"),
    ("gather", "render", "assemble", "decontaminate"),
    ("manifest", "limit"),
    ("card",),
    ("folder", "corpus"),
    ("pipeline", "scanning"),
    ("loader", "report", "reports", "check", "evaluation", "replay", "review", "exports"),
    ("hub",),
    ("notebook",),
    ("dspy",),
    ("commands",),
    ("cli",),
)
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}


def imports(path: Path) -> set[str]:
    """Top-level names below `trajset` that a module imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "trajset":
                names = [f"trajset.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {n.split(".")[1] for n in names if n.startswith("trajset.") and "__" not in n}
    return found


def test_every_module_has_a_layer() -> None:
    modules = {p.stem if p.is_file() else p.name for p in PACKAGE.iterdir() if _is_code(p)}
    assert modules - {"__init__"} == set(RANK)


def test_imports_point_down() -> None:
    for path in PACKAGE.rglob("*.py"):
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if own == "__init__":
            continue
        for other in imports(path):
            below = RANK[other] < RANK[own]
            assert other == own or below, f"{path.name} imports {other}, which is not below {own}"


def test_no_view_knows_a_harness_and_no_source_a_view() -> None:
    for path in (PACKAGE / "views").glob("*.py"):
        assert "sources" not in imports(path), path
    for path in (PACKAGE / "sources").rglob("*.py"):
        assert not imports(path) & {"views", "annotate", "privacy", "fit"}, path


def test_nothing_that_datasets_would_take_for_data() -> None:
    assert not (PACKAGE.parent / "builder.py").exists()
    for path in PACKAGE.rglob("*"):
        if "_resources" in path.parts or "__pycache__" in path.parts:
            continue
        assert path.suffix not in {".json", ".jsonl", ".csv", ".txt", ".parquet"}, path
        assert not path.name.startswith(("test", "train")), path


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from trajset.cli import app;"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0;"
        "heavy = {'datasets', 'transformers', 'pandas', 'torch', 'pyarrow', 'numpy'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def _is_code(path: Path) -> bool:
    return path.suffix == ".py" or (path.is_dir() and (path / "__init__.py").exists())
