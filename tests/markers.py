"""Markers planted into logs: copies of the cases in which every text says that it is somebody's.

`values` leaves alone what a source needs to know a record by; `names` marks what could pass for a
harmless name: tools, models, sessions, calls, versions. The same value is marked the same way
everywhere, so that results still find their calls.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

MARK = "zqxmark"
_TEXT = f" {MARK} /home/dana/{MARK}/notes.txt {MARK}@example.org password={MARK}A1b2C3d4"
_NAMES = re.compile(
    r"(?:^|[a-z_])(?:name|tool|model|modelID|modelId|provider\w*|session_?id|sessionID|sessionId|"
    r"instance_id|call_?id|callID|tool_?call_?id|toolCallId|tool_use_id|version|cli_version|"
    r"agent\w*|harness|producer|api|source_call_id|function_name|toolName|tool_name|slug)$"
)
_KNOWN_BY = re.compile(
    r"(?:^|_)(?:type|role|kind|status|subtype|id|timestamp|time|date|created\w*|updated\w*|"
    r"start\w*|end\w*|schema\w*|version|source|mode|phase|state|action|method|say|ask|from|"
    r"event|object|observation|class_|finish\w*|stop\w*|origin\w*|uuid)$|"
    r"(?:Id|ID|Uuid|UUID|Uuids|Time|At|Type|Update|Op|Version|Reason|ArrayIndex)$"
)


def planted(value: Any, *, names: bool, key: str = "") -> Any:
    """A JSON value with markers in its strings; JSON inside of strings is opened as well."""
    if isinstance(value, dict):
        return {k: planted(v, names=names, key=k) for k, v in value.items()}
    if isinstance(value, list):
        return [planted(item, names=names, key=key) for item in value]
    if not isinstance(value, str):
        return value
    if _NAMES.search(key):
        return f"{value}_{MARK}" if names and value else value
    if _KNOWN_BY.search(key) or names:
        return value
    if value[:1] in "{[":
        try:
            return json.dumps(planted(json.loads(value), names=names, key=key))
        except ValueError:
            return value + _TEXT
    return value + _TEXT


def plant_file(source: Path, target: Path, *, names: bool) -> None:
    """Write a marked copy of a log."""
    data = source.read_bytes()
    try:
        text = data.decode()
    except UnicodeDecodeError:
        target.write_bytes(data)
        return
    try:
        target.write_text(json.dumps(planted(json.loads(text), names=names)), encoding="utf-8")
    except ValueError:
        lines = (_line(line, names=names) for line in text.splitlines())
        target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(line: str, *, names: bool) -> str:
    try:
        return json.dumps(planted(json.loads(line), names=names))
    except ValueError:
        plain = line.strip() and not re.match(r"[#>`<*_|\-=]|[+@]|\d", line) and not names
        return line + _TEXT if plain else line
