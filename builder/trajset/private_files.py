"""Files that only their owner can read, written in one step."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def write_private(path: Path, data: bytes | Iterable[bytes], *, sync: bool = True) -> None:
    """Write a file (0600): a reader sees the old one or the whole new one.

    Args:
        path: the file; its folder is there.
        data: what it holds.
        sync: whether it must be on disk before it replaces the old one; not needed in a cache,
            where damage is found by checksums.

    Raises:
        OSError: it cannot be written; the old one is untouched.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines((data,) if isinstance(data, bytes) else data)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
