"""What must be true of a dataset folder before anything of it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout
from msgspec import Struct

from trajset.card import card, examples, plots
from trajset.folder import manifest_file, read_manifest
from trajset.hub.errors import PushError, Refused
from trajset.manifest import Manifest
from trajset.notes import NotesError, notes_of, with_notes
from trajset.scanning import Receipt
from trajset.shards import file_digest


class Checked(Struct, frozen=True, kw_only=True):
    """A dataset folder that is as a build left it."""

    folder: Path
    manifest: Manifest
    manifest_file: str
    """Path below the folder."""
    notes: str
    """What people wrote on the card here."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep builds away from a folder.

    Raises:
        PushError: there is none, or a build is at work there.
        OSError: the lock cannot be written.
    """
    if not folder.is_dir():
        raise PushError(f"{folder}: expected a dataset, found none; `trajset build` makes one")
    lock = FileLock(folder / ".trajset.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise PushError(
            f"{folder}: expected no build or push at work there, found one; wait for it"
        ) from None
    try:
        yield
    finally:
        lock.release()


def checked(folder: Path) -> Checked:
    """Look at a folder. Whatever else lies in it does not matter: only what is named ever goes.

    Raises:
        Refused: it is unredacted or changed, or its card is stale.
        PushError: there is no dataset.
        FolderError: README.md is not ours, or its manifest is missing or damaged.
    """
    name, manifest = manifest_file(folder), read_manifest(folder)
    if name is None or manifest is None:
        raise PushError(f"{folder}: expected a dataset, found none; `trajset build` makes one")
    refuse_unredacted(folder, manifest)
    refuse_changed(folder, manifest, name)
    notes = refuse_stale_card(folder, manifest, name)
    return Checked(folder=folder, manifest=manifest, manifest_file=name, notes=notes)


def refuse_unredacted(folder: Path, manifest: Manifest) -> None:
    """Raise Refused for a build with `privacy.enabled: false`."""
    if not manifest.redacted or manifest.recipe.get("privacy", {}).get("enabled") is not True:
        raise Refused(
            f"{folder}: expected a redacted build, found one with privacy.enabled: false; "
            "build again with redaction"
        )


def refuse_changed(folder: Path, manifest: Manifest, name: str) -> None:
    """Raise Refused where a file is not the one that the build wrote."""
    digest = sha256((folder / name).read_bytes()).hexdigest()
    if name != f"data/manifest-{digest[:16]}.json":
        raise Refused(f"{folder / name}: changed since the build; build again")
    for shard in manifest.shards:
        path = folder / shard.file
        if not path.is_file():
            raise Refused(f"{path}: expected the shard that the manifest names; build again")
        if file_digest(path) != (shard.sha256, shard.bytes):
            raise Refused(f"{path}: changed since the build (its digest differs); build again")
    for plot, svg in plots(manifest).items():
        path = folder / plot
        if not path.is_file():
            raise Refused(f"{path}: expected the plot that README.md shows; build again")
        if path.read_bytes() != svg.encode():
            raise Refused(f"{path}: changed since the build; build again")


def refuse_stale_card(folder: Path, manifest: Manifest, name: str) -> str:
    """The notes of README.md; Refused where the rest of it is not the card of the manifest."""
    readme = folder / "README.md"
    text = readme.read_text(encoding="utf-8")
    try:
        notes = notes_of(text)
        current = with_notes(card(manifest, name, examples(folder, manifest)), notes)
    except NotesError as error:
        raise Refused(f"{readme}: {error}; repair the notes") from None
    if text != current:
        raise Refused(
            f"{readme}: expected the card of this build, found another (changed outside of the "
            "notes, or written by another version of trajset); build again"
        )
    return notes


def refuse_findings(receipt: Receipt, what: str, way_out: str) -> None:
    """Raise Refused for findings that nobody has allowed.

    Args:
        what: the place of what was scanned.
        way_out: where findings are listed.
    """
    if receipt.clean:
        return
    first = receipt.blocking[0]
    where = ", ".join(part for part in (first.file, first.row, first.field) if part)
    hashed = f", hash {first.hash}" if first.hash else ""
    count = "1 finding" if len(receipt.blocking) == 1 else f"{len(receipt.blocking):,} findings"
    raise Refused(
        f"{what}: expected nothing that looks like a secret, found {count}; the first: "
        f"{first.kind} (says {first.scanner}{hashed}) in {where}{way_out}"
    )
