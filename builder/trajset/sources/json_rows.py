"""Files that hold one JSON document, or one a line: their rows either way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from trajset.sources.files import open_binary
from trajset.sources.records import json_document, json_lines
from trajset.sources.tally import Tally

_any = msgspec.json.Decoder(Any)


def json_rows(place: str, tally: Tally) -> Iterator[tuple[int, Any]]:
    """Yield (line, value) for each line of JSON Lines, or (1, value) for the one document.

    Raises:
        SourceError: the file is one document that breaks off.
        OSError: the file cannot be read.
    """
    if not is_lines(place):
        yield 1, json_document(place, tally)
        return
    for line, row, _ in json_lines(place, tally, _any):
        yield line, row


def is_lines(place: str) -> bool:
    """Whether a file holds one JSON value a line, judged by its first two lines."""
    with open_binary(place) as file:
        first = _first(file).removeprefix(b"\xef\xbb\xbf").strip()
        second = _first(file)
    if not second:
        return not first.startswith(b"[")
    if first in (b"{", b"["):
        return False
    return _decodes(first) or _decodes(second)


def _first(lines: Any) -> bytes:
    """The next line that is not empty, or b""."""
    return next((line for line in lines if line.strip()), b"")


def _decodes(line: bytes) -> bool:
    try:
        _any.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return True
