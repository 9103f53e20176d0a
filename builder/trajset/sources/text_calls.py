"""Tool calls written into assistant text: XML functions, fenced blocks, tagged code.

Several harnesses share these dialects. Text may hold the same marks as data, so each function says
how it tells them apart.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Any

from msgspec import Struct

_OPEN = re.compile(r"<function=([\w.:/-]{1,100})>")
_PARAMETER = re.compile(r"\s*<parameter=([^>\n]{1,100})>")
_PARAMETER_END = re.compile(r"</parameter>(?=\s*(?:<parameter=|</function>|\Z))")
_FUNCTION_END = re.compile(r"\s*(?:</function>|\Z)")
_FENCE = re.compile(r"^```(\S*)[ \t]*$", re.MULTILINE)


class TextCall(Struct, frozen=True, gc=False):
    """A call found in text."""

    tool: str
    arguments: dict[str, Any]


class Written(Struct, frozen=True, gc=False):
    """What a model wrote: text (without its calls), and the calls in order."""

    text: str
    calls: tuple[TextCall, ...]


def xml_functions(text: str) -> Written:
    """Calls as `<function=name><parameter=x>…</parameter></function>`; values stay text.

    A parameter ends where its end tag is followed by another parameter or the function's end, so
    end tags inside a value do no harm. The last `</function>` may be missing (stop sequences cut it
    off). What does not parse as a call stays text.
    """
    ends = [end.start() for end in _PARAMETER_END.finditer(text)]
    calls: list[TextCall] = []
    kept: list[str] = []
    at = 0
    for start in _OPEN.finditer(text):
        if start.start() < at:
            continue
        arguments, end = _parameters(text, start.end(), ends)
        closed = _FUNCTION_END.match(text, end)
        if closed is None or (not arguments and closed.group().strip() == ""):
            continue
        kept.append(text[at : start.start()])
        calls.append(TextCall(start[1], arguments))
        at = closed.end()
    kept.append(text[at:])
    return Written(_joined(kept), tuple(calls))


def _parameters(text: str, at: int, ends: list[int]) -> tuple[dict[str, Any], int]:
    """The parameters that follow a place, and where they end."""
    found: dict[str, Any] = {}
    while (opened := _PARAMETER.match(text, at)) is not None:
        which = bisect_left(ends, opened.end())
        if which == len(ends):
            break
        value = text[opened.end() : ends[which]]
        found[opened[1]] = value.removeprefix("\n").removesuffix("\n")
        at = ends[which] + len("</parameter>")
    return found, at


def one_fenced(text: str, languages: frozenset[str], tool: str = "bash") -> Written:
    """Each fenced block of one of these languages is a call (`{"command": …}`)."""
    blocks = [(opened, closed) for opened, closed in _fences(text) if opened.group(1) in languages]
    return _cut(text, blocks, tool)


def last_fenced(text: str, tool: str = "bash") -> Written:
    """The last fenced block is the call (`{"command": …}`); what stands around it is text."""
    return _cut(text, _fences(text)[-1:], tool)


def tagged(text: str, tag: str, tool: str, parameter: str) -> Written:
    """The first `<tag>…</tag>` is a call with one parameter."""
    start = text.find(f"<{tag}>")
    end = text.find(f"</{tag}>", start) if start >= 0 else -1
    if end < 0:
        return Written(text.strip(), ())
    code = text[start + len(tag) + 2 : end].strip("\n")
    rest = _joined([text[:start], text[end + len(tag) + 3 :]])
    return Written(rest, (TextCall(tool, {parameter: code}),))


def thinking(text: str) -> tuple[str, str]:
    """Split a leading `<think>…</think>` off: (reasoning, the rest)."""
    body = text.lstrip()
    end = body.find("</think>")
    if not body.startswith("<think>") or end < 0:
        return "", text
    return body[len("<think>") : end].strip(), body[end + len("</think>") :].strip()


def _fences(text: str) -> list[tuple[re.Match[str], re.Match[str]]]:
    """Outermost fenced blocks as (opening line, closing line)."""
    blocks = []
    stack: list[re.Match[str]] = []
    for fence in _FENCE.finditer(text):
        if fence.group(1) or not stack:
            stack.append(fence)
            continue
        opened = stack.pop()
        if not stack:
            blocks.append((opened, fence))
    return blocks


def _cut(text: str, blocks: list[tuple[re.Match[str], re.Match[str]]], tool: str) -> Written:
    kept: list[str] = []
    calls: list[TextCall] = []
    at = 0
    for opened, closed in blocks:
        kept.append(text[at : opened.start()])
        code = text[opened.end() : closed.start()].strip("\n")
        calls.append(TextCall(tool, {"command": code}))
        at = closed.end()
    kept.append(text[at:])
    return Written(_joined(kept), tuple(calls))


def _joined(pieces: list[str]) -> str:
    return "\n".join(piece.strip() for piece in pieces if piece.strip())
