"""The first bytes of a file, decoded as far as they go: all that may be looked at to claim it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import jiter
import msgspec

HEAD_BYTES = 65_536


class Head:
    """First `HEAD_BYTES` of a file (after decompression), with lenient views of them.

    `data` holds the bytes, `whole` says whether they are the whole file.
    """

    def __init__(self, path: str, data: bytes, *, whole: bool) -> None:
        self.path = path
        self.data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"")
        self.whole = whole

    @cached_property
    def records(self) -> tuple[Any, ...]:
        """JSON values at the start, up to 16: one a line, or the one document.

        A value that the head cuts off is completed by closing what is open (its last string may be
        cut too). Lines that are no JSON are left out.
        """
        first, _, _ = self.data.lstrip().partition(b"\n")
        if _decodes(first):
            lines = self.data.splitlines() if self.whole else self.data.split(b"\n")
            values = [value for line in lines[:64] if (value := _partial(line)) is not _NOTHING]
            return tuple(values[:16])
        second = self.data.lstrip().split(b"\n", 2)[1:2]
        # A line cut in its middle may swallow the next ones as one value: these are records.
        lines_follow = first.strip() not in (b"{", b"[") and any(map(_decodes, second))
        value = _NOTHING if lines_follow else _partial(self.data)
        if value is not _NOTHING and value is not None:
            return (value,)
        # A damaged first line must not hide the records after it.
        values = [
            value
            for line in self.data.split(b"\n")[1:64]
            if (value := _partial(line)) is not _NOTHING
        ]
        return tuple(values[:16])

    @cached_property
    def document(self) -> Any:
        """The file as one JSON value (perhaps cut off), or None where it is one record a line."""
        records = self.records
        if len(records) != 1:
            return None
        return records[0]

    @cached_property
    def objects(self) -> tuple[dict[str, Any], ...]:
        """Those of `records` that are objects; the items of a list document count as records."""
        records: tuple[Any, ...] = self.records
        if len(records) == 1 and isinstance(records[0], list):
            records = tuple(records[0][:16])
        return tuple(r for r in records if isinstance(r, dict))

    @cached_property
    def text(self) -> str:
        """The bytes as text; what is no UTF-8 is replaced."""
        return self.data.decode("utf-8", errors="replace")


_NOTHING = object()


def _decodes(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return bool(line.strip())


def _partial(data: bytes) -> Any:
    """Decode a JSON value that may be cut off at the end; `_NOTHING` if it is none."""
    data = data.strip()
    if not data.startswith((b"{", b"[")):
        return _NOTHING
    try:
        return jiter.from_json(data, partial_mode="trailing-strings")
    except ValueError:
        return _NOTHING
