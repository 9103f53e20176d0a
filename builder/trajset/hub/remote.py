"""What stands on the Hub: visibility, files, tags, and the card."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from msgspec import Struct, field

from trajset.hub.connection import Connection
from trajset.hub.errors import Refused
from trajset.hub.parcel import CARD, Item, Parcel
from trajset.hub.patience import patiently
from trajset.notes import NotesError, merge, notes_of


class RemoteFile(Struct, frozen=True, kw_only=True):
    """A file of the repository, as the Hub describes it."""

    size: int
    git_oid: str
    sha256: str | None = None
    """Of large files only."""

    def holds(self, item: Item) -> bool:
        """Whether it has an item's content."""
        if self.size != item.size:
            return False
        if self.sha256 is not None:
            return self.sha256 == item.sha256
        return self.git_oid == item.git_oid()


class Remote(Struct, frozen=True, kw_only=True):
    """The repository at its newest commit."""

    exists: bool = False
    private: bool = True
    head: str | None = None
    files: dict[str, RemoteFile] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    """Name -> commit."""
    card: str | None = None


def look(hub: Connection, public: bool) -> Remote:
    """What stands on the Hub; nothing is written.

    Args:
        hub: the repository and the account.
        public: whether a repository that everybody can see is accepted.

    Raises:
        Refused: the repository is public.
        PushError: the Hub cannot be asked.
    """
    seen = patiently(lambda: _look(hub), "looking at the repository", hub.repo, hub.tell)
    if seen.exists and not seen.private and not public:
        raise Refused(
            f"{hub.repo}: expected a private repository, found a public one: everybody would see "
            "what is pushed. Push to another, make it private in its settings on the Hub, or say "
            "--public and type its name"
        )
    return seen


def _look(hub: Connection) -> Remote:
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        info = hub.api.repo_info(hub.repo, repo_type="dataset")
    except RepositoryNotFoundError:
        return Remote()
    files = files_at(hub, info.sha) if info.sha else {}
    refs = hub.api.list_repo_refs(hub.repo, repo_type="dataset")
    return Remote(
        exists=True,
        private=info.private is True,
        head=info.sha,
        files=files,
        tags={tag.name: tag.target_commit for tag in refs.tags},
        card=_card(hub, info.sha) if CARD in files else None,
    )


def files_at(hub: Connection, commit: str) -> dict[str, RemoteFile]:
    """The files of a commit by path, with sizes and digests from the Hub."""
    entries: Any = hub.api.list_repo_tree(
        hub.repo, recursive=True, revision=commit, repo_type="dataset"
    )
    return {
        entry.path: RemoteFile(
            size=entry.size,
            git_oid=entry.blob_id,
            sha256=entry.lfs.sha256 if entry.lfs is not None else None,
        )
        for entry in entries
        if hasattr(entry, "blob_id")
    }


def _card(hub: Connection, commit: str) -> str:
    """The card's text; fetched into a folder that is gone afterwards, not into the cache."""
    with TemporaryDirectory(prefix="trajset-") as folder:
        path = hub.api.hf_hub_download(
            hub.repo, CARD, repo_type="dataset", revision=commit, local_dir=folder
        )
        return Path(path).read_bytes().decode("utf-8", errors="replace")


class Changes(Struct, frozen=True, kw_only=True):
    """What a push would change."""

    items: tuple[Item, ...]
    """All that is to stand there in the end."""
    added: tuple[Item, ...]
    """New or different."""
    removed: tuple[str, ...]
    """Paths of earlier pushes that go."""
    others: int
    """Files of other people that stay."""
    keeps_notes: bool
    """Whether the card on the Hub holds notes that stay."""
    other_notes: bool
    """Whether the card here holds notes that differ from those, and will not go."""
    tag: str | None
    """The tag that is to be set."""

    @property
    def needs_commit(self) -> bool:
        """Whether anything is different."""
        return bool(self.added or self.removed)


def changes(parcel: Parcel, remote: Remote) -> Changes:
    """What it takes to make the repository hold the parcel.

    Raises:
        Refused: the repository holds a card of somebody else, or one whose notes are damaged.
    """
    card, kept, here = parcel.card, "", notes_of(parcel.card)
    if remote.card is not None:
        refuse_other_card(remote.card, parcel.mark)
        try:
            kept, card = notes_of(remote.card), merge(remote.card, card)
        except NotesError as error:
            raise Refused(f"README.md on the Hub: {error}; repair it there first") from None
    items = parcel.with_card(card)
    added = tuple(
        item
        for item in items
        if item.path not in remote.files or not remote.files[item.path].holds(item)
    )
    staying = set(remote.files) - {item.path for item in items}
    removed = tuple(sorted(path for path in staying if re.fullmatch(parcel.owned, path)))
    return Changes(
        items=items,
        added=added,
        removed=removed,
        others=len(staying) - len(removed) - (".gitattributes" in staying),
        keeps_notes=bool(kept),
        other_notes=bool(kept and here and kept != here),
        tag=parcel.tag if parcel.tag not in remote.tags else None,
    )


def refuse_other_card(card: str, mark: str) -> None:
    """Raise Refused for a README.md that was written by somebody else, or for something else.

    One that consists of YAML alone, as the Hub itself makes it, is nobody's work.
    """
    parts = re.split(r"^---[ \t]*\r?$\n?", card, maxsplit=2, flags=re.MULTILINE)
    front, body = (parts[1], parts[2]) if len(parts) == 3 and not parts[0] else ("", card)
    try:
        value = yaml.safe_load(front)
    except yaml.YAMLError:
        value = None
    if isinstance(value, dict) and mark in value:
        return
    if body.strip():
        raise Refused(
            "README.md on the Hub: expected none, or one that a push like this wrote, found "
            "another; push to a repository of its own"
        )


def differences(
    files: dict[str, RemoteFile], items: Collection[Item], removed: Collection[str]
) -> list[str]:
    """Paths that are not as they should be after a push, each with what is wrong."""
    wrong = [
        f"{item.path} ({'differs' if item.path in files else 'missing'})"
        for item in items
        if item.path not in files or not files[item.path].holds(item)
    ]
    return wrong + [f"{path} (still there)" for path in removed if path in files]
