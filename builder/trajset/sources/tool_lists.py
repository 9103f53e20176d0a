"""Tool definitions as logs hold them: OpenAI's, Anthropic's and the plain form."""

from __future__ import annotations

from typing import Any

from trajset.sources.schema import recorded_tool


def tools_of(value: Any) -> tuple[dict[str, Any], ...]:
    """The tools of a list of definitions; what is no definition is left out, a repeat too."""
    found: dict[str, dict[str, Any]] = {}
    for item in value if isinstance(value, list) else ():
        if not isinstance(item, dict):
            continue
        inner = item.get("function")
        tool = inner if isinstance(inner, dict) else item
        name = tool.get("name")
        if not isinstance(name, str) or not name or name in found:
            continue
        schema = tool.get("parameters") or tool.get("input_schema")
        found[name] = recorded_tool(name, tool.get("description"), schema)
    return tuple(found.values())
