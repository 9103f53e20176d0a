"""What goes: files with their digests, from a dataset folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec import Struct

from trajset.card import MARK, Scanned, card, examples, plots
from trajset.hub.guards import Checked
from trajset.notes import with_notes
from trajset.scanning import Receipt

CARD = "README.md"
_PLACEHOLDER = '"PATH_OR_NAME"'
"""Stands on the card for what `load_dataset` is given; the Hub's card names the repository."""


class Item(Struct, frozen=True, kw_only=True):
    """A file that goes: from disk, or from memory."""

    path: str
    """In the repository."""
    size: int
    sha256: str
    content: Path | bytes

    def data(self) -> bytes:
        """The content."""
        content = self.content
        return content if isinstance(content, bytes) else content.read_bytes()

    def git_oid(self) -> str:
        """Git's object id of the content."""
        data = self.data()
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class Parcel(Struct, frozen=True, kw_only=True):
    """All that goes, the card apart: its text depends on what stands on the Hub."""

    card: str
    items: tuple[Item, ...]
    title: str
    """Title of the commit."""
    mark: str
    """Key in the YAML of the card that tells that the repository holds this kind of thing."""
    tag: str | None = None
    """Names this version."""
    owned: str = r"(?!)"
    """Expression for paths that may be removed from the repository where they do not go."""

    def with_card(self, card: str) -> tuple[Item, ...]:
        """All items, with the text of the card that is to stand on the Hub."""
        return (of_bytes(CARD, card.encode()), *self.items)


def of_bytes(path: str, data: bytes) -> Item:
    """A file from memory."""
    digest = hashlib.sha256(data).hexdigest()
    return Item(path=path, size=len(data), sha256=digest, content=data)


def dataset_parcel(dataset: Checked, receipt: Receipt, repo: str) -> Parcel:
    """What of a dataset folder goes: manifest, shards, the card and the plots that it shows.

    The card on the Hub tells of the scan and loads from the Hub; the one in the folder does
    neither, since it was scanned itself.
    """
    folder, manifest, name = dataset.folder, dataset.manifest, dataset.manifest_file
    text = card(manifest, name, examples(folder, manifest), _scanned(receipt))
    items = [of_bytes(name, (folder / name).read_bytes())]
    items += [
        Item(path=s.file, size=s.bytes, sha256=s.sha256, content=folder / s.file)
        for s in manifest.shards
    ]
    items += [of_bytes(plot, svg.encode()) for plot, svg in plots(manifest).items()]
    digest = name.removeprefix("data/manifest-").removesuffix(".json")
    rows = sum(shard.rows for shard in manifest.shards)
    return Parcel(
        card=with_notes(text.replace(_PLACEHOLDER, f'"{repo}"'), dataset.notes),
        items=tuple(items),
        title=f"trajset {manifest.trajset}: {rows:,} rows, build {digest}",
        mark=MARK,
        tag=f"build-{digest}",
        owned=r"data/[^/]+/\w+-\d{5}-[0-9a-f]{16}\.parquet|data/manifest-[0-9a-f]{16}\.json"
        r"|plots/[\w.-]+\.(?:svg|png)",
    )


def _scanned(receipt: Receipt) -> Scanned:
    """What of a receipt stands on the card."""
    return Scanned(
        scanners=receipt.scanners,
        rows=receipt.rows,
        texts=receipt.texts,
        allowed=len(receipt.findings) - len(receipt.blocking),
        open=len(receipt.blocking),
    )
