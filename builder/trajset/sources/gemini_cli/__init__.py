"""Gemini CLI: chat recordings, one JSON document (old) or one record a line (2026).

A record is a message (old form) or a line (new form), a unit is a file. A call and its result are
one object. Sub-agents record into files of their own below their parent's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

from trajset.sources.gemini_cli.catalog import TOOLS
from trajset.sources.gemini_cli.log import Recording, scan
from trajset.sources.gemini_cli.steps import Conversation
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.lenient import items
from trajset.sources.responses import word
from trajset.sources.tally import Tally
from trajset.sources.unit import Fields, Store, Unit, single_files
from trajset.trajectory import Origin, Trajectory

__all__ = ["FIELDS", "NAME", "STORE", "TITLE", "TOOLS", "VERSIONS", "claims", "read", "units"]

NAME = "gemini_cli"
TITLE = "Gemini CLI"
STORE = Store(
    linux=("$GEMINI_CLI_HOME/.gemini/tmp", "~/.gemini/tmp"),
    macos=("$GEMINI_CLI_HOME/.gemini/tmp", "~/.gemini/tmp"),
    windows=("$GEMINI_CLI_HOME/.gemini/tmp", "$USERPROFILE/.gemini/tmp"),
    suffixes=(".json", ".jsonl"),
)
VERSIONS = "recordings of 2026-01 to 2026-04 (they name no version)"
FIELDS = Fields(
    reasoning="yes",
    status="yes",
    exit_code="partly",
    ids="yes",
    times="yes",
    model="yes",
    usage="yes",
    tool_schemas="never",
    branches="partly",
    subagents="partly",
    compaction="partly",
)


def claims(head: Head) -> bool:
    """Whether the file has the recording's header, or records that only such a log has."""
    return any(
        ("sessionId" in record and "projectHash" in record)
        or isinstance(record.get("$set"), dict)
        or "$rewindTo" in record
        or (record.get("type") == "gemini" and "id" in record and "content" in record)
        for record in head.objects
    )


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a recording."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterable[Trajectory]:
    """The kept path of a recording, then each path that the user took back.

    Raises:
        SourceError: the file is a document that is cut off.
        OSError: the file cannot be read.
    """
    recording = scan(unit.path, tally)
    fields = _session_fields(recording, unit.path)
    prompts: Origin = "human" if fields["agent"] is None else "harness"
    for branch, segments in enumerate([recording.segments, *recording.abandoned]):
        # The branches share their beginning: what is repaired in it is counted once.
        conversation = Conversation(tally if branch == 0 else Tally(), prompts)
        conversation.follow(segments)
        trajectory = conversation.assembler.build(
            id=trajectory_id(NAME, fields["session_id"], fields["agent"], branch),
            branch=branch,
            responses=conversation.responses,
            delegations=conversation.delegations,
            **fields,
        )
        if trajectory is not None:
            tally.note("trajectories")
            yield trajectory


def _session_fields(recording: Recording, path: str) -> dict[str, Any]:
    header, place = recording.header, PurePath(path)
    session = word(header.get("sessionId")) or place.name.split(".", 1)[0]
    folders = [folder for folder in items(header.get("directories")) if isinstance(folder, str)]
    is_agent = header.get("kind") == "subagent"
    above = place.parent.name
    return {
        "harness": NAME,
        "session_id": session,
        "agent": session if is_agent else None,
        "parent_session": above if is_agent and above not in ("", "chats") else None,
        "project": folders[0] if folders else word(header.get("projectHash")),
        "title": word(header.get("summary")),
    }
