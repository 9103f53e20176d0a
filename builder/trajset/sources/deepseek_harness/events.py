"""The events of a dsh session that become something; everything else is skipped by its type."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct, field

from trajset.sources.tally import Tally


class Event(Struct, frozen=True, gc=False):
    """One line: the header (`type` session) or an event; `data` is decoded by type."""

    type: str
    id: str | None = None
    createdAt: int | None = None
    cwd: str | None = None
    parentSession: str | None = None
    origin: Any = None
    time: float | None = None
    data: Raw = field(default_factory=Raw)
    surfaceOp: Any = None


class Origin(Struct, frozen=True, gc=False):
    """Who wrote a message: user, plugin, model, tool, a sub-agent that ended."""

    kind: str | None = None
    plugin: str | None = None
    model: str | None = None
    callId: str | None = None


class Said(Struct, frozen=True, gc=False):
    """A message."""

    content: list[dict[str, Any]] | str | None = None
    source: Origin = Origin()
    id: str | None = None


class Answer(Struct, frozen=True, gc=False):
    """Data of `assistant/message`."""

    message: Said
    usage: dict[str, Any] | None = None


class Call(Struct, frozen=True, gc=False):
    """Data of `tool/call`, which repeats a call of the assistant's message."""

    callId: str
    name: str
    arguments: Any = None


class Result(Struct, frozen=True, gc=False):
    """Data of `tool/result`, in the newer and the older shape."""

    message: Said | None = None
    callId: str | None = None
    content: Any = None
    isError: bool | None = None
    error: dict[str, Any] | None = None


class Asked(Struct, frozen=True, gc=False):
    """Data of `approval/asked`."""

    id: str
    callId: str | None = None


class Decided(Struct, frozen=True, gc=False):
    """Data of `approval/decided`: allowed-once, rejected, cancelled, unavailable."""

    id: str
    outcome: str


class Title(Struct, frozen=True, gc=False):
    """Data of `session/title`."""

    title: str


class Config(Struct, frozen=True, gc=False):
    """The model that answers, and how hard it thinks."""

    model: str | None = None
    reasoningEffort: str | None = None


class Header(Struct, frozen=True, gc=False):
    """What a request starts with: system prompt and tools."""

    config: Config = Config()
    system: Any = None
    tools: Any = None


class Request(Struct, frozen=True, gc=False):
    """Data of `request/header` and `request/context`."""

    header: Header = Header()
    model: str | None = None


DATA: dict[str, type[Struct]] = {
    "user/message": Said,
    "assistant/message": Answer,
    "tool/call": Call,
    "tool/result": Result,
    "approval/asked": Asked,
    "approval/decided": Decided,
    "session/title": Title,
    "request/header": Request,
    "request/context": Request,
}

SKIPPED: dict[str, str] = {
    "assistant/chunk": "stream_chunk",
    "text-chunks": "stream_chunk",
    "reasoning-chunks": "stream_chunk",
    "tool-call-chunks": "stream_chunk",
    "agent/inbox/spliced": "inbox",
    "turn/start": "turn_mark",
    "turn/end": "turn_mark",
    "step/start": "turn_mark",
    "step/end": "turn_mark",
    "compaction/start": "compaction_mark",
    "compaction/summary": "compaction_mark",
    "compaction/end": "compaction_mark",
    "command/run": "command",
    "command/done": "command",
    "permission/preset": "settings",
    "sandbox/mode": "settings",
    "approval/policy": "settings",
    "plan/mode": "settings",
    "hook/invoked": "hook",
    "hook/result": "hook",
}

decoder = msgspec.json.Decoder(Event)
_decoders = {name: msgspec.json.Decoder(kind) for name, kind in DATA.items()}


def again(value: Any) -> Event | None:
    """An event of a line that had to be mended first (its data could not be left undecoded)."""
    try:
        return decoder.decode(msgspec.json.encode(value))
    except (msgspec.DecodeError, RecursionError):
        return None


def data_of(event: Event, tally: Tally) -> Struct | None:
    """The data of an event of a type in `DATA`, or None where it has another shape."""
    decode = _decoders[event.type].decode
    try:
        try:
            return decode(event.data)
        except UnicodeDecodeError:
            tally.repair("broken_encoding")
            return decode(bytes(event.data).decode("utf-8", errors="replace"))
    except (msgspec.DecodeError, RecursionError):
        return None
