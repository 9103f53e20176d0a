"""A rendered tool use, read back as far as it goes."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

_NAME = re.compile(r'<tool-use [^>\n]*?data-tool-name="([^"\n]{0,200})"')
_FRAME = re.compile(r"^<tool-use [^\n]*|^\s*<summary>[^\n]*</summary>|</details></tool-use>\s*$")
_EXIT = re.compile(r"(?:Error: )?Exit code (\d{1,5})\b")
_FENCED = re.compile(r"^```\w+\n(.*?)\n?```\Z", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"(?:^|\n)`([^\n]+)`\Z")
_SHELL = frozenset({"Bash", "bash", "shell", "run_terminal_cmd", "run_shell_command"})


class ToolUse(Struct, frozen=True):
    """A call and its result; `exact` says whether the arguments are those of the call."""

    tool: str
    arguments: dict[str, Any]
    exact: bool
    result: str | None
    exit_code: int | None = None


def parse_tool_use(text: str) -> ToolUse:
    """Read a `<tool-use>` element."""
    name = _NAME.match(text)
    tool = name[1] if name and name[1] else "unknown"
    lines = [_FRAME.sub("", line) for line in text.split("\n")]
    given, result = _halves(lines)
    code = _EXIT.match(result) if result else None
    exit_code = int(code[1]) if code else None
    command = _command(given) if tool in _SHELL else None
    if command is not None:
        return ToolUse(tool, command, True, result, exit_code)
    rendered = "\n".join(given).strip()
    return ToolUse(tool, {"input": rendered} if rendered else {}, False, result, exit_code)


def _halves(lines: list[str]) -> tuple[list[str], str | None]:
    """What was given, and the result in the last fence. A fence with a language was given."""
    start = next((i for i, line in enumerate(lines) if line.startswith("```")), None)
    if start is None:
        return lines, None
    if lines[start].rstrip() != "```":
        fences = [i for i in range(start + 1, len(lines)) if lines[i].startswith("```")]
        touching = (i for i in fences if i + 1 < len(lines) and lines[i + 1].startswith("```"))
        close = next(touching, fences[0] if fences else len(lines) - 1)
        opening = next((i for i in fences if i > close), None)
        if opening is None:
            return lines[: close + 1], None
        start = opening
    ends = [i for i in range(start + 1, len(lines)) if lines[i].rstrip() == "```"]
    return lines[:start], "\n".join(lines[start + 1 : ends[-1] if ends else len(lines)]).rstrip()


def _command(given: list[str]) -> dict[str, Any] | None:
    """Arguments of a shell call: a description, then the command in backticks or in a fence."""
    text = "\n".join(given).strip()
    inline = _FENCED.search(text) or _INLINE.search(text)
    if inline is None:
        return None
    description = text[: inline.start()].strip()
    return {"command": inline[1]} | ({"description": description} if description else {})
