"""One row of each config for the card: out of the shards, shortened, as JSON to be read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from trajset.manifest import Manifest
from trajset.plan import SPLITS
from trajset.shards import Shard
from trajset.views import VIEWS
from trajset.views.view import ColumnType

_LEAST = 300
"""Tokens of a row that is worth showing, if there is one."""
_TEXT, _TAIL = 180, 60
"""Characters of a text that are shown, and how many of them from its end."""
_FIRST, _LAST = 2, 3
"""Items of a list that are shown."""
_SPANNED = ("trajectory", "messages", "prompt")
"""Columns into which the spans of a row point."""
_NUMBERS = 16
_LINE = 100
"""Characters of an object that stands on one line."""
_DEEP = 7
_FEATURES = {view.NAME: view.FEATURES for view in VIEWS}


def examples(folder: Path, manifest: Manifest) -> dict[str, str]:
    """Config -> a row of it, shortened: JSON with a line an item.

    The row is of the first shard of `train` (of another split where that is empty; what is for
    tests should not be read on a card): the shortest one that is not trivial, with a recovery if
    the config says so of rows, and with a model that its log tells.

    Raises:
        OSError: a shard cannot be read.
    """
    first: dict[str, Shard] = {}
    for shard in sorted(manifest.shards, key=lambda s: (SPLITS.index(s.split), s.bucket)):
        if shard.rows:
            first.setdefault(shard.config, shard)
    return {
        name: shown(_row(folder / shard.file, _FEATURES[name]), _FEATURES[name])
        for name, shard in first.items()
    }


def _row(path: Path, columns: dict[str, ColumnType]) -> dict[str, Any]:
    import pyarrow.parquet as pq

    asked = [name for name in ("n_tokens", "model", "has_error_recovery") if name in columns]
    with pq.ParquetFile(path) as file:
        rows = file.read(columns=asked).to_pylist()
        best = min(range(len(rows)), key=lambda at: (*_rank(rows[at]), at))
        group = 0
        while best >= file.metadata.row_group(group).num_rows:
            best -= file.metadata.row_group(group).num_rows
            group += 1
        row: dict[str, Any] = file.read_row_group(group).slice(best, 1).to_pylist()[0]
    return {name: _decoded(row[name], kind) for name, kind in columns.items()}


def _rank(row: dict[str, Any]) -> tuple[bool, bool, bool, int]:
    """What makes a row worth showing; the least is shown."""
    tokens: int = row["n_tokens"]
    plain = not row.get("has_error_recovery", True)
    return plain, tokens < _LEAST, row["model"] is None, tokens


def _decoded(value: Any, kind: ColumnType) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if value is not None and kind == "json":
        return msgspec.json.decode(value)
    if value is not None and kind == "list<json>":
        return [msgspec.json.decode(item) for item in value]
    return value


def shown(row: dict[str, Any], columns: dict[str, ColumnType]) -> str:
    """A row as JSON: a line for each column, and for each item of a list of objects."""
    lines = []
    for name, value in row.items():
        if columns[name] == "list<json>" and value:
            found = _some(value, [0] if name == "tools" else _worth(name, row))
            items = ",\n".join(_item(item) for item in found)
            lines.append(f"  {_json(name)}: [\n{items}\n  ]")
        else:
            lines.append(f"  {_json(name)}: {_json(value)}")
    return "{\n" + ",\n".join(lines) + "\n}"


def _item(value: Any) -> str:
    """An item of a list: on one line, or with a line for each of its keys."""
    line = f"    {_json(value)}"
    if len(line) <= _LINE or not isinstance(value, dict):
        return line
    members = ",\n".join(f"      {_json(key)}: {_json(item)}" for key, item in value.items())
    return f"    {{\n{members}\n    }}"


def _json(value: Any) -> str:
    text = msgspec.json.format(msgspec.json.encode(_short(value)), indent=0).decode()
    # Escapes mean the same in JSON; and no reader of Markdown or HTML takes them for a line's end.
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _short(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return "…" if depth > _DEEP else {_text(k): _short(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        if depth > _DEEP:
            return "…"
        if all(isinstance(item, int) for item in value):
            return value[:_NUMBERS] + [_more(n) for n in [len(value) - _NUMBERS] if n > 0]
        return [_short(item, depth + 1) for item in _some(value, _ends(value))]
    return value


def _worth(name: str, row: dict[str, Any]) -> list[int]:
    """Which items of a list to show: its ends, and around the first recovery span of the row."""
    value = row[name]
    spans = row.get("error_recovery_spans") or ([row["span"]] if row.get("span") else [])
    if not spans or name not in _SPANNED:
        return _ends(value)
    first, last = spans[0]
    return [0, first - 1, first, last - 2, last - 1, last, len(value) - 1]


def _ends(value: list[Any]) -> list[int]:
    return [*range(_FIRST), *range(len(value) - _LAST, len(value))]


def _some(value: list[Any], wanted: list[int]) -> list[Any]:
    """The items at some indices, and between them how many are left out."""
    found: list[Any] = []
    after = 0
    for at in sorted({at for at in wanted if 0 <= at < len(value)} | {len(value)}):
        if at - after == 1:
            found.append(value[after])
        elif at > after:
            found.append(_more(at - after))
        found += value[at : at + 1]
        after = at + 1
    return found


def _more(number: int) -> str:
    return f"… {number:,} more …"


def _text(text: str) -> str:
    if len(text) <= _TEXT + 40:
        return text
    left_out = len(text) - _TEXT
    return f"{text[: _TEXT - _TAIL]} … {left_out:,} characters … {text[-_TAIL:]}"
