"""The records of a rollout file, and what a whole file comes to."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from trajset.sources.codex.outputs import Report


class Payload(Struct, gc=False):
    """Every field of a payload that is of use; what else a record holds is not even decoded."""

    type: Any = None
    id: Any = None
    session_id: Any = None
    call_id: Any = None
    role: Any = None
    content: Any = None
    name: Any = None
    namespace: Any = None
    arguments: Any = None
    input: Any = None
    output: Any = None
    summary: Any = None
    action: Any = None
    status: Any = None
    success: Any = None
    exit_code: Any = None
    tools: Any = None
    result: Any = None
    revised_prompt: Any = None
    message: Any = None
    replacement_history: Any = None
    info: Any = None
    num_turns: Any = None
    new_thread_id: Any = None
    thread_name: Any = None
    cwd: Any = None
    model: Any = None
    effort: Any = None
    cli_version: Any = None
    source: Any = None
    parent_thread_id: Any = None
    base_instructions: Any = None
    instructions: Any = None
    dynamic_tools: Any = None
    git: Any = None


class Record(Struct, gc=False):
    type: Any = None
    timestamp: Any = None
    payload: Payload | None = None


class Turn(Struct, frozen=True, gc=False):
    """The latest `turn_context`: the model is named only there."""

    cwd: str | None = None
    model: str | None = None
    effort: str | None = None


class Item(Struct, gc=False):
    """A record that takes part in the dialogue. `kind` is its payload's type, or `compacted`."""

    kind: str
    payload: Payload
    line: int
    timestamp: int | None
    turn: Turn
    human: bool = False


class Rollout(Struct):
    """All that one rollout file says."""

    meta: Payload = field(default_factory=Payload)
    items: list[Item] = field(default_factory=list)
    """The path that was kept."""
    abandoned: list[list[Item]] = field(default_factory=list)
    """Whole paths from the root, each as it was before turns were dropped from it."""
    reports: dict[str, Report] = field(default_factory=dict)
    """Call id -> what an event says of the result."""
    spawned: dict[str, str] = field(default_factory=dict)
    """Thread id of a sub-agent -> id of the call that started it."""
    title: str | None = None
