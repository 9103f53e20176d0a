"""Codex CLI: rollout files, one JSON object a line (`{timestamp, type, payload}`).

A record is a line, a unit is a file. `response_item` records make the dialogue; `event_msg` records
repeat it and add what is nowhere else. Turns that the user took back (`thread_rolled_back`) become
abandoned branches. A sub-agent writes a rollout of its own that names its parent's thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

from trajset.sources.codex.catalog import TOOLS
from trajset.sources.codex.log import scan
from trajset.sources.codex.rollout import Payload, Rollout
from trajset.sources.codex.steps import Conversation
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.responses import word
from trajset.sources.tally import Tally
from trajset.sources.unit import Fields, Store, Unit, single_files
from trajset.trajectory import Origin, Trajectory

__all__ = ["FIELDS", "NAME", "STORE", "TITLE", "TOOLS", "VERSIONS", "claims", "read", "units"]

NAME = "codex"
TITLE = "Codex CLI"
STORE = Store(
    linux=("$CODEX_HOME/sessions", "~/.codex/sessions", "~/.codex/archived_sessions"),
    macos=("$CODEX_HOME/sessions", "~/.codex/sessions", "~/.codex/archived_sessions"),
    windows=(
        "$CODEX_HOME/sessions",
        "$USERPROFILE/.codex/sessions",
        "$USERPROFILE/.codex/archived_sessions",
    ),
    suffixes=(".jsonl", ".jsonl.zst"),
)
VERSIONS = "0.130-0.142"
FIELDS = Fields(
    reasoning="partly",
    status="partly",
    exit_code="partly",
    ids="partly",
    times="yes",
    model="yes",
    usage="yes",
    tool_schemas="partly",
    branches="yes",
    subagents="yes",
    compaction="partly",
)

_RECORD_TYPES = frozenset(
    {"session_meta", "response_item", "event_msg", "turn_context", "compacted"}
)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def claims(head: Head) -> bool:
    """Whether one of the first records is an envelope of a rollout."""
    return any(
        isinstance(record.get("type"), str)
        and record["type"] in _RECORD_TYPES
        and isinstance(record.get("payload"), dict)
        for record in head.objects
    )


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a rollout."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterable[Trajectory]:
    """The kept path of a rollout, then each path that the user took back.

    Raises:
        OSError: the file cannot be read.
    """
    rollout = scan(unit.path, tally)
    session = word(rollout.meta.id) or word(rollout.meta.session_id) or _named(unit.path)
    common = _session_fields(rollout, session)
    prompts: Origin = "human" if common["agent"] is None else "harness"
    for branch, items in enumerate([rollout.items, *rollout.abandoned]):
        # The branches share their beginning: what is repaired in it is counted once.
        conversation = Conversation(rollout, tally if branch == 0 else Tally(), prompts)
        conversation.follow(items)
        trajectory = conversation.assembler.build(
            id=trajectory_id(NAME, session, common["agent"], branch),
            branch=branch,
            responses=conversation.responses,
            delegations=rollout.spawned | conversation.delegations,
            tools=tuple(conversation.tools.values()),
            **common,
        )
        if trajectory is not None:
            tally.note("trajectories")
            yield trajectory


def _session_fields(rollout: Rollout, session: str) -> dict[str, Any]:
    meta = rollout.meta
    git = meta.git if isinstance(meta.git, dict) else {}
    prompt = meta.base_instructions
    if isinstance(prompt, dict):
        prompt = prompt.get("text")
    is_agent, parent = _parent_thread(meta)
    return {
        "harness": NAME,
        "session_id": session,
        "agent": session if is_agent else None,
        "parent_session": parent,
        "harness_version": word(meta.cli_version),
        "project": word(meta.cwd),
        "repository": word(git.get("repository_url")),
        "git_branch": word(git.get("branch")),
        "title": rollout.title,
        "system_prompt": word(prompt) or word(meta.instructions),
    }


def _parent_thread(meta: Payload) -> tuple[bool, str | None]:
    """Whether the rollout is a sub-agent's, and the thread that started it, if it is named."""
    source = meta.source.get("subagent") if isinstance(meta.source, dict) else None
    if source is None:
        return False, None
    spawn = source.get("thread_spawn") if isinstance(source, dict) else None
    parent = spawn.get("parent_thread_id") if isinstance(spawn, dict) else None
    return True, word(parent) or word(meta.parent_thread_id)


def _named(path: str) -> str:
    """The session id in a rollout's file name, for logs that have lost their first line."""
    stem = PurePath(path).name.split(".", 1)[0]
    found = _UUID.findall(stem)
    return found[-1] if found else stem
