"""Copilot CLI: `events.jsonl`, one event a line (`{type, data, id, timestamp, parentId}`).

A record is a line, a unit is a file. Calls and results are linked by id; sub-agents write into the
same file and are told apart by the call that started them. What the user rewound becomes an
abandoned branch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

from trajset.sources.copilot_cli.catalog import TOOLS
from trajset.sources.copilot_cli.log import Event, Log, scan
from trajset.sources.copilot_cli.steps import Conversation
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.responses import word
from trajset.sources.tally import Tally
from trajset.sources.unit import Fields, Store, Unit, single_files
from trajset.trajectory import Trajectory

__all__ = ["FIELDS", "NAME", "STORE", "TITLE", "TOOLS", "VERSIONS", "claims", "read", "units"]

NAME = "copilot_cli"
TITLE = "Copilot CLI"
STORE = Store(
    linux=("$COPILOT_HOME/session-state", "~/.copilot/session-state"),
    macos=("$COPILOT_HOME/session-state", "~/.copilot/session-state"),
    windows=("$COPILOT_HOME/session-state", "$USERPROFILE/.copilot/session-state"),
)
VERSIONS = "1.0.64-1.0.68"
FIELDS = Fields(
    reasoning="partly",
    status="yes",
    exit_code="partly",
    ids="yes",
    times="yes",
    model="yes",
    usage="partly",
    tool_schemas="never",
    branches="partly",
    subagents="partly",
    compaction="partly",
)

_FAMILIES = ("assistant.", "hook.", "permission.", "session.", "system.", "tool.", "user.")


def claims(head: Head) -> bool:
    """Whether one of the first records is an event envelope of a known family."""
    return any(
        isinstance(record.get("type"), str)
        and record["type"].startswith(_FAMILIES)
        and isinstance(record.get("data"), dict)
        and "id" in record
        and "parentId" in record
        for record in head.objects
    )


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit an event log."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterable[Trajectory]:
    """The main agent and its sub-agents, then each path that the user rewound.

    Raises:
        OSError: the file cannot be read.
    """
    log = scan(unit.path, tally)
    session = word(log.start.sessionId) or PurePath(unit.path).parent.name
    told: set[str] = set()
    for branch, events in enumerate([log.events, *log.abandoned]):
        for agent, own in _by_agent(events).items():
            if agent is not None:
                if agent in told:  # a branch repeats the sub-agents of the path that it left
                    continue
                told.add(agent)
            # The branches share their beginning: what is repaired in it is counted once.
            counts = tally if branch == 0 else Tally()
            conversation = Conversation(log, counts, "human" if agent is None else "harness")
            if agent is not None and all(event.type != "user.message" for event in own):
                conversation.hand_over(events, log.agents.get(agent, agent))
            conversation.follow(own)
            trajectory = conversation.assembler.build(
                id=trajectory_id(NAME, session, agent, branch),
                branch=branch,
                agent=agent,
                parent_session=None if agent is None else session,
                delegations={} if agent else log.agents,
                responses=conversation.responses,
                system_prompt=conversation.system_prompt,
                **_session_fields(log, session),
            )
            if trajectory is not None:
                tally.note("trajectories")
                yield trajectory


def _by_agent(events: list[Event]) -> dict[str | None, list[Event]]:
    """Events of each agent, the main one (None) first."""
    agents: dict[str | None, list[Event]] = {None: []}
    for event in events:
        agents.setdefault(event.agent, []).append(event)
    return agents


def _session_fields(log: Log, session: str) -> dict[str, Any]:
    context = log.start.context if isinstance(log.start.context, dict) else {}
    return {
        "harness": NAME,
        "session_id": session,
        "harness_version": word(log.start.copilotVersion),
        "project": word(context.get("gitRoot")) or word(context.get("cwd")),
        "repository": word(context.get("repository")),
        "git_branch": word(context.get("branch")),
        "title": log.title,
    }
