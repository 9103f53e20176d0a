"""Tools that a harness writes out in its system prompt, for models without native tool calls.

```
---- BEGIN FUNCTION #1: bash ----
Description: …
Parameters:
  (1) command (string, required): …
---- END FUNCTION #1 ----
```
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

_BEGIN = re.compile(r"^---- BEGIN FUNCTION #\d+: (\S+) ----[ \t]*$", re.MULTILINE)
_END = re.compile(r"^---- END FUNCTION #\d+ ----", re.MULTILINE)
_PARAMETER = re.compile(
    r"^[ \t]*\(\d+\) (\S+) \((\w+), (required|optional)\):[ \t]*(.*)$", re.MULTILINE
)
_JSON_TYPES: dict[str, type | tuple[type, ...]] = {
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


def declared_tools(prompt: str) -> tuple[dict[str, Any], ...]:
    """The schemas that a system prompt declares, in order; none where it declares none."""
    tools = []
    for begin in _BEGIN.finditer(prompt):
        end = _END.search(prompt, begin.end())
        if end is None:
            break
        tools.append(_tool(begin[1], prompt[begin.end() : end.start()]))
    return tuple(tools)


def _tool(name: str, block: str) -> dict[str, Any]:
    described, _, listed = block.partition("\nParameters:")
    if not listed:
        described = described.partition("\nNo parameters are required")[0]
    properties: dict[str, Any] = {}
    required: list[str] = []
    for parameter, kind, need, text in _PARAMETER.findall(listed):
        known = kind == "string" or kind in _JSON_TYPES
        properties[parameter] = {"type": kind} if known else {}
        if text.strip():
            properties[parameter]["description"] = text.strip()
        if need == "required":
            required.append(parameter)
    function = {
        "name": name,
        "description": described.strip().removeprefix("Description:").strip(),
        "parameters": {"type": "object", "properties": properties, "required": required},
    }
    return {"type": "function", "function": function}


def typed(
    tool: str, arguments: dict[str, Any], tools: tuple[dict[str, Any], ...]
) -> dict[str, Any]:
    """Arguments that were written as text, as the types that the declared schema gives them.

    A value that does not read as its declared type stays text: then the call was malformed.
    """
    schema = next((t["function"] for t in tools if t["function"].get("name") == tool), None)
    parameters = schema.get("parameters") if schema else None
    properties = parameters.get("properties") if isinstance(parameters, dict) else None
    if not isinstance(properties, dict):
        return arguments
    return {name: _as(value, properties.get(name)) for name, value in arguments.items()}


def _as(value: Any, schema: Any) -> Any:
    kind = schema.get("type") if isinstance(schema, dict) else None
    expected = _JSON_TYPES.get(kind) if isinstance(kind, str) else None
    if expected is None or not isinstance(value, str):
        return value
    try:
        read = msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return value
    if not isinstance(read, expected) or (kind != "boolean" and isinstance(read, bool)):
        return value
    return read
