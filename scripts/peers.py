"""The tools that trajset is measured against, in an environment of their own, without network.

They are installed once from the package index under the cache folder. What they read and write is
kept to folders that are thrown away: they never see the home folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import venv
from pathlib import Path

from measuring import CACHE, Run, run

FOLDER = CACHE / "peers"
_WANTED = ("teich", "dataclaw", "datasets")
_LOAD = """
import sys
import datasets
datasets.disable_progress_bars()
rows = datasets.load_dataset(sys.argv[1], split="train", cache_dir=sys.argv[2])
assert rows.num_rows
"""
_VERSIONS = "from importlib.metadata import version; import sys; print(*map(version, sys.argv[1:]))"


class Unavailable(RuntimeError):
    """The peers cannot be installed here; the text says why."""


def install() -> dict[str, str]:
    """Install the peers where they are not yet; returns their versions.

    Raises:
        Unavailable: no package index can be reached, say.
    """
    python = FOLDER / "bin" / "python"
    try:
        return _versions(python)
    except (OSError, subprocess.CalledProcessError):
        pass  # not installed yet
    try:
        if not python.exists():
            venv.create(FOLDER, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", *_WANTED]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        return _versions(python)
    except subprocess.CalledProcessError as error:
        said = (error.stderr or b"").decode("utf-8", "replace").strip().splitlines()
        raise Unavailable(f"the peers cannot be installed: {''.join(said[-1:])}") from None
    except OSError as error:
        raise Unavailable(f"the peers cannot be installed: {error}") from None


def _versions(python: Path) -> dict[str, str]:
    command = [str(python), "-c", _VERSIONS, *_WANTED]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return dict(zip(_WANTED, found, strict=True))


def load_dataset(store: Path, work: Path) -> Run:
    """`datasets.load_dataset` of a store's folder, which reads traces with teich."""
    work = _fresh(work)
    command = [str(FOLDER / "bin" / "python"), "-c", _LOAD, str(store / "projects"), str(work)]
    return run(command, env=_kept_in(work), cwd=work)


def dataclaw_export(store: Path, work: Path) -> Run:
    """`dataclaw export` of a store, with its redaction and all its workers."""
    work = _fresh(work)
    (work / ".claude").mkdir()
    (work / ".claude" / "projects").symlink_to(store / "projects")
    out = work / "out.jsonl"
    command = [str(FOLDER / "bin" / "dataclaw"), "export", "--no-push", "--source", "claude"]
    command += ["--all-projects", "--output", str(out)]
    return run(command, env=_kept_in(work), cwd=work, accept=lambda: _holds(out))


def teich_export(store: Path, work: Path) -> Run:
    """`teich extract`, which anonymises, and `teich convert` of what it extracted."""
    work = _fresh(work)
    teich, data, out = str(FOLDER / "bin" / "teich"), work / "data", work / "out.jsonl"
    # It ends by asking whether to upload; without an answer it stops there, its files written.
    extract = [teich, "extract", "claude", "--sessions-dir", str(store / "projects")]
    extract += ["--out", str(data)]
    one = run(extract, env=_kept_in(work), cwd=work, accept=lambda: _holds(data / "README.md"))
    convert = [teich, "convert", str(data), "--out", str(out)]
    two = run(convert, env=_kept_in(work), cwd=work, accept=lambda: _holds(out))
    return Run(
        seconds=one.seconds + two.seconds, cpu=one.cpu + two.cpu, peak=max(one.peak, two.peak)
    )


def _fresh(work: Path) -> Path:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    return work


def _holds(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _kept_in(work: Path) -> dict[str, str]:
    """Variables that keep a peer offline and inside a folder."""
    return {
        "HOME": str(work),
        "CLAUDE_CONFIG_DIR": str(work / ".claude"),
        "XDG_CACHE_HOME": str(work / "cache"),
        "HF_HOME": str(work / "hf"),
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": "",
        "PATH": os.pathsep.join((str(FOLDER / "bin"), os.environ.get("PATH", ""))),
    }
