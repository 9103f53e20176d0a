"""Decoding an object whose fields may have wrong types: the good ones are kept."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

S = TypeVar("S", bound=Struct)


def salvage(value: dict[str, Any], wanted: type[S], depth: int = 4) -> S:
    """An instance of `wanted` with every field of `value` that has the right type.

    Fields that are structs, or lists of structs, are salvaged in turn down to `depth`; every other
    field of a wrong type keeps its default.
    """
    fields: dict[str, Any] = {}
    for name, key, kind in _fields(wanted):
        if key not in value:
            continue
        try:
            fields[name] = msgspec.convert(value[key], kind)
        except msgspec.ValidationError:
            found = _inner(value[key], kind, depth - 1) if depth > 0 else None
            if found is not None:
                fields[name] = found
    return wanted(**fields)


def _inner(value: Any, kind: Any, depth: int) -> Any:
    for part in (kind, *getattr(kind, "__args__", ())):
        if isinstance(value, dict) and isinstance(part, type) and issubclass(part, Struct):
            return salvage(value, part, depth)
        if isinstance(value, list) and getattr(part, "__origin__", None) is list:
            item = part.__args__[0]
            if isinstance(item, type) and issubclass(item, Struct):
                return [salvage(v, item, depth) for v in value if isinstance(v, dict)]
    return None


@cache
def _fields(wanted: type[Struct]) -> tuple[tuple[str, str, Any], ...]:
    return tuple((f.name, f.encode_name, f.type) for f in msgspec.structs.fields(wanted))
