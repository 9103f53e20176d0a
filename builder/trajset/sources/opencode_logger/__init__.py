"""OpenCode's session-logger plugin: `session-<id>.json` (events) and `dspy-<id>.json` (examples).

Both files of a session are one unit: the steps come from `session-*`, the recorded outcome from
`dspy-*`, whose examples are cut-down copies; alone, they are what there is. A record is a file's
head, a message, a tool call, an example, or an item of an example's history or actions.

The plugin calls a result a success unless its text holds `error` or `failed`: that is a guess and
no report, so the status stays `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Any

from trajset.sources.files import read_head
from trajset.sources.head import Head
from trajset.sources.opencode.catalog import TOOLS
from trajset.sources.opencode_logger import examples, session
from trajset.sources.records import json_document
from trajset.sources.tally import Tally
from trajset.sources.unit import Fields, SourceError, Store, Unit
from trajset.trajectory import Trajectory

__all__ = ["FIELDS", "NAME", "STORE", "TITLE", "TOOLS", "VERSIONS", "claims", "read", "units"]

NAME = "opencode_logger"
TITLE = "OpenCode session-logger plugin"
STORE = Store(suffixes=(".json",))  # `.opencode-logs` in each project: no place of its own
VERSIONS = "session-logger v1, v2 (2025-11)"
FIELDS = Fields(
    reasoning="never",
    status="no",
    exit_code="never",
    ids="yes",
    times="yes",
    model="yes",
    usage="yes",
    tool_schemas="never",
    branches="never",
    subagents="no",
    compaction="no",
)


def claims(head: Head) -> bool:
    """Whether this is one of the plugin's two files."""
    return isinstance(head.document, dict) and _kind(head.document) is not None


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a session and folder, paired by the session id that the files begin with."""
    groups: dict[tuple[str, object], list[str]] = {}
    for file in files:
        document = read_head(file).document
        named = isinstance(document, dict) and (
            document.get("sessionId") or document.get("session")
        )
        key = named if isinstance(named, str) and named != "REDACTED" else file
        groups.setdefault((str(PurePath(file).parent), key), []).append(file)
    for group in groups.values():
        yield Unit(harness=NAME, path=group[0], files=tuple(group))


def read(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """The session as one trajectory.

    Raises:
        SourceError: a file is no JSON, or none of them is the plugin's.
    """
    documents: dict[str, dict[str, Any]] = {}
    for file in unit.files:
        document = json_document(file, tally)
        kind = _kind(document) if isinstance(document, dict) else None
        if kind is None or kind in documents:
            tally.skip("another_file_of_the_session")
        else:
            documents[kind] = document
            tally.use()
    if not documents:
        raise SourceError(f"{unit.path}: expected a file of session-logger, found another value")
    outcome = examples.outcome_of(documents.get("dspy", {}))
    if "session" in documents:
        if "dspy" in documents:
            examples.leave_out(documents["dspy"], tally)
        trajectory = session.trajectory(NAME, documents["session"], outcome, tally)
    else:
        trajectory = examples.trajectory(NAME, documents["dspy"], outcome, tally)
    if trajectory is not None:
        yield trajectory


def _kind(document: dict[str, Any]) -> str | None:
    """`session` or `dspy`, by the keys that the file begins with."""
    if "session" in document and {"generated", "totalExamples"} <= document.keys():
        return "dspy"
    messages = document.get("messages")
    if "sessionId" not in document or not isinstance(messages, list):
        return None
    if any(isinstance(message, dict) and "messageId" in message for message in messages[:8]):
        return "session"
    return "session" if not messages and "toolCalls" in document else None
