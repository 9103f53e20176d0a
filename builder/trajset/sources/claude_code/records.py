"""The records of a Claude Code log, typed: only the needed fields, the rest is passed over.

Everything is optional: versions differ, and hand-made logs leave fields out. What has a wrong type
is dropped field by field (`salvage`), the rest of the record is kept.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from trajset.sources.claude_code.salvage import salvage
from trajset.sources.records import json_lines
from trajset.sources.tally import Tally


class ImageSource(Struct, gc=False):
    """Where an image or document comes from; its data is never decoded."""

    media_type: str | None = None


class Block(Struct, gc=False):
    """A content block of any kind."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: Any = None
    tool_use_id: str | None = None
    content: str | list[Block] | None = None
    is_error: bool | None = None
    source: ImageSource | None = None
    tool_name: str | None = None
    """Of `tool_reference` blocks."""


class Usage(Struct, gc=False):
    """Token counts of one response."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None


class ApiMessage(Struct, gc=False):
    """`message` of a user or assistant record."""

    model: str | None = None
    id: str | None = None
    content: str | list[Block] | None = None
    stop_reason: str | None = None
    usage: Usage | None = None


class Kind(Struct, gc=False):
    """`origin` of a user record."""

    kind: str | None = None


class Task(Struct, gc=False, rename="camel"):
    """`toolUseResult.task`: a background job as a later call sees it."""

    exit_code: int | None = None


class Extra(Struct, gc=False, rename="camel"):
    """What `toolUseResult` says beyond the text of the result."""

    agent_id: str | None = None
    interrupted: bool | None = None
    exit_code: int | None = None
    success: bool | None = None
    task: Task | None = None


class Progress(Struct, gc=False, rename="camel"):
    """`data` of a progress record."""

    type: str | None = None
    agent_id: str | None = None


class Rendered(Struct, gc=False):
    """Text that an attachment became in the prompt (newer versions record it)."""

    content: Any = None


class Record(Struct, rename="camel", gc=False):
    """One record; `type` says which. Fields stand as in the logs, which makes decoding faster."""

    parent_uuid: str | UnsetType | None = UNSET
    logical_parent_uuid: str | None = None
    is_sidechain: bool | None = None
    agent_id: str | None = None
    cwd: str | None = None
    session_id: str | None = None
    version: str | None = None
    git_branch: str | None = None
    message: ApiMessage | None = None
    request_id: str | None = None
    type: str | None = None
    uuid: str | None = None
    timestamp: str | None = None
    tool_use_result: Extra | str | list[Any] | None = None
    effort: str | None = None
    subtype: str | None = None
    content: Any = None
    """Text on system records; other types keep other things here."""
    data: Progress | None = None
    parent_tool_use_id: str | None = msgspec.field(default=None, name="parentToolUseID")
    attachment: dict[str, Any] | None = None
    rendered: list[Rendered] | None = None
    is_meta: bool | None = None
    is_compact_summary: bool | None = None
    is_api_error_message: bool | None = None
    origin: Kind | None = None
    prompt_source: str | None = None
    tool_denial_kind: str | None = None
    retracted_message_uuids: list[str] | None = None
    leaf_uuid: str | None = None
    summary: str | None = None
    custom_title: str | None = None
    ai_title: str | None = None
    pr_repository: str | None = None


_REDACTED = "REDACTED"
_DECODER = msgspec.json.Decoder(Record)


def load(place: str, tally: Tally) -> tuple[list[Record], list[int]]:
    """The records of a log and their line numbers. Lines that hold no object are counted.

    Raises:
        OSError: the file cannot be read.
    """
    records: list[Record] = []
    lines: list[int] = []
    for number, record, plain in json_lines(place, tally, _DECODER):
        if record is None:
            if not isinstance(plain, dict):
                tally.skip("not_an_object")
                continue
            record = salvage(plain, Record)
            tally.repair("wrong_type_in_record")
        records.append(record)
        lines.append(number)
    return records, lines


def blocks(record: Record) -> list[Block]:
    """The content blocks of a user or assistant record; plain text is one text block."""
    content = record.message.content if record.message is not None else None
    if isinstance(content, str):
        return [Block(type="text", text=content)]
    return content or []


def own_id(record: Record) -> str | None:
    """The id of the response that an assistant record is a piece of, or None where it has none.

    Some tools that keep logs replace ids by the word REDACTED, which tells nothing apart.
    """
    response = record.message.id if record.message is not None else None
    if response and response != _REDACTED:
        return response
    return record.request_id if record.request_id and record.request_id != _REDACTED else None
