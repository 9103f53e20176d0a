"""Building the JSON schema of a tool, for catalogues of what a harness offers its model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def function_tool(
    name: str,
    description: str,
    required: Mapping[str, str] | None = None,
    optional: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A tool as `{"type": "function", "function": {...}}`; parameters map names to JSON types."""
    needed = dict(required or {})
    properties = {key: {"type": kind} for key, kind in (needed | dict(optional or {})).items()}
    parameters: dict[str, Any] = {"type": "object", "properties": properties}
    if needed:
        parameters["required"] = list(needed)
    return recorded_tool(name, description, parameters)


def recorded_tool(name: str, description: object, parameters: object) -> dict[str, Any]:
    """A tool whose schema a log holds; what the log has in a wrong type is left empty.

    Nulls are left out: in a table every schema has the columns of all others, and a schema with
    `"path": null` among its properties is none.
    """
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": description if isinstance(description, str) else "",
            "parameters": _without_nulls(parameters)
            if isinstance(parameters, dict)
            else {"type": "object", "properties": {}},
        },
    }


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        may_be_null = ("default", "const")
        return {
            key: _without_nulls(item)
            for key, item in value.items()
            if item is not None or key in may_be_null
        }
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
