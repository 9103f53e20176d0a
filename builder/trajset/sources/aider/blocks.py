"""A chat history as runs of lines of one speaker."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

HEADER = re.compile(r"# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s*$")
_TYPED = re.compile(r"####(?: (.*?))?  $")
_CONSOLE = re.compile(r">(?: (.*?))?  $")

_LONGEST = 2_000  # lines of a console message; what ends later is a quotation of the model's

Kind = Literal["header", "typed", "console", "model"]


class Block(Struct):
    """Lines of one speaker without the marks that Aider sets before and after them."""

    kind: Kind
    text: str
    line: int
    """1-based line of the session where it begins."""


def blocks_of(text: str) -> list[Block]:
    """Split the lines of a session."""
    lines = text.replace("\r\n", "\n").split("\n")
    blocks: list[Block] = []
    kept: list[str] = []
    kind: Kind = "model"
    begun = 1
    ends = _message_ends(lines)
    index = 0
    while index < len(lines):
        now, content, used = _take(lines, index, ends)
        if now != kind or now == "header":
            _close(blocks, kind, kept, begun)
            kept, kind, begun = [], now, index + 1
        kept += content
        index += used
    _close(blocks, kind, kept, begun)
    return blocks


def _take(lines: list[str], index: int, ends: list[int]) -> tuple[Kind, list[str], int]:
    """Kind and content of the lines at an index, and how many they are."""
    line = lines[index]
    if HEADER.match(line):
        return "header", [line], 1
    if line.startswith("####") and (match := _TYPED.match(line)):
        return "typed", [match[1] or ""], 1
    if line.startswith(">"):
        if match := _CONSOLE.match(line):
            return "console", [match[1] or ""], 1
        end = ends[index + 1]
        if line.startswith("> ") and index < end <= index + _LONGEST:
            content = [line[2:], *lines[index + 1 : end + 1]]
            return "console", [c.rstrip() for c in content], len(content)
    return "model", [line], 1


def _message_ends(lines: list[str]) -> list[int]:
    """For each line where a console message that runs through it ends, or -1: of a message of
    several lines only the first has the mark, and only the last the two spaces.
    """
    ends = [-1] * (len(lines) + 1)
    end = -1
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at]
        if HEADER.match(line) or _TYPED.match(line) or (line[:1] == ">" and _CONSOLE.match(line)):
            end = -1
        elif line.endswith("  ") and line.strip():
            after = lines[at + 1] if at + 1 < len(lines) else ""
            end = at if not after or after.startswith(("> ", "#### ")) else end
        ends[at] = end
    return ends


def _close(blocks: list[Block], kind: Kind, kept: list[str], begun: int) -> None:
    text = "\n".join(kept).strip("\n")
    if not text.strip() and kind == "model":
        return
    last = blocks[-1] if blocks else None
    if last is not None and last.kind == kind == "console":
        last.text += "\n" + text  # only blank lines stood between
    else:
        blocks.append(Block(kind, text, begun))
