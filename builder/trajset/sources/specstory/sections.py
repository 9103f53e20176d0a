"""A SpecStory history as pieces: what the user said, what the agent said, thought and used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

Kind = Literal["section", "user", "agent", "thought", "tool_use"]

_TIME = r" ?\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?Z?"
_MARK = re.compile(rf"_\*\*(User|Agent|Assistant)(?: \((.*?)(?:{_TIME})?\))?\*\*_\s*$")
_THOUGHT = re.compile(r"^<think>(?:<details>)?(?:<summary>.*?</summary>)?\n?", re.DOTALL)
_THOUGHT_END = re.compile(r"\n?(?:</details>)?</think>\s*$")


class Piece(Struct, frozen=True):
    """A piece of the history; `section` is a mark that nothing follows."""

    kind: Kind
    text: str
    line: int
    model: str | None = None


def pieces_of(text: str) -> Iterator[Piece]:
    """The pieces in order. Marks quoted inside a thought or tool use are none."""
    lines = text.split("\n")
    speaker: Kind | None = None
    model: str | None = None
    begun = 0
    said: list[str] = []
    empty = False
    index = 0
    while index < len(lines):
        line = lines[index]
        mark = _MARK.match(line) if line.startswith("_**") else None
        closing = _closing(line) if speaker == "agent" else None
        if mark is None and closing is None:
            said.append(line)
            index += 1
            continue
        if speaker is not None:
            spoken = _spoken(said)
            if spoken:
                yield Piece(speaker, spoken, begun, model)
            elif empty and mark is not None:
                yield Piece("section", "", begun)
        said = []
        if mark is not None:
            speaker = "user" if mark[1] == "User" else "agent"
            model = (mark[2] or "").strip() or None if speaker == "agent" else None
            begun, empty = index + 1, True
            index += 1
            continue
        end = next((i for i in range(index, len(lines)) if str(closing) in lines[i]), None)
        stop = len(lines) if end is None else end + 1
        body = "\n".join(lines[index:stop])
        if closing == "</think>":
            body = _THOUGHT_END.sub("", _THOUGHT.sub("", body, count=1))
            yield Piece("thought", body, index + 1, model)
        else:
            yield Piece("tool_use", body, index + 1, model)
        index, begun, empty = stop, stop + 1, False
    if speaker is not None:
        if spoken := _spoken(said):
            yield Piece(speaker, spoken, begun, model)
        elif empty:
            yield Piece("section", "", begun)


def _closing(line: str) -> str | None:
    if line.startswith("<tool-use "):
        return "</tool-use>"
    return "</think>" if line.startswith("<think>") else None


def _spoken(lines: list[str]) -> str:
    """What was said, without the rule that ends a turn."""
    text = "\n".join(lines).strip()
    if text == "---":
        return ""
    return text.removesuffix("\n---").rstrip()
