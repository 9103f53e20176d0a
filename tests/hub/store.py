"""The state of the Hub: accounts, repositories with their commits, large files."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field


@dataclass
class Account:
    """Somebody with a token."""

    name: str
    token: str
    role: str = "write"
    """`read` or `write`: what the token may do."""
    orgs: tuple[str, ...] = ()

    def owns(self, namespace: str) -> bool:
        """Whether repositories below a name are this account's."""
        return namespace == self.name or namespace in self.orgs


@dataclass(frozen=True)
class Blob:
    """A file in a commit."""

    data: bytes
    lfs: bool = False

    @property
    def git_oid(self) -> str:
        """The object id of Git; of a large file that of its pointer."""
        data = self.data if not self.lfs else self.pointer
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()

    @property
    def sha256(self) -> str:
        """The object id of LFS."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def pointer(self) -> bytes:
        """What Git holds in place of a large file."""
        return (
            "version https://git-lfs.github.com/spec/v1\n"
            f"oid sha256:{self.sha256}\nsize {len(self.data)}\n"
        ).encode()


@dataclass(frozen=True)
class Commit:
    """A commit, with its whole tree."""

    oid: str
    title: str
    tree: dict[str, Blob]
    operations: tuple[tuple[str, str], ...] = ()
    """(kind, path) as the client sent them."""


def _gitattributes() -> Blob:
    return Blob(b"*.parquet filter=lfs diff=lfs merge=lfs -text\n")


@dataclass
class Repository:
    """A dataset repository. A new one has a first commit with .gitattributes, as on the Hub."""

    id: str
    private: bool = True
    commits: list[Commit] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        if not self.commits:
            self.add("initial commit", {".gitattributes": _gitattributes()})

    @property
    def namespace(self) -> str:
        """The account or organisation that owns it."""
        return self.id.split("/")[0]

    @property
    def head(self) -> Commit:
        """The newest commit."""
        return self.commits[-1]

    @property
    def tree(self) -> dict[str, Blob]:
        """The files of the newest commit."""
        return self.head.tree

    def add(
        self, title: str, tree: dict[str, Blob], operations: tuple[tuple[str, str], ...] = ()
    ) -> Commit:
        """Append a commit."""
        with self.lock:
            seed = repr((self.id, len(self.commits), title, sorted(tree))).encode()
            commit = Commit(hashlib.sha1(seed).hexdigest(), title, tree, operations)
            self.commits.append(commit)
            return commit

    def put(self, path: str, data: bytes) -> Commit:
        """Commit one file, as a person would in the browser."""
        return self.add(f"Update {path}", self.tree | {path: Blob(data)})

    def at(self, revision: str) -> Commit | None:
        """The commit that a branch, tag or commit id names."""
        oid = self.tags.get(revision, revision)
        if revision in ("main", "refs/heads/main"):
            return self.head
        return next((commit for commit in self.commits if commit.oid == oid), None)
