"""The different strings of a dataset's files, read by row group and column, in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from trajset.privacy.walk import Place, rewrite_value

BLOCK = 4_000_000
"""Characters of a block; the longest string may be longer."""
_NAMED = 400
"""A value longer than this is judged without its name."""
_SHORT = 100
"""Cells shorter than this are cheaper to read again than to remember."""


class Damaged(RuntimeError):
    """A shard cannot be read. The text names it."""


class Text(NamedTuple):
    """A string and where it stands first."""

    text: str
    name: str
    """What its value is called there: the key of a dict, the flag before it."""
    file: str
    row: str
    field: str


class Strings:
    """Takes strings in, each once. Remembers digests of 8 bytes, and no text beyond a block."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._cells: set[bytes] = set()
        self._block: list[Text] = []
        self._size = 0

    @property
    def count(self) -> int:
        """Different strings so far."""
        return len(self._seen)

    def full(self) -> bool:
        """Whether the block is as large as it may get."""
        return self._size >= BLOCK

    def take(self) -> list[Text]:
        """The block, which is empty afterwards."""
        block, self._block, self._size = self._block, [], 0
        return block

    def is_new(self, cell: str) -> bool:
        """Whether a cell's text was never asked about before; many stand in several configs."""
        if len(cell) < _SHORT:
            return True
        digest = _digest(cell)
        new = digest not in self._cells
        self._cells.add(digest)
        return new

    def add(self, value: Any, file: str, row: str, field: str) -> None:
        """Every string of a JSON value, keys of objects too; `field` goes on with those."""
        if isinstance(value, list):
            for item in value:
                self.add(item, file, row, field)
        elif isinstance(value, dict):
            for key, member in value.items():
                self._walk({key: member}, file, row, f"{field}.{key}" if field else key)
        else:
            self._walk(value, file, row, field)

    def _walk(self, value: Any, file: str, row: str, field: str) -> None:
        def visit(text: str, place: Place) -> str:
            name = place.name if len(text) <= _NAMED else ""
            digest = _digest(f"{name}\0{text}")
            if digest not in self._seen:
                self._seen.add(digest)
                self._block.append(Text(text, name, file, row, field))
                self._size += len(text)
            return text

        rewrite_value(value, visit)


def shard_blocks(folder: Path, files: list[str], strings: Strings) -> Iterator[list[Text]]:
    """The strings of Parquet files, in blocks; one column of a row group is in memory at a time.

    Raises:
        OSError: a file cannot be opened.
        Damaged: it is no whole Parquet file.
    """
    import pyarrow as pa

    for name in files:
        try:
            yield from _shard_blocks(folder, name, strings)
        except pa.ArrowException as error:
            raise Damaged(
                f"{name}: expected a whole Parquet file, found {type(error).__name__}; build again"
            ) from None
    yield strings.take()


def _shard_blocks(folder: Path, name: str, strings: Strings) -> Iterator[list[Text]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(folder / name) as file:
        columns = file.schema_arrow.names
        for group in range(file.num_row_groups):
            rows = _row_ids(file, group, columns)
            for column in columns:
                values = file.read_row_group(group, columns=[column]).column(0).to_pylist()
                for row, value in zip(rows, values, strict=True):
                    for cell in value if isinstance(value, list) else (value,):
                        if not isinstance(cell, str) or strings.is_new(cell):
                            strings.add(_decoded(cell), name, row, column)
                    if strings.full():
                        yield strings.take()


def text_block(folder: Path, files: list[str], strings: Strings) -> list[Text]:
    """The strings of the card and the manifest.

    Raises:
        OSError: a file cannot be read.
    """
    for name in files:
        text = (folder / name).read_text(encoding="utf-8", errors="replace")
        strings.add(_decoded(text) if name.endswith(".json") else text, name, "", "")
    return strings.take()


def _row_ids(file: Any, group: int, columns: list[str]) -> list[str]:
    if "id" in columns:
        ids = file.read_row_group(group, columns=["id"]).column(0).to_pylist()
        return [str(value) for value in ids]
    return [str(number) for number in range(file.metadata.row_group(group).num_rows)]


def _decoded(value: Any) -> Any:
    """JSON columns hold JSON texts; what is none stays a text."""
    if isinstance(value, str) and value[:1] in ("{", "[", '"'):
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            return value
    return value


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
