"""Reading an event log: its events in order, sorted by agent, without those that were rewound.

A record is a line, that is one event. The calls of a response stand in its `assistant.message`;
`tool.execution_start` repeats them and is used only where that message is lost.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

from trajset.sources.lenient import items, mapping
from trajset.sources.records import json_lines
from trajset.sources.responses import word
from trajset.sources.tally import Tally

_STEPS = frozenset(
    {
        "assistant.message",
        "session.compaction_complete",
        "session.error",
        "session.model_change",
        "session.context_changed",
        "system.message",
        "system.notification",
        "tool.execution_complete",
        "tool.user_requested",
        "user.message",
    }
)
"""Events that become steps, or change what the steps after them know."""

_NOISE = frozenset(
    {
        "abort",
        "assistant.idle",
        "assistant.intent",
        "assistant.reasoning",
        "assistant.turn_end",
        "assistant.turn_start",
        "assistant.usage",
        "hook.end",
        "hook.progress",
        "hook.start",
        "permission.requested",
        "session.background_tasks_changed",
        "session.compaction_start",
        "session.idle",
        "session.info",
        "session.mode_changed",
        "session.permissions_changed",
        "session.plan_changed",
        "session.resume",
        "session.shutdown",
        "session.task_complete",
        "session.truncation",
        "session.usage_info",
        "session.warning",
        "session.workspace_file_changed",
        "skill.invoked",
        "subagent.completed",
        "subagent.deselected",
        "subagent.failed",
        "subagent.selected",
        "tool.execution_partial_result",
        "tool.execution_progress",
    }
)
"""Events that concern the screen or repeat others: skipped under their own name."""


class Data(Struct, gc=False):
    """Every field of an event's data that is of use; the rest is not decoded."""

    sessionId: Any = None
    copilotVersion: Any = None
    context: Any = None
    cwd: Any = None
    selectedModel: Any = None
    newModel: Any = None
    reasoningEffort: Any = None
    title: Any = None
    content: Any = None
    transformedContent: Any = None
    source: Any = None
    attachments: Any = None
    messageId: Any = None
    model: Any = None
    toolRequests: Any = None
    reasoningText: Any = None
    outputTokens: Any = None
    parentToolCallId: Any = None
    toolCallId: Any = None
    toolName: Any = None
    arguments: Any = None
    success: Any = None
    result: Any = None
    error: Any = None
    message: Any = None
    summaryContent: Any = None
    upToEventId: Any = None


class _Record(Struct, gc=False):
    type: Any = None
    id: Any = None
    timestamp: Any = None
    agentId: Any = None
    data: Data | None = None


_decoder = msgspec.json.Decoder(_Record)


class Event(Struct, gc=False):
    """One event of the dialogue; `agent` is None for the main agent."""

    type: str
    data: Data
    key: str | None
    line: int
    timestamp: Any
    agent: str | None


class Log(Struct):
    """All that one event log says."""

    start: Data = field(default_factory=Data)
    events: list[Event] = field(default_factory=list)
    """What was kept, of all agents."""
    abandoned: list[list[Event]] = field(default_factory=list)
    """Whole paths from the root, each as it was before it was rewound."""
    refused: set[str] = field(default_factory=set)
    """Ids of the calls for which permission was denied."""
    agents: dict[str, str] = field(default_factory=dict)
    """Sub-agent -> id of the call that started it."""
    title: str | None = None


def scan(path: str, tally: Tally) -> Log:
    """Read an event log, counting every record.

    Raises:
        OSError: the file cannot be read.
    """
    log = Log()
    requested: set[str] = set()
    for line, record, _ in json_lines(path, tally, _decoder):
        if record is None or record.data is None:
            tally.skip("wrong_type")
            continue
        kind, data = record.type, record.data
        if not isinstance(kind, str):
            tally.skip_unknown(kind)
            continue
        if kind in _NOISE:
            tally.skip(kind)
            continue
        agent = word(record.agentId) or word(data.parentToolCallId)
        if agent is not None and (call := word(data.parentToolCallId)) is not None:
            log.agents.setdefault(agent, call)
        event = Event(kind, data, word(record.id), line, record.timestamp, agent)
        if kind in _STEPS:
            requested |= _requested(data)
            log.events.append(event)
            tally.use()
        elif kind == "tool.execution_start":
            if word(data.toolCallId) in requested:
                tally.skip(kind)
            else:
                log.events.append(event)
                tally.use()
                tally.repair("call_from_execution_start")
        elif kind == "session.start":
            if log.start.sessionId is None:
                log.start = data
            tally.use()
        elif kind == "session.title_changed":
            log.title = word(data.title)
            tally.use()
        elif kind == "permission.completed":
            if _denied(data.result) and isinstance(data.toolCallId, str):
                log.refused.add(data.toolCallId)
            tally.use()
        elif kind == "subagent.started":
            if isinstance(data.toolCallId, str):
                log.agents[word(record.agentId) or data.toolCallId] = data.toolCallId
            tally.use()
        elif kind == "session.snapshot_rewind":
            _rewind(log, word(data.upToEventId))
            tally.use()
        else:
            tally.skip_unknown(kind)
    return log


def _rewind(log: Log, key: str | None) -> None:
    """The user went back to before an event: what followed becomes an abandoned branch."""
    cut = next((i for i, event in enumerate(log.events) if event.key == key is not None), None)
    if cut is not None:
        log.abandoned.append(log.events)
        log.events = log.events[:cut]


def _requested(data: Data) -> set[str]:
    """Ids of the calls that an event asks for."""
    found = [word(mapping(request).get("toolCallId")) for request in items(data.toolRequests)]
    return {call for call in [*found, word(data.toolCallId)] if call is not None}


def _denied(result: Any) -> bool:
    kind = word(mapping(result).get("kind"))
    return kind is not None and kind.startswith("denied")
