"""What the user's cache holds, and clearing it: by hand, or what nothing has used for long."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

KINDS = {
    "fragments": "redacted trajectories, one file a log",
    "rows": "rows of all configs, one file a log",
    "shards": "which rows gave which shard",
    "contents": "digests of logs",
    "builds": "datasets that AgentSessions made",
    "automata": "compiled detectors",
}
"""Folders below the cache, and what is in them."""
UNUSED_DAYS = 60
"""Days after which a build clears what nothing has used."""
_DAY = 86_400
_MARK = "cleared"


class Use(Struct, frozen=True, kw_only=True):
    """What one folder of the cache holds."""

    kind: str
    files: int
    bytes: int


def used(path: Path) -> None:
    """Take note that an entry was of use; its time of change says when."""
    os.utime(path)


def usage(folder: Path) -> list[Use]:
    """What each folder below the cache holds, in the order of `KINDS`."""
    found = []
    for kind in KINDS:
        sizes = [stat.st_size for _, stat in _files(folder / kind)]
        found.append(Use(kind=kind, files=len(sizes), bytes=sum(sizes)))
    return found


def clear(folder: Path, unused_days: float = 0) -> Use:
    """Delete what has not been used for some days (0: all); returns what is gone.

    Raises:
        OSError: something cannot be deleted.
    """
    before = time.time() - unused_days * _DAY
    files = size = 0
    for kind in KINDS:
        for path, stat in _files(folder / kind):
            if unused_days and stat.st_mtime >= before:
                continue
            path.unlink(missing_ok=True)
            files += 1
            size += stat.st_size
        _without_empty(folder / kind)
    return Use(kind="all", files=files, bytes=size)


def clear_sometimes(folder: Path) -> None:
    """Once a day, delete what has not been used for `UNUSED_DAYS` days."""
    mark = folder / _MARK
    if mark.exists() and time.time() - mark.stat().st_mtime < _DAY:
        return
    mark.touch(mode=0o600)
    clear(folder, UNUSED_DAYS)


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for path in folder.rglob("*"):
        try:
            stat = path.stat()
        except FileNotFoundError:  # another build clears at the same time
            continue
        if not path.is_dir():
            yield path, stat


def _without_empty(folder: Path) -> None:
    """Remove folders that hold nothing any more, the innermost first."""
    for path in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()
