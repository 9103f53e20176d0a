"""Digests of logs by content, remembered for as long as a log's file stays as it is.

As git's index does: a digest is believed while size, inode and time of change are the same, and is
remembered only for files that have been at rest for a while, since a write within the clock's
resolution would not show.
"""

from __future__ import annotations

import time
from hashlib import blake2b
from pathlib import Path

from trajset.cache import private_folder
from trajset.cache_use import used
from trajset.private_files import write_private
from trajset.sources import SOURCES
from trajset.sources.files import is_remote, open_binary, place_name
from trajset.sources.unit import Unit

_HEX = 32
"""Length of a digest."""
_AT_REST = 2_000_000_000
"""Nanoseconds since the last change after which a digest is remembered."""


def content_digest(unit: Unit, remembered: Path | None = None) -> str:
    """Digest of a unit's bytes, range and, where its source reads them, names.

    A source whose module says `NAMED_BY_PATH = False` takes nothing from a path, so that a moved
    log is still known; for others the last parts of the path count.

    Args:
        unit: what to read.
        remembered: folder of the digests of earlier calls; None reads every byte.

    Raises:
        OSError: a file cannot be read.
    """
    state = None if remembered is None else _state(unit)
    if state is None or remembered is None:
        return _digest(unit)
    if (known := remembered_digest(unit, remembered)) is not None:
        return known
    digest = _digest(unit)
    if _rests(unit) and _state(unit) == state:
        write_private(_place(unit, remembered), f"{state} {digest}".encode(), sync=False)
    return digest


def remembered_digest(unit: Unit, remembered: Path) -> str | None:
    """The digest of a unit if it is remembered; None where it has to be read.

    Raises:
        OSError: a file is not there any more.
    """
    state = _state(unit)
    file = _place(unit, remembered)
    known = None if state is None else _known(file, state)
    if known is not None:
        used(file)
    return known


def _place(unit: Unit, remembered: Path) -> Path:
    name = blake2b(f"{unit.harness} {unit.path} {unit.start} {unit.end}".encode()).hexdigest()
    return private_folder(remembered / name[:2]) / name[2:42]


def _known(file: Path, state: str) -> str | None:
    try:
        then, _, digest = file.read_text(encoding="ascii").partition(" ")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return digest if then == state and len(digest) == _HEX else None


def _digest(unit: Unit) -> str:
    digest = blake2b(f"{unit.harness} {unit.start} {unit.end}".encode(), digest_size=16)
    source = next((s for s in SOURCES if unit.harness == s.NAME), None)
    named = getattr(source, "NAMED_BY_PATH", True)
    for file in unit.files:
        name = place_name(file) if named else ""
        digest.update(f"\0{name}\0".encode())
        with open_binary(file) as opened:
            while block := opened.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _state(unit: Unit) -> str | None:
    """What changes when a file does; None for remote files."""
    digest = blake2b(digest_size=16)
    for file in unit.files:
        if is_remote(file):
            return None
        stat = Path(file).stat()
        found = (file, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
        digest.update(repr(found).encode())
    return digest.hexdigest()


def _rests(unit: Unit) -> bool:
    now = time.time_ns()
    return all(now - Path(file).stat().st_mtime_ns > _AT_REST for file in unit.files)
