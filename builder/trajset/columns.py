"""Python values -> Arrow arrays, made of buffers.

`pyarrow.array` does the same, but its first call imports pandas where that is installed, which
takes half a second in each process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from trajset.views.view import ColumnType

ARROW: dict[ColumnType, pa.DataType] = {
    "string": pa.string(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "timestamp": pa.timestamp("ms", tz="UTC"),
    "json": pa.json_(),
    "list<json>": pa.list_(pa.json_()),
    "list<string>": pa.list_(pa.string()),
    "list<int32>": pa.list_(pa.int32()),
    "list<list<int32>>": pa.list_(pa.list_(pa.int32())),
}
_NUMPY: dict[str, type[np.generic]] = {
    "int32": np.int32,
    "int64": np.int64,
    "float64": np.float64,
    "timestamp": np.int64,
}
_INNER: dict[str, ColumnType] = {
    "list<string>": "string",
    "list<int32>": "int32",
    "list<list<int32>>": "list<int32>",
}


def column(values: Sequence[Any], kind: ColumnType) -> pa.Array:
    """Values of one column; None is null where the column is a plain one."""
    if kind == "string":
        return _strings(values)
    if kind == "bool":
        return _fixed(values, kind, np.packbits(_filled(values, np.bool_), bitorder="little"))
    if kind in _NUMPY:
        return _fixed(values, kind, _filled(values, _NUMPY[kind]))
    if kind == "json":
        return _texts(values)
    if kind == "list<json>":
        return _lists(values, kind, _texts)
    return _lists(values, kind, lambda items: column(list(items), _INNER[kind]))


def _filled(values: Sequence[Any], kind: type[np.generic]) -> np.ndarray[Any, Any]:
    return np.array([0 if value is None else value for value in values], kind)


def _valid(values: Sequence[Any]) -> pa.Buffer | None:
    """The bits that say which values there are; None where there are all."""
    if None not in values:
        return None
    known = np.array([value is not None for value in values], np.bool_)
    return pa.py_buffer(np.packbits(known, bitorder="little"))


def _fixed(values: Sequence[Any], kind: ColumnType, data: np.ndarray[Any, Any]) -> pa.Array:
    return pa.Array.from_buffers(ARROW[kind], len(values), [_valid(values), pa.py_buffer(data)])


def _strings(values: Sequence[str | None]) -> pa.StringArray:
    return _of_bytes([b"" if v is None else v.encode() for v in values], _valid(values))


def _of_bytes(texts: Sequence[bytes], valid: pa.Buffer | None = None) -> pa.StringArray:
    buffers = _offsets(texts), pa.py_buffer(b"".join(texts)), valid
    return pa.StringArray.from_buffers(len(texts), *buffers)


def _offsets(values: Sequence[Any]) -> pa.Buffer:
    offsets = np.zeros(len(values) + 1, np.int32)
    np.cumsum([len(value) for value in values], out=offsets[1:])
    return pa.py_buffer(offsets)


def _lists(
    values: Sequence[Any], kind: ColumnType, inner: Callable[[Iterable[Any]], pa.Array]
) -> pa.Array:
    children = inner(chain.from_iterable(values))
    return pa.Array.from_buffers(
        ARROW[kind], len(values), [None, _offsets(values)], children=[children]
    )


def _texts(values: Iterable[Any]) -> pa.Array:
    """Values as JSON texts; what stands in many rows (a message in prompts) is encoded once."""
    known: dict[int, bytes] = {}
    texts = []
    held = []  # or an id could be taken again
    for value in values:
        text = known.get(id(value))
        if text is None:
            text = known[id(value)] = msgspec.json.encode(value)
            held.append(value)
        texts.append(text)
    return pa.ExtensionArray.from_storage(pa.json_(), _of_bytes(texts))
