"""Edit blocks in the model's text, and what the console says became of them."""

from __future__ import annotations

import re

from msgspec import Struct

from trajset.trajectory import Status

_HEAD = re.compile(r"<{5,9} ?SEARCH>?\s*$")
_DIVIDER = re.compile(r"={5,9}\s*$")
_TAIL = re.compile(r">{5,9} ?REPLACE\s*$")
_FENCE = re.compile(r"\s*(?:```|~~~|<source>|<code>)")
_APPLIED = re.compile(r"(?:Applied edit to|Did not apply edit to) (.+?)(?: \(.*\))?$")
_SKIPPED = re.compile(r"Skipping edits to (.+?)(?: that.*)?$")
_FAILURE = re.compile(
    r"(?:The LLM did not conform to the edit format|# \d+ SEARCH/REPLACE block|Malformed edit)"
)
_FAILED_IN = re.compile(
    r"^## SearchReplaceNoExactMatch: This SEARCH block failed to exactly match lines in (.+)$",
    re.MULTILINE,
)


class Edit(Struct, frozen=True):
    """One SEARCH/REPLACE block with the name of its file."""

    path: str
    search: str
    text: str
    whole: bool = True
    """False where the block is broken off."""


class Outcome(Struct, frozen=True):
    """What the console says of one edit."""

    text: str
    status: Status


def split_edits(text: str) -> list[str | Edit]:
    """A response's text as prose and edit blocks, in order."""
    if "SEARCH" not in text:
        return [text]
    lines = text.split("\n")
    pieces: list[str | Edit] = []
    path = ""
    prose: list[str] = []
    index = 0
    while index < len(lines):
        if not _HEAD.match(lines[index]):
            prose.append(lines[index])
            index += 1
            continue
        path = _path(prose) or path
        end, divider = _end(lines, index)
        body = lines[index : end + 1]
        if rest := "\n".join(prose).strip("\n"):
            pieces.append(rest)
        prose = []
        search = "\n".join(lines[index + 1 : divider])
        whole = bool(_TAIL.match(lines[end]))
        pieces.append(Edit(path, search, "\n".join([path, *body] if path else body), whole))
        index = end + 1
        if index < len(lines) and _FENCE.match(lines[index]):
            index += 1  # closes the fence that was taken off before the block
    if rest := "\n".join(prose).strip("\n"):
        pieces.append(rest)
    return pieces


def outcome(edits: list[Edit], console: str) -> tuple[dict[int, Outcome], str]:
    """Results of edits (by their index) that a console block tells, and its other lines."""
    lines = console.split("\n")
    failure = next((i for i, line in enumerate(lines) if _FAILURE.match(line)), None)
    told = "\n".join(lines[failure:]) if failure is not None else ""
    failed_in = set(_FAILED_IN.findall(told))
    notes: dict[str, Outcome] = {}
    others: list[str] = []
    for line in lines if failure is None else lines[:failure]:
        if match := _APPLIED.match(line):
            notes[match[1]] = Outcome(line, "ok")
        elif match := _SKIPPED.match(line):
            notes[match[1]] = Outcome(line, "rejected")
        else:
            others.append(line)
    if failure is not None:
        for line in lines[failure:]:
            if match := _APPLIED.match(line):
                notes[match[1]] = Outcome(line, "ok")
    results: dict[int, Outcome] = {}
    quoted = _flat(told)
    for index, edit in enumerate(edits):
        search = _flat(edit.search)
        in_failure = edit.path in failed_in and bool(search) and search in quoted
        if told and (in_failure or (not failed_in and edit.path not in notes)):
            results[index] = Outcome(told, "error")
        elif edit.path in notes:
            results[index] = notes[edit.path]
    if told and not any(r.status == "error" for r in results.values()):
        others += lines[failure:]
    return results, "\n".join(others)


def _flat(text: str) -> str:
    return "\n".join(line.strip() for line in text.split("\n"))


def _end(lines: list[str], start: int) -> tuple[int, int]:
    """Index of a block's last line and of its divider."""
    divider = len(lines)
    for index in range(start + 1, len(lines)):
        if _TAIL.match(lines[index]):
            return index, min(divider, index)
        if _HEAD.match(lines[index]):
            return index - 1, min(divider, index)
        if divider == len(lines) and _DIVIDER.match(lines[index]):
            divider = index
    return len(lines) - 1, divider


def _path(prose: list[str]) -> str | None:
    """Take the file's name, and the fence beside it, off the end of the prose before a block."""
    taken = prose[-3:]
    while taken and (not taken[-1].strip() or _FENCE.match(taken[-1])):
        taken.pop()
    if not taken:
        return None
    name = taken[-1].strip().strip("*`#:").strip()
    if not name or " " in name or len(name) > 300 or not re.search(r"[./\\]|^\w+$", name):
        _drop_fence(prose, len(prose) - len(prose[-3:]) + len(taken))
        return None
    del prose[len(prose) - len(prose[-3:]) + len(taken) - 1 :]
    if prose and _FENCE.match(prose[-1]) and len(taken) > 1:  # diff-fenced: the name is inside
        prose.pop()
    return name


def _drop_fence(prose: list[str], start: int) -> None:
    del prose[start:]
