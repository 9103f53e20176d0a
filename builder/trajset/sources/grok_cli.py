"""Grok CLI: a session folder with `updates.jsonl` (ACP session updates) and two small documents.

A record is a line of the updates, or one of the documents (`summary.json`: id, folder, remotes;
`signals.json`: models). A unit is a folder. Text comes in chunks that are joined; a call and its
result are separate updates with one id. Responses are not marked: one ends at a result or a prompt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

import msgspec

from trajset.sources.assemble import Assembler
from trajset.sources.content import as_json, text_of
from trajset.sources.files import read_head
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.lenient import items, mapping
from trajset.sources.records import json_document, json_lines
from trajset.sources.responses import word
from trajset.sources.schema import function_tool
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.sources.unit import Fields, SourceError, Store, Unit
from trajset.trajectory import Status, Trajectory

NAME = "grok_cli"
TITLE = "Grok CLI"
STORE = Store(
    linux=("~/.grok/sessions",),
    macos=("~/.grok/sessions",),
    windows=("$USERPROFILE/.grok/sessions",),
    suffixes=(".jsonl", ".json"),
)
VERSIONS = "session folders of 2026-01 (they name no version)"
FIELDS = Fields(
    reasoning="partly",
    status="yes",
    exit_code="partly",
    ids="partly",
    times="yes",
    model="partly",
    usage="no",
    tool_schemas="no",
    branches="no",
    subagents="no",
    compaction="no",
)
TOOLS: tuple[dict[str, Any], ...] = (
    function_tool(
        "grep", "Search the contents of files.", {"pattern": "string"}, {"path": "string"}
    ),
    function_tool("read_file", "Read a file.", {"target_file": "string"}),
    function_tool(
        "run_terminal_command",
        "Run a command in the shell.",
        {"command": "string"},
        {"description": "string"},
    ),
    function_tool(
        "search_replace",
        "Replace text in a file.",
        {"file_path": "string", "old_string": "string", "new_string": "string"},
    ),
    function_tool("spawn_subagent", "Give a task to an agent of its own.", {"task": "string"}),
    function_tool("todo_write", "Keep the list of tasks.", {"todos": "array"}),
    function_tool("write", "Write a file.", {"file_path": "string", "content": "string"}),
)
"""Of Grok's tools those that its logs show; they hold no schemas."""

_CHUNKS = {
    "user_message_chunk": "user",
    "agent_message_chunk": "assistant",
    "agent_thought_chunk": "thought",
}
_SILENT = frozenset({"available_commands_update", "current_mode_update", "plan"})
_TEXT_KEYS = ("content", "text", "output", "stdout", "stderr", "error", "message")

_decoder = msgspec.json.Decoder(dict[str, Any])


def claims(head: Head) -> bool:
    """Whether the file holds session updates, or is one of the documents beside them."""
    return _is_document(head.document) or any(
        "sessionUpdate" in _update(record) for record in head.objects
    )


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a folder."""
    folders: dict[str, list[str]] = {}
    for file in sorted(files):
        folders.setdefault(file.rpartition("/")[0] or str(PurePath(file).parent), []).append(file)
    return [
        Unit(harness=NAME, path=folder, files=tuple(names)) for folder, names in folders.items()
    ]


def read(unit: Unit, tally: Tally) -> Iterable[Trajectory]:
    """The conversation of a session folder.

    Raises:
        SourceError: the folder has no updates.
        OSError: a file cannot be read.
    """
    session = _Session(tally)
    logs = [file for file in unit.files if not session.document(file)]
    if not logs:
        raise SourceError(f"{unit.path}: expected a log of session updates, found none")
    for file in logs:
        for line, record, _ in json_lines(file, tally, _decoder):
            if record is None:
                tally.skip("wrong_type")
            else:
                session.add(record, line)
    session.end_text()
    info, signals = mapping(session.summary.get("info")), session.signals
    name = word(info.get("id")) or session.named or PurePath(unit.path).name
    trajectory = session.assembler.build(
        id=trajectory_id(NAME, name, None, 0),
        session_id=name,
        harness=NAME,
        model=word(signals.get("primaryModelId")) or word(session.summary.get("current_model_id")),
        project=word(info.get("cwd")),
        repository=next(map(word, items(session.summary.get("git_remotes"))), None),
    )
    if trajectory is not None:
        tally.note("trajectories")
        yield trajectory


class _Session:
    def __init__(self, tally: Tally) -> None:
        self.assembler = Assembler(tally)
        self.summary: dict[str, Any] = {}
        self.signals: dict[str, Any] = {}
        self.named: str | None = None
        self._tally = tally
        self._speaker: str | None = None
        self._chunks: list[str] = []
        self._said: dict[str, Any] = {}
        self._open: dict[str, str] = {}

    def document(self, file: str) -> bool:
        """Take the file if it is one of the two documents; a broken one is counted."""
        if not _is_document(read_head(file).document):
            return False
        try:
            found = mapping(json_document(file, self._tally))
        except SourceError:
            self._tally.skip("truncated_document")
            return True
        if "primaryModelId" in found:
            self.signals = found
        else:
            self.summary = found
        self._tally.use()
        return True

    def add(self, record: dict[str, Any], line: int) -> None:
        """Take one update and count it."""
        update = _update(record)
        kind = word(update.get("sessionUpdate"))
        at = {"timestamp": to_ms(record.get("timestamp")), "line": line}
        self.named = self.named or word(mapping(record.get("params")).get("sessionId"))
        if kind in _CHUNKS:
            self._chunk(_CHUNKS[kind], text_of([update.get("content")], self._tally), at)
            self._tally.use()
        elif kind == "tool_call":
            self._call(update, at)
            self._tally.use()
        elif kind == "tool_call_update":
            if self._result(update, at):
                self._tally.use()
            else:
                self._tally.skip("tool_progress")
        elif kind in _SILENT:
            self._tally.skip(kind or "")
        else:
            self._tally.skip_unknown(kind or record.get("method"))

    def end_text(self) -> None:
        """Write down the text whose chunks have come so far."""
        text, speaker = "".join(self._chunks), self._speaker
        self._chunks, self._speaker = [], None
        if speaker == "thought":
            self.assembler.reasoning(text, **self._said)
        elif speaker == "assistant":
            self.assembler.message("assistant", text, "model", **self._said)
        elif speaker == "user":
            self.assembler.message("user", text, "human", **self._said)

    def _chunk(self, speaker: str, text: str, at: dict[str, Any]) -> None:
        if speaker != self._speaker:
            self.end_text()
            self._speaker, self._said = speaker, at
        self._chunks.append(text)

    def _call(self, update: dict[str, Any], at: dict[str, Any]) -> None:
        self.end_text()
        tool = mapping(mapping(update.get("_meta")).get("x.ai/tool"))
        log_id = word(update.get("toolCallId"))
        name = word(tool.get("name")) or word(update.get("title")) or ""
        made = self.assembler.call(name, update.get("rawInput"), call_id=log_id, **at)
        if log_id is not None:
            self._open[log_id] = made
        if update.get("status") in ("completed", "failed"):
            self._result(update, at)

    def _result(self, update: dict[str, Any], at: dict[str, Any]) -> bool:
        """Add the result that an update brings; False where the call still runs."""
        state = update.get("status")
        if state not in ("completed", "failed"):
            return False
        self.end_text()
        output = update.get("rawOutput")
        code = mapping(output).get("exit_code")
        code = code if isinstance(code, int) and not isinstance(code, bool) else None
        status: Status = "error" if state == "failed" or code else "ok"
        log_id = word(update.get("toolCallId"))
        self.assembler.observation(
            self._text(output, update.get("content")),
            call_id=self._open.pop(log_id, log_id) if log_id is not None else None,
            status=status,
            exit_code=code,
            **at,
        )
        return True

    def _text(self, output: Any, content: Any) -> str:
        """The text of a result: what the client was shown, else what the tool returned."""
        shown = [mapping(part).get("content") for part in items(content)]
        text = "\n".join(filter(None, (text_of(part, self._tally) for part in shown)))
        if text or output is None:
            return text
        return _raw_text(output) or as_json(output)


def _is_document(value: Any) -> bool:
    """Whether a whole file is the summary or the signals of a session."""
    found = mapping(value)
    if isinstance(found.get("info"), dict) and "current_model_id" in found:
        return True
    return "primaryModelId" in found and "toolCallCount" in found


def _update(record: dict[str, Any]) -> dict[str, Any]:
    return mapping(mapping(record.get("params")).get("update"))


def _raw_text(output: Any) -> str:
    """The text fields of a tool's own output, one or two levels down; empty where it has none."""
    if isinstance(output, str):
        return output
    found: list[str] = []
    for key, value in mapping(output).items():
        if isinstance(value, dict):
            value = _raw_text({k: v for k, v in value.items() if not isinstance(v, dict)})
            found += [value] if value else []
        elif key in _TEXT_KEYS:
            found += [
                part for part in ([value] if isinstance(value, str) else items(value)) if part
            ]
    return "\n".join(part for part in found if isinstance(part, str))
