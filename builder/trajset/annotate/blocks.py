"""SEARCH/REPLACE blocks, as Aider and Cline's relatives write their edits."""

from __future__ import annotations

from msgspec import Struct

SEARCH, _MIDDLE, _END = "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE"
_FENCE = "```"


class Blocks(Struct, frozen=True):
    """What the blocks of one edit say, joined."""

    paths: tuple[str, ...]
    """Names of files that stand before a block; none where the harness gives them elsewhere."""
    old: str
    new: str


def search_replace_blocks(text: str) -> Blocks:
    """Take blocks apart in one pass over the lines. Never raises; what is cut off counts too."""
    paths: dict[str, None] = {}
    old: list[str] = []
    new: list[str] = []
    part: list[str] | None = None
    before = ""
    for line in text.splitlines():
        mark = line.strip()
        if mark == SEARCH:
            part = old
            if before:
                paths[before] = None
        elif mark == _MIDDLE and part is old:
            part = new
        elif mark == _END and part is new:
            part, before = None, ""
        elif part is not None:
            part.append(line)
        elif mark and not mark.startswith(_FENCE):
            before = mark
    return Blocks(tuple(paths), "\n".join(old), "\n".join(new))
