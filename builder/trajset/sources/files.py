"""Opening and walking places: local paths, fsspec URLs, compressed files."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from trajset.sources.head import HEAD_BYTES, Head

_SKIPPED_FOLDERS = frozenset({".git", "node_modules", "__pycache__", ".venv", "venv"})


def is_remote(place: str) -> bool:
    """Whether a place is an fsspec URL (`s3://…`) and not a local path."""
    return "://" in place and not place.startswith("file://")


def open_binary(place: str) -> IO[bytes]:
    """Open a log for reading, decompressing `.gz` and `.zst`.

    Raises:
        OSError: the place cannot be opened.
    """
    if is_remote(place):
        import fsspec

        return cast("IO[bytes]", fsspec.open(place, "rb", compression="infer").open())
    if place.endswith(".gz"):
        return cast("IO[bytes]", gzip.open(place, "rb"))
    if place.endswith((".zst", ".zstd")):
        import zstandard

        raw = Path(place).open("rb")  # noqa: SIM115 - closed by the reader that wraps it
        reader = zstandard.ZstdDecompressor().stream_reader(raw, closefd=True, read_across_frames=True)
        return cast("IO[bytes]", io.BufferedReader(cast("io.RawIOBase", reader), 1 << 20))
    return Path(place).open("rb", buffering=1 << 20)


def read_bytes(place: str) -> bytes:
    """The whole content of a log, decompressed."""
    with open_binary(place) as file:
        return file.read()


def read_head(place: str) -> Head:
    """The first bytes of a log, for claiming."""
    with open_binary(place) as file:
        data = file.read(HEAD_BYTES + 1)
    return Head(place, data[:HEAD_BYTES], whole=len(data) <= HEAD_BYTES)


def size_of(place: str) -> int:
    """Bytes on disk; 0 for remote places."""
    return 0 if is_remote(place) else Path(place).stat().st_size


def walk(place: str) -> Iterator[str]:
    """All files at or below a place, in sorted order. Symbolic links to folders are not followed.

    Raises:
        FileNotFoundError: there is nothing at the place.
    """
    if is_remote(place):
        import fsspec

        filesystem, path = fsspec.url_to_fs(place)
        protocol = place.split("://", 1)[0]
        found = sorted(filesystem.find(path))
        if not found:
            raise FileNotFoundError(f"{place}: expected a file or folder, found nothing")
        for name in found:
            yield f"{protocol}://{name}"
        return
    local = Path(place)
    if local.is_file():
        yield str(local)
        return
    if not local.is_dir():
        raise FileNotFoundError(f"{place}: expected a file or folder, found nothing")
    for folder, folders, names in os.walk(local):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED_FOLDERS)
        for name in sorted(names):
            full = Path(folder) / name
            if full.is_file():
                yield str(full)
