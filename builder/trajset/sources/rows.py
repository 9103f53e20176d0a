"""Data sets as files: one run a row, as JSON Lines or as one list; some columns are JSON text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from trajset.sources.json_rows import json_rows
from trajset.sources.tally import Tally


def rows(place: str, tally: Tally) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (number from 1, row) for each row; what is no object is counted as `no_object`.

    Raises:
        SourceError: the file is one JSON document, and cannot be decoded.
        OSError: the file cannot be read.
    """
    for line, value in json_rows(place, tally):
        listed = isinstance(value, list)
        for number, row in enumerate(value if listed else [value], 1 if listed else line):
            if isinstance(row, dict):
                yield number, row
            else:
                tally.skip("no_object")


def decoded(value: Any) -> Any:
    """A column that some data sets store as JSON text: the value in it, else the value itself."""
    if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return value
