"""The receipt of a scan: what was scanned, with what, and what was found; never a value."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from trajset.folder import manifest_file, receipt_name
from trajset.private_files import write_private
from trajset.shards import file_digest

RECEIPT_SCHEMA = 1
CHANGED = "changed_file"
"""Kind of a finding that cannot be allowed: a file is not the one that the build wrote."""


class ScanFinding(Struct, frozen=True, kw_only=True):
    """One value that a scanner takes for a secret, and where it stands first."""

    scanner: str
    kind: str
    """What the scanner calls it."""
    config: str = ""
    """Empty for README.md and the manifest, which are scanned as well."""
    split: str = ""
    file: str
    """Path below the dataset folder, with `/`."""
    row: str = ""
    """The row's `id`."""
    field: str = ""
    """Column, and the keys below it: `messages.content`."""
    texts: int = 1
    """In how many different texts it stands."""
    hash: str = ""
    """What `privacy.allow_findings` takes; keyed, so that no value can be guessed from it."""
    allowed: bool = False


class ScannedFile(Struct, frozen=True, kw_only=True):
    """A file as it was scanned."""

    file: str
    sha256: str
    bytes: int
    rows: int = 0


class Receipt(Struct, kw_only=True):
    """What a scan of a dataset folder found."""

    schema: int = RECEIPT_SCHEMA
    manifest: str
    """SHA-256 of the manifest."""
    scanners: dict[str, str] = field(default_factory=dict)
    """Name -> version."""
    files: list[ScannedFile] = field(default_factory=list)
    texts: int = 0
    """Different texts that were read."""
    findings: list[ScanFinding] = field(default_factory=list)

    @property
    def blocking(self) -> list[ScanFinding]:
        """The findings that nobody has allowed."""
        return [finding for finding in self.findings if not finding.allowed]

    @property
    def clean(self) -> bool:
        """Whether nothing stands in the way of a push."""
        return not self.blocking

    @property
    def rows(self) -> int:
        """Rows that were read."""
        return sum(file.rows for file in self.files)

    @property
    def bytes(self) -> int:
        """Size of the files that were read."""
        return sum(file.bytes for file in self.files)

    def counts(self) -> dict[str, dict[str, int]]:
        """scanner -> kind -> number of values."""
        result: dict[str, dict[str, int]] = {}
        for finding in self.findings:
            kinds = result.setdefault(finding.scanner, {})
            kinds[finding.kind] = kinds.get(finding.kind, 0) + 1
        return result

    def allowing(self, hashes: Collection[str]) -> Receipt:
        """The same with just the findings of these hashes allowed."""
        wanted = {value.lower() for value in hashes}
        findings = [
            replace(finding, allowed=bool(finding.hash) and finding.hash in wanted)
            for finding in self.findings
        ]
        return replace(self, findings=findings)


def receipt_path(folder: Path, manifest_digest: str) -> Path:
    """Where the receipt for a manifest lies."""
    return folder / receipt_name(f"data/manifest-{manifest_digest[:16]}.json")


def write_receipt(folder: Path, receipt: Receipt) -> Path:
    """Write the receipt in one step, readable by its owner only."""
    path = receipt_path(folder, receipt.manifest)
    data = msgspec.json.format(msgspec.json.encode(receipt), indent=1) + b"\n"
    write_private(path, data)
    return path


def load_receipt(folder: Path) -> Receipt | None:
    """The receipt of the dataset as it is now.

    None where there is none, where it is damaged or of another version, and where the manifest or
    a file that was scanned has changed since.

    Raises:
        FolderError: README.md is not ours.
    """
    name = manifest_file(folder)
    if name is None or not (folder / name).is_file():
        return None
    digest = sha256((folder / name).read_bytes()).hexdigest()
    try:
        data = receipt_path(folder, digest).read_bytes()
        receipt = msgspec.json.decode(data, type=Receipt)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    if receipt.schema != RECEIPT_SCHEMA or receipt.manifest != digest:
        return None
    unchanged = all(_is_same(folder / file.file, file) for file in receipt.files)
    return receipt if unchanged else None


def _is_same(path: Path, scanned: ScannedFile) -> bool:
    return path.is_file() and file_digest(path) == (scanned.sha256, scanned.bytes)
