"""What a tool's state says about its result."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from trajset.sources.content import as_json
from trajset.sources.lenient import items, mapping
from trajset.sources.tally import Tally
from trajset.trajectory import Status

_REJECTED = (
    "The user rejected permission",
    "The user dismissed this question",
    "The user has specified a rule which prevents",
    "The user has specifically restricted access",
)
_CANCELLED = ("Tool execution aborted", "Tool execution was interrupted")
_ABORTED = ("User aborted the command", "(Command was aborted)")
_TIMEOUT = ("exceeding timeout", "(Command timed out after")
_TAIL = 600  # where bash notes an abort or a timeout, after the output itself


class Result(Struct, frozen=True):
    """Text and status of one finished call."""

    text: str
    status: Status
    exit_code: int | None = None


def result_of(tool: str, state: dict[str, Any], tally: Tally) -> Result | None:
    """The result that a tool's state holds; None while the call was still running."""
    kind = state.get("status")
    metadata = mapping(state.get("metadata"))
    if kind == "error":
        return _failed(state, metadata)
    if kind != "completed":
        return None
    text = "" if state.get("output") is None else as_json(state["output"])
    for attachment in items(state.get("attachments")):
        mime = attachment.get("mime") if isinstance(attachment, dict) else None
        mime = mime if isinstance(mime, str) else "file"
        tally.note("images" if mime.startswith("image/") else "files")
        text += f"\n[{'image' if mime.startswith('image/') else 'file'}: {mime}]"
    code = metadata.get("exit")
    if isinstance(code, int) and not isinstance(code, bool):
        return Result(text, "ok" if code == 0 else "error", code)
    if tool == "invalid":
        return Result(text, "error")
    if "exit" in metadata:  # bash without an exit code was stopped
        tail = text[-_TAIL:]
        if any(mark in tail for mark in _ABORTED):
            return Result(text, "cancelled")
        return Result(text, "error" if any(mark in tail for mark in _TIMEOUT) else "unknown")
    return Result(text, "ok")


def _failed(state: dict[str, Any], metadata: dict[str, Any]) -> Result:
    text = "" if state.get("error") is None else as_json(state["error"])
    if metadata.get("interrupted") is True:
        seen = metadata.get("output")
        return Result(seen if isinstance(seen, str) else text, "cancelled")
    if text.startswith(_CANCELLED):
        return Result(text, "cancelled")
    return Result(
        text, "rejected" if _REJECTED[0] in text or text.startswith(_REJECTED) else "error"
    )
