"""What the log says about the result of a call: its text, whether it failed, its exit code."""

from __future__ import annotations

import re

from trajset.sources.claude_code.records import Block, Extra, Record
from trajset.sources.tally import plain_word
from trajset.trajectory import Status

_EXIT_CODE = re.compile(r"(?:Error: )?Exit code (\d{1,9})\b")
_REJECTED = (
    "The user doesn't want to proceed with this tool use",
    "User rejected",
    "Error: User rejected",
    "User declined to answer",
    "The agent proposed a plan that was rejected by the user",
    "Permission to use ",
    "Permission for this action has been denied",
    "Claude requested permissions to ",
)
_CANCELLED = (
    "The user doesn't want to take this action right now",
    "<tool_use_error>Sibling tool call errored",
    "<tool_use_error>Cancelled: parallel tool call",
    "Cancelled: parallel tool call",
    "Error: Streaming fallback - tool execution discarded",
    "<tool_use_error>Error: Streaming fallback - tool execution discarded",
)
_INTERRUPTED = "[Request interrupted by user"
_CANCELLING_DENIALS = frozenset({"interrupted", "cancelled"})


def status_of(record: Record, result: Block, text: str) -> tuple[Status, int | None]:
    """Status and exit code of a tool result. Without a flag a result counts as ok: that is how
    Claude Code writes success. A plain success says nothing about the exit code, so it is None.
    """
    extra = record.tool_use_result
    if isinstance(extra, Extra):
        code = extra.exit_code
        if code is None and extra.task is not None:
            code = extra.task.exit_code
    else:
        extra, code = None, None
    start = text[:400].lstrip()
    if result.is_error and code is None and (match := _EXIT_CODE.match(start)):
        code = int(match.group(1))
    if record.tool_denial_kind in _CANCELLING_DENIALS:
        return "cancelled", code
    if record.tool_denial_kind is not None:
        return "rejected", code
    if start.startswith(_INTERRUPTED):
        return "cancelled", code
    if result.is_error:
        if start.startswith(_REJECTED):
            return "rejected", code
        if start.startswith(_CANCELLED) or (code is not None and _INTERRUPTED in start):
            return "cancelled", code
        return "error", code
    if extra is not None:
        if extra.interrupted:
            return ("error" if "timed out" in start else "cancelled"), code
        if extra.success is False:
            return "error", code
    return ("error" if code else "ok"), code


def placeholder(block: Block) -> str:
    """What stands for a block that is no text: `[image: image/png]`, `[tool_reference: name]`."""
    detail = block.tool_name or (block.source.media_type if block.source is not None else None)
    name = plain_word(block.type)
    return f"[{name}: {detail}]" if detail else f"[{name}]"


def text_of(result: Block) -> tuple[str, int]:
    """The text of a result, its parts joined by newlines, and the number of images in it."""
    content = result.content
    if isinstance(content, str):
        return content, 0
    if not content:
        return "", 0
    parts = [part.text if part.text is not None else placeholder(part) for part in content]
    return "\n".join(parts), sum(part.type == "image" for part in content)
