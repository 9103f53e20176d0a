"""Opening and walking places: local paths, fsspec URLs, compressed files."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from trajset.sources.head import HEAD_BYTES, Head
from trajset.sources.tables import SUFFIXES, as_json_lines

_SKIPPED_FOLDERS = frozenset({".git", "node_modules", "__pycache__", ".venv", "venv"})


def is_remote(place: str) -> bool:
    """Whether a place is an fsspec URL (`s3://…`) and not a local path."""
    return "://" in place and not place.startswith("file://")


def open_binary(place: str) -> IO[bytes]:
    """Open a log for reading: `.gz` and `.zst` decompressed, rows of tables as JSON Lines.

    Raises:
        OSError: the place cannot be opened; reading raises it too where the file is damaged.
    """
    if is_remote(place):
        import fsspec

        raw = cast("IO[bytes]", fsspec.open(place, "rb").open())
    else:
        raw = Path(place).open("rb", buffering=1 << 20)  # noqa: SIM115 - the reader owns it
    suffix = Path(place).suffix.lower()
    if suffix == ".gz":
        return _guarded(cast("IO[bytes]", gzip.GzipFile(fileobj=raw)))
    if suffix in (".zst", ".zstd"):
        return _guarded(cast("IO[bytes]", _Zstd(raw)))
    if suffix in SUFFIXES:
        return as_json_lines(raw, suffix)
    return raw


def _guarded(reader: IO[bytes]) -> IO[bytes]:
    return io.BufferedReader(_Decompressed(reader), 1 << 20)


class _Zstd:
    """Frames of zstd, one after the other; a cut-off last frame is an error, not an end."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self._frame: Any = None
        self._data = b""

    def read(self, size: int) -> bytes:
        while not self._data:
            chunk = self._raw.read(1 << 20)
            if not chunk:
                if self._frame is not None and not self._frame.eof:
                    raise OSError("expected a whole zstd frame, found its beginning")
                return b""
            while chunk:
                if self._frame is None or self._frame.eof:
                    import zstandard

                    self._frame = zstandard.ZstdDecompressor().decompressobj()
                self._data += self._frame.decompress(chunk)
                chunk = self._frame.unused_data if self._frame.eof else b""
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    def close(self) -> None:
        self._raw.close()


class _Decompressed(io.RawIOBase):
    """A decompressing reader whose complaints about damaged data are OSErrors."""

    def __init__(self, reader: IO[bytes]) -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._reader.read(len(buffer))
        except OSError:
            raise
        except Exception as error:  # EOFError, zlib.error, ZstdError: none has a common base
            raise OSError(f"damaged compressed data ({type(error).__name__})") from None
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._reader.close()
        super().close()


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


def place_name(place: str, parts: int = 3) -> str:
    """The last parts of a place, without suffixes: names a log that holds no id of its own,
    and stays the same when the folders above it are moved. One part is the name of the file.
    """
    names = [name for name in place.replace("\\", "/").split("/") if name][-parts:]
    return "/".join([*names[:-1], names[-1].partition(".")[0]]) if names else place


def walk(place: str, failed: Callable[[OSError], None] | None = None) -> Iterator[str]:
    """All files at or below a place, in sorted order. Symbolic links to folders are not followed.

    Args:
        place: a file, a folder or a URL.
        failed: told about each folder that cannot be listed.

    Raises:
        FileNotFoundError: there is nothing at the place.
    """
    if is_remote(place):
        import fsspec

        protocol = place.split("://", 1)[0]
        try:
            filesystem, path = fsspec.url_to_fs(place)
            found = sorted(filesystem.find(path))
        except Exception as error:  # each filesystem raises what its client raises
            reason = str(error) if isinstance(error, ImportError | ValueError) else ""
            raise FileNotFoundError(
                f"{place}: expected a place that can be listed, found "
                f"{type(error).__name__}{': ' if reason else ''}{reason}"
            ) from None
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
    for folder, folders, names in os.walk(local, onerror=failed):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED_FOLDERS)
        for name in sorted(names):
            full = Path(folder) / name
            if full.is_file():
                yield str(full)
