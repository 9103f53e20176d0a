"""CodeWhale (formerly DeepSeek-TUI): one JSON document a session, in the shape of Anthropic's API.

A record is a message, or an entry of the journal. From 0.9.5 on the journal is a tree of entries
and the `messages` beside it repeat its active branch; before, `messages` is all there is and has no
times. Read from the public source code, without a session of a user: where that is silent (what
a result without an error flag means), the status is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.branching import parents, paths
from trajset.sources.chat import add_assistant, add_user
from trajset.sources.content import text_of
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.json_rows import json_rows
from trajset.sources.record_steps import RecordSteps
from trajset.sources.responses import word
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.sources.unit import Fields, Store, Unit, single_files
from trajset.trajectory import Response, Trajectory

NAME = "codewhale"
TITLE = "CodeWhale"
STORE = Store(
    linux=("$CODEWHALE_HOME/sessions", "~/.codewhale/sessions", "~/.deepseek/sessions"),
    macos=("$CODEWHALE_HOME/sessions", "~/.codewhale/sessions", "~/.deepseek/sessions"),
    windows=("$CODEWHALE_HOME/sessions", "~/.codewhale/sessions", "~/.deepseek/sessions"),
    suffixes=(".json", ".jsonl"),
)
VERSIONS = "session schema 1, from source code (0.8 and 0.9); no recorded session"
FIELDS = Fields(
    reasoning="yes",
    status="partly",
    exit_code="no",
    ids="yes",
    times="partly",
    model="yes",
    usage="no",
    tool_schemas="never",
    branches="yes",
    subagents="no",
    compaction="partly",
)

_KINDS = ("message", "user", "assistant", "compaction", "branch_summary", "system")


def claims(head: Head) -> bool:
    """Whether a file holds CodeWhale sessions: metadata with a workspace, or a journal."""
    return any(_is_session(row) for row in head.objects)


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a file."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """The active branch of each session, then its abandoned ones.

    Raises:
        SourceError: the file is one JSON document that breaks off.
    """
    for line, row in json_rows(unit.path, tally):
        if not _is_session(row):
            tally.skip("malformed_record")
            continue
        journal = row.get("journal") if isinstance(row.get("journal"), dict) else row
        entries = journal.get("entries")
        messages = row.get("messages")
        if isinstance(entries, list) and entries:
            if isinstance(messages, list):
                tally.skip("journal_copy", len(messages))
            leaf = row.get("leaf_id") or journal.get("leaf_id")
        elif isinstance(messages, list) and messages:
            entries = [{"kind": "message", "message": message} for message in messages]
            leaf = None
        else:
            tally.skip("empty_session")
            continue
        yield from _read_entries(row, entries, leaf, line, tally)


def _is_session(row: Any) -> bool:
    if not isinstance(row, dict):
        return False
    metadata = row.get("metadata")
    if isinstance(metadata, dict) and "workspace" in metadata and "model" in metadata:
        return True
    return "exported_at" in row and "format_version" in row and "entries" in row


def _read_entries(
    row: Mapping[str, Any], entries: list[Any], leaf: Any, line: int, tally: Tally
) -> Iterator[Trajectory]:
    usable = [e for e in entries if isinstance(e, dict) and e.get("kind") in _KINDS]
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("kind"), str):
            if entry["kind"] not in _KINDS:
                tally.skip_unknown(entry["kind"])
        else:
            tally.skip("malformed_record")
    if not usable:
        return
    parent = parents([(word(e.get("id")), word(e.get("parent_id"))) for e in usable], tally)
    ends = (i for i in range(len(usable) - 1, -1, -1) if usable[i].get("id") == leaf)
    last = next(ends, len(usable) - 1) if leaf else len(usable) - 1
    counted: set[int] = set()
    for branch, path in enumerate(paths(parent, last, [True] * len(usable))):
        reader = _PathReader(row, Tally() if branch else tally)
        for index in path:
            outcome = reader.add(usable[index], line)
            if index in counted:
                continue
            counted.add(index)
            if outcome is None:
                tally.use()
            else:
                tally.skip(outcome)
        yield from reader.build(branch, usable[path[0]])


class _PathReader:
    """Takes the entries of one path in order."""

    def __init__(self, row: Mapping[str, Any], tally: Tally) -> None:
        metadata = row.get("metadata")
        self._metadata: Mapping[str, Any] = metadata if isinstance(metadata, dict) else {}
        self._system = text_of(row.get("system_prompt"), tally) or None
        self._tally = tally
        self._assembler = Assembler(tally)
        self._responses: dict[str, Response] = {}

    def add(self, entry: Mapping[str, Any], line: int) -> str | None:
        """Add one entry; returns None, or the reason why it gave no step."""
        message = _message_of(entry)
        role = message.get("role")
        steps = RecordSteps(
            self._assembler,
            key=word(entry.get("id")),
            timestamp=to_ms(entry.get("created_at")),
            line=line,
            cwd=word(self._metadata.get("workspace")),
            learn=role != "assistant_interrupted",
        )
        if entry["kind"] in ("compaction", "branch_summary"):
            text = text_of(entry.get("summary"), self._tally)
            if entry["kind"] == "compaction" and text.strip():
                self._assembler.segment()
            steps.message(text, "summary", "system")
        elif role in ("assistant", "assistant_interrupted"):
            response_id = word(entry.get("id")) or f"n{len(self._responses) + 1}"
            add_assistant(steps, message, self._tally, response_id=response_id)
            if steps.count:
                self._responses[response_id] = Response(model=word(self._metadata.get("model")))
        elif role in ("system", "developer"):
            steps.message(text_of(message.get("content"), self._tally), "harness", "system")
        elif role in ("user", "tool"):
            add_user(steps, message, self._tally)
        else:
            return "malformed_record"
        return None if steps.count else "empty_message"

    def build(self, branch: int, first: Mapping[str, Any]) -> Iterator[Trajectory]:
        """The trajectory of the path, if it holds a step."""
        metadata = self._metadata
        session = word(metadata.get("id")) or "unknown"
        fields: dict[str, Any] = {}
        if word(first.get("created_at")) is None:
            fields["started_at"] = to_ms(metadata.get("created_at"))
            fields["ended_at"] = to_ms(metadata.get("updated_at"))
        found = self._assembler.build(
            id=trajectory_id(NAME, word(first.get("id")) or f"{session}/0", None, branch),
            session_id=session,
            harness=NAME,
            branch=branch,
            parent_session=word(metadata.get("parent_session_id")),
            project=word(metadata.get("workspace")),
            title=word(metadata.get("title")),
            system_prompt=self._system,
            model=word(metadata.get("model")),
            responses=self._responses,
            **fields,
        )
        if found is not None:
            yield found


def _message_of(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The message that an entry stands for."""
    message = entry.get("message")
    if entry["kind"] == "message":
        return message if isinstance(message, dict) else {}
    return {"role": entry["kind"], "content": entry.get("text") or entry.get("content")}
