"""The dataset folder: generations, the switch at the end, and what is swept away.

A build writes shards, then the manifest, then README.md, which names both; until README.md is
replaced (in one step), readers see the dataset from before. What the README in force does not
name is deleted when the next build begins.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import yaml

from trajset.cache import private_folder
from trajset.card import MARK, PLOT_NAME, plots
from trajset.manifest import Manifest
from trajset.notes import NotesError, merge
from trajset.private_files import write_private


class FolderError(RuntimeError):
    """The folder cannot be used as a dataset folder. The text says why, and the way out."""


def _front(out: Path) -> dict[str, Any] | None:
    """The YAML of the folder's README.md; None where there is no dataset yet.

    Raises:
        FolderError: README.md is there, but no build wrote it.
    """
    readme = out / "README.md"
    try:
        text = readme.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        text = ""
    front = text.split("\n---\n", 1)[0].removeprefix("---\n") if text.startswith("---\n") else ""
    try:
        value = yaml.safe_load(front)
    except yaml.YAMLError:
        value = None
    if not isinstance(value, dict) or not isinstance(value.get(MARK), str):
        raise FolderError(
            f"{readme}: expected no README.md or one that a build wrote, found another; "
            "choose a folder of its own with --out"
        )
    return value


def manifest_file(out: Path) -> str | None:
    """The manifest in force, as a path below the folder; None where there is no dataset.

    Raises:
        FolderError: README.md is not ours.
    """
    front = _front(out)
    return None if front is None else str(front[MARK])


def read_manifest(out: Path) -> Manifest | None:
    """The manifest in force, or None where there is no dataset.

    Raises:
        FolderError: README.md is not ours, or its manifest is missing or damaged.
    """
    name = manifest_file(out)
    if name is None:
        return None
    try:
        return msgspec.json.decode((out / name).read_bytes(), type=Manifest)
    except (FileNotFoundError, msgspec.DecodeError) as error:
        raise FolderError(
            f"{out / name}: expected a whole manifest, found {type(error).__name__}; build again"
        ) from None


def receipt_name(manifest: str) -> str:
    """Where the receipt of a scan lies, for a manifest's path; both below the dataset folder."""
    return manifest.replace("manifest-", "scan-", 1)


def sweep(out: Path) -> None:
    """Delete what no reader needs: generations before the one in force, and unfinished work.

    Raises:
        FolderError: README.md is not ours, or it cannot be known what people wrote on it.
    """
    front = _front(out)
    for work in out.glob(".trajset-work-*"):
        shutil.rmtree(work, ignore_errors=True)
    if front is not None:
        _keeping_notes(out / "README.md", "")  # what stops the last step, stops the first
    data, drawn = out / "data", out / "plots"
    for part in (
        *out.glob(".README.md.*.part"),
        *data.glob(".*.json.*.part"),
        *drawn.glob(".*.svg.*.part"),
    ):
        part.unlink()
    keep = set()
    if front is not None:
        keep = {front[MARK]} | {
            path
            for config in front.get("configs", ())
            for files in config["data_files"]
            for path in files["path"]
        }
        keep.add(receipt_name(front[MARK]))
    receipts = data.glob("scan-*.json")
    for file in (*data.glob("*/*.parquet"), *data.glob("manifest-*.json"), *receipts):
        if file.relative_to(out).as_posix() not in keep:
            file.unlink()
    text = (out / "README.md").read_text(encoding="utf-8") if front is not None else ""
    for file in drawn.glob("*.svg"):
        name = file.relative_to(out).as_posix()
        if PLOT_NAME.fullmatch(name) and name not in text:
            file.unlink()


def publish(
    out: Path, work: Path, manifest: Manifest, card: Callable[[Manifest, str], str]
) -> None:
    """Move finished shards into place, write manifest and plots, then switch README.md to them.

    Raises:
        FolderError: it cannot be known what people wrote on the card that is replaced.
        OSError: something cannot be written; the dataset from before is untouched.
    """
    private_folder(out / "data")
    for shard in manifest.shards:
        target = out / shard.file
        private_folder(target.parent)
        (work / Path(shard.file).relative_to("data")).replace(target)
    data = manifest.encoded()
    name = f"data/manifest-{sha256(data).hexdigest()[:16]}.json"
    write_private(out / name, data)
    for plot, svg in plots(manifest).items():
        private_folder(out / "plots")
        write_private(out / plot, svg.encode())
    # Of the manifest as it is read back: whoever reads it can tell whether the card is its own.
    text = card(msgspec.json.decode(data, type=Manifest), name)
    write_private(out / "README.md", _keeping_notes(out / "README.md", text).encode())


def _keeping_notes(readme: Path, text: str) -> str:
    """A new card with what people wrote between the markers of the one that it replaces."""
    try:
        return merge(readme.read_text(encoding="utf-8"), text) if readme.is_file() else text
    except NotesError as error:
        raise FolderError(f"{readme}: {error}; repair the notes, then build again") from None
