"""Results of tools: which call they answer, and what their text says of its success."""

from __future__ import annotations

import re
from collections import deque
from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.content import text_of
from trajset.sources.tally import Tally
from trajset.trajectory import Status

_NAMED = re.compile(r"\[([a-z][\w-]*)(?=[ \]])")
_HEADER_END = "] Result:"
_NOT_RUN = re.compile(
    r"(?:Skipping (?:MCP )?tool|(?:MCP )?Tool) \[?([\w-]{1,80}+).{0,2000}?"
    r"(?:rejecting a previous tool|was not executed because)",
    re.DOTALL,
)
_EXIT = re.compile(
    r"Command (?:executed|failed|execution was not)[^\n]{0,1000}?\n?[Ee]xit code:? (-?\d+)"
)
_REJECTED = re.compile(r'The user denied this operation|\{"status":\s*"denied"')
_FAILED = re.compile(
    r"The tool execution failed|Missing value for required parameter|Invalid JSON argument used"
    r"|\{\"status\":\s*\"error\"|Command failed to execute|Command execution was not successful"
    r"|Working directory '[^\n]*' does not exist|The command was terminated after exceeding"
    r"|This tool cannot be used in PLAN MODE|Access to [^\n]* is blocked by the \.clineignore"
)
_STOPPED = re.compile(r"The command was cancelled by the user|Process terminated by signal")
_SAVED = re.compile(
    r"The (?:updated )?content(?:,[^\n]*,)? (?:was|has been) successfully saved to "
)


class Results:
    """Links result blocks to the calls that wait for one, oldest first, the same tool preferred."""

    def __init__(self, assembler: Assembler, tally: Tally) -> None:
        self._assembler = assembler
        self._tally = tally
        self._waiting: deque[tuple[str, str, str | None]] = deque()
        self._texts: list[str] = []
        self._answers: str | None = None
        self._bare = False
        self._at: dict[str, Any] = {}

    def expect(self, call_id: str, tool: str, log_id: str | None) -> None:
        """A call was made; a result may follow."""
        self._waiting.append((call_id, tool, log_id))

    def forget(self) -> None:
        """The model speaks again: what has no result by now gets none."""
        self._waiting.clear()

    def native(self, block: dict[str, Any], at: dict[str, Any]) -> None:
        """Take a `tool_result` block."""
        self.close()
        text = text_of(block.get("content"), self._tally)
        log_id = block.get("tool_use_id")
        call = next((w for w in self._waiting if w[2] == log_id), None)
        status, code = status_of(text)
        if block.get("is_error") is True and status in ("ok", "unknown"):
            status = "error"
        if call is not None:
            self._waiting.remove(call)
        self._assembler.observation(
            text,
            call_id=call[0] if call else str(log_id),
            status=status,
            exit_code=code,
            **at,
        )

    def take(self, kind: Any, text: str, at: dict[str, Any]) -> bool:
        """Take a text or image block if it is a result, or belongs to the one before it."""
        tool = _tool_of(text) if kind == "text" else None
        if tool is not None and self._waiting:
            self.close()
            same = next((w for w in self._waiting if w[1] == tool), self._waiting[0])
            self._waiting.remove(same)
            self._answers, self._texts, self._at = same[0], [text], at
            self._bare = text.rstrip().endswith(_HEADER_END)
            return True
        if self._answers is None or (kind == "text" and not self._bare):
            self.close()
            return False
        self._texts.append(text)
        self._bare = False
        return True

    def close(self) -> None:
        """Write down the result that was being gathered."""
        if self._answers is None:
            return
        text = "\n".join(self._texts)
        status, code = status_of(text.partition(_HEADER_END)[2].lstrip() or text)
        self._assembler.observation(
            text, call_id=self._answers, status=status, exit_code=code, **self._at
        )
        self._answers = None
        self._bare = False


def status_of(text: str) -> tuple[Status, int | None]:
    """Status and exit code that the harness wrote at the head of a result (without its header)."""
    if (match := _EXIT.match(text)) is not None:
        code = int(match[1])
        return ("ok" if code == 0 else "error"), code
    if _NOT_RUN.match(text) or _STOPPED.search(text[:300]):
        return "cancelled", None
    if _REJECTED.match(text):
        return "rejected", None
    if _FAILED.match(text):
        return "error", None
    return ("ok" if _SAVED.match(text) else "unknown"), None


def _tool_of(text: str) -> str | None:
    """The tool that a result block names, or None where the block is no result."""
    match = _NAMED.match(text)
    if match is not None:
        return match[1] if _HEADER_END in text else None
    match = _NOT_RUN.match(text)
    return match[1] if match else None
