"""The records of a pi session file, and which of them hold steps."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from trajset.sources.head import Head

ROLES = ("user", "assistant", "toolResult", "bashExecution", "custom", "hookMessage")
_OWN_ROLES = ("toolResult", "bashExecution", "hookMessage")


class Block(Struct, frozen=True, gc=False):
    """A block of content: text, thinking, a call or an image (whose data is not decoded)."""

    type: str
    text: str | None = None
    thinking: str | None = None
    redacted: bool | None = None
    id: str | None = None
    name: str | None = None
    arguments: Any = None
    mimeType: str | None = None


class Said(Struct, frozen=True, gc=False):
    """The `message` of a message record, in every role."""

    role: str
    content: str | list[Block] | None = None
    timestamp: float | None = None
    model: str | None = None
    usage: dict[str, Any] | None = None
    stopReason: str | None = None
    errorMessage: str | None = None
    toolCallId: str | None = None
    toolName: str | None = None
    isError: bool | None = None
    command: str | None = None
    output: str | None = None
    exitCode: int | None = None
    cancelled: bool | None = None
    excludeFromContext: bool | None = None
    summary: str | None = None


class Record(Struct, frozen=True, gc=False):
    """One line. Which fields are set depends on `type`."""

    type: str
    id: str | None = None
    parentId: str | None = None
    timestamp: str | None = None
    message: Said | None = None
    summary: str | None = None
    content: str | list[Block] | None = None
    targetId: str | None = None
    name: str | None = None
    modelId: str | None = None
    thinkingLevel: str | None = None
    cwd: str | None = None
    parentSession: str | None = None
    branchedFrom: str | None = None


def is_lineage(head: Head) -> bool:
    """Whether a file is of pi's lineage (pi or OpenClaw): its header, or a message of its own."""
    for record in head.objects:
        if not isinstance(record.get("timestamp"), str):
            continue
        if record.get("type") == "session" and isinstance(record.get("id"), str):
            return True
        message = record.get("message")
        if record.get("type") != "message" or not isinstance(message, dict):
            continue
        if message.get("role") in _OWN_ROLES:
            return True
        if message.get("role") in ROLES and isinstance(message.get("timestamp"), int):
            return True
    return False


def is_openclaw(head: Head) -> bool:
    """Whether OpenClaw wrote a file of this lineage: its own entries, or its own workspace."""
    for record in head.objects:
        custom = record.get("customType")
        if isinstance(custom, str) and custom.startswith(("openclaw", "model-snapshot")):
            return True
        cwd = record.get("cwd")
        if isinstance(cwd, str) and ".openclaw" in cwd.replace("\\", "/").split("/"):
            return True
    return False
