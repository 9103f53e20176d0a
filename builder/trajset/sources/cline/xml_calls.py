"""Calls that the model wrote as XML into its text: `<read_file><path>a.py</path></read_file>`."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from trajset.sources.cline.catalog import TOOLS

_TYPES: dict[str, dict[str, str]] = {
    tool["function"]["name"]: {
        name: schema["type"]
        for name, schema in tool["function"]["parameters"]["properties"].items()
    }
    for tool in TOOLS
}
_OPEN = re.compile(rf"^[ \t]*<({'|'.join(map(re.escape, _TYPES))})>", re.MULTILINE)
_PARAMETER = re.compile(r"<([a-z_]+)>")
_GREEDY = frozenset({"content", "diff", "result", "arguments"})
"""Parameters that may hold tags of their own: they end at the last closing tag."""


class XmlCall(Struct):
    """A call; `arguments` is text where its XML is broken off (kept, and not learnt)."""

    tool: str
    arguments: dict[str, Any] | str


def split_calls(text: str) -> list[str | XmlCall]:
    """An answer's text as prose and calls, in order."""
    pieces: list[str | XmlCall] = []
    at = 0
    while (match := _OPEN.search(text, at)) is not None:
        tool = match[1]
        closing = f"</{tool}>"
        following = _OPEN.search(text, match.end())
        limit = (
            following.start()
            if following and closing in text[match.end() : following.start()]
            else len(text)
        )
        end = text.rfind(closing, match.end(), limit)
        if before := text[at : match.start()].strip():
            pieces.append(before)
        if end < 0:
            pieces.append(XmlCall(tool, text[match.start() :].strip()))
            return pieces
        pieces.append(XmlCall(tool, _arguments(tool, text[match.end() : end])))
        at = end + len(closing)
    if rest := text[at:].strip() if pieces else text:
        pieces.append(rest)
    return pieces


def _arguments(tool: str, body: str) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    at = 0
    while (match := _PARAMETER.search(body, at)) is not None:
        name = match[1]
        closing = f"</{name}>"
        end = body.rfind(closing) if name in _GREEDY else body.find(closing, match.end())
        if end < match.end():
            end = len(body)
        value = body[match.end() : end].strip("\n")
        arguments[name] = _typed(value, _TYPES[tool].get(name))
        at = end + len(closing)
    return arguments


def _typed(value: str, kind: str | None) -> Any:
    if kind == "boolean" and value.strip() in ("true", "false"):
        return value.strip() == "true"
    if kind in ("integer", "number") and re.fullmatch(r"-?\d{1,15}", value.strip()):
        return int(value)
    return value
