"""Factory's droid: JSON Lines of messages in the shape of Anthropic's API, linked by `parentId`.

A record is a line. Messages that only the model sees (`llm_only`: reminders, notices of an
interrupt) are the harness speaking; what only the user sees is a result at most. A record that goes
back to an earlier parent starts a new path only where a person speaks in it: ids repeat in logs.
The model is named in the harness's first message only, where it is named at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

import msgspec

from trajset.sources.assemble import Assembler
from trajset.sources.branching import parents, paths
from trajset.sources.chat import add_assistant, add_user
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.record_steps import RecordSteps
from trajset.sources.records import json_lines
from trajset.sources.responses import word
from trajset.sources.schema import function_tool
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.sources.unit import Fields, Store, Unit, single_files
from trajset.trajectory import Origin, Response, Status, Trajectory

NAME = "factory_droid"
TITLE = "Factory Droid"
STORE = Store(
    linux=("~/.factory/sessions",),
    macos=("~/.factory/sessions",),
    windows=("~/.factory/sessions",),
)
VERSIONS = "session format 2"
FIELDS = Fields(
    reasoning="yes",
    status="yes",
    exit_code="partly",
    ids="yes",
    times="yes",
    model="partly",
    usage="never",
    tool_schemas="never",
    branches="yes",
    subagents="no",
    compaction="no",
)
TOOLS: tuple[dict[str, Any], ...] = (
    function_tool("AskUser", "Ask the user questions.", {"questionnaire": "string"}),
    function_tool("Create", "Write a new file.", {"file_path": "string", "content": "string"}),
    function_tool(
        "Execute",
        "Run a command in the shell.",
        {"command": "string"},
        {"summary": "string", "riskLevel": "string", "riskLevelReason": "string"}
        | {"timeout": "number"},
    ),
    function_tool(
        "Glob", "List files whose path matches.", {"patterns": "string"}, {"folder": "string"}
    ),
    function_tool("Read", "Read a file.", {"file_path": "string"}, {"image_quality": "string"}),
    function_tool("Skill", "Load the instructions of a skill.", {"skill": "string"}),
    function_tool("TodoWrite", "Keep the list of tasks.", {"todos": "string"}),
    function_tool("WebSearch", "Search the web.", {"query": "string"}),
)
"""Of droid's tools those that its logs show; they hold no schemas."""

_SKIPPED = frozenset({"todo_state", "session_settings", "agent_turn_outcome", "session_end"})
_EXIT_CODE = re.compile(r"\[Process exited with code (-?\d{1,6})\]\s*\Z")
_CANCELLED = re.compile(r"Error: Tool execution cancelled by user")
_MODEL = re.compile(r"^Model: (\S[^\n]{0,80})$", re.MULTILINE)


class _Said(msgspec.Struct, frozen=True, gc=False):
    role: str
    content: str | list[dict[str, Any]] | None = None
    visibility: str | None = None
    chatCompletionReasoningContent: str | None = None


class _Record(msgspec.Struct, frozen=True, gc=False):
    type: str
    id: str | None = None
    parentId: str | None = None
    timestamp: str | None = None
    message: _Said | None = None
    cwd: str | None = None
    title: str | None = None
    sessionTitle: str | None = None


_decoder = msgspec.json.Decoder(_Record)


def claims(head: Head) -> bool:
    """Whether a file is a droid session: its header, or messages with droid's fields."""
    for record in head.objects:
        if record.get("type") == "session_start" and isinstance(record.get("id"), str):
            return True
        message = record.get("message")
        if record.get("type") == "message" and isinstance(message, dict):
            stamped = isinstance(record.get("timestamp"), str) and "timestamp" not in message
            named = isinstance(record.get("id"), str) and "uuid" not in record
            return stamped and named and message.get("role") in ("user", "assistant")
    return False


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a file."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """The kept path of a session, then its abandoned branches."""
    header: _Record | None = None
    records: list[_Record] = []
    lines: list[int] = []
    for line, record, _ in json_lines(unit.path, tally, _decoder):
        if record is None:
            tally.skip("malformed_record")
        elif record.type == "session_start":
            header = header or record
            tally.use()
        elif record.type in _SKIPPED:
            tally.skip(record.type)
        elif record.type != "message":
            tally.skip_unknown(record.type)
        elif record.message is None or record.message.role not in ("user", "assistant"):
            tally.skip("malformed_record")
        else:
            records.append(record)
            lines.append(line)
    if not records:
        return
    keys = _own_keys(records)
    counted = [False] * len(records)
    parent = parents(_links(records), tally)
    solid = [True] * len(records)
    for branch, path in enumerate(paths(parent, len(records) - 1, solid)):
        reader = _PathReader(header, Tally() if branch else tally)
        for index in path:
            added = reader.add(records[index], keys[index], lines[index])
            if not counted[index]:
                counted[index] = True
                _count(records[index], added, tally)
        found = reader.build(unit, records[path[0]], branch)
        if found is not None:
            yield found


def _own_keys(records: Sequence[_Record]) -> list[str | None]:
    """A key of its own for each record: an id that stands there before gets its number."""
    seen: Counter[str] = Counter()
    keys: list[str | None] = []
    for record in records:
        if record.id is not None:
            seen[record.id] += 1
        again = record.id is not None and seen[record.id] > 1
        keys.append(f"{record.id}@{seen[record.id or '']}" if again else record.id)
    return keys


def _links(records: Sequence[_Record]) -> list[tuple[str | None, str | None]]:
    """Keys and parents; only a message that a person typed may go back to an earlier parent."""
    links: list[tuple[str | None, str | None]] = []
    before: str | None = None
    for index, record in enumerate(records):
        key = record.id or f"line{index}"
        links.append((key, record.parentId if _typed(record) and record.parentId else before))
        before = key
    return links


def _typed(record: _Record) -> bool:
    said = record.message
    if said is None or said.role != "user" or said.visibility is not None:
        return False
    if isinstance(said.content, list):
        return not any(block.get("type") == "tool_result" for block in said.content)
    return True


def _count(record: _Record, added: bool, tally: Tally) -> None:
    if added:
        tally.use()
    elif record.message is not None and record.message.visibility == "user_only":
        tally.skip("shown_to_user_only")
    else:
        tally.skip("empty_message")


class _PathReader:
    """Takes the messages of one path in order."""

    def __init__(self, header: _Record | None, tally: Tally) -> None:
        self._header = header
        self._tally = tally
        self._assembler = Assembler(tally)
        self._calls: set[str] = set()
        self._model: str | None = None
        self._responses: dict[str, Response] = {}

    def add(self, record: _Record, key: str | None, line: int) -> bool:
        """Add one message; returns False where it gave no step."""
        said = record.message
        if said is None:
            return False
        steps = RecordSteps(
            self._assembler,
            key=key,
            timestamp=to_ms(record.timestamp),
            line=line,
            cwd=self._header.cwd if self._header else None,
        )
        if said.role == "assistant":
            self._add_response(steps, said, f"line{line}")
        else:
            self._add_user(steps, said)
        return steps.count > 0

    def build(self, unit: Unit, first: _Record, branch: int) -> Trajectory | None:
        """The trajectory of the path."""
        header = self._header
        session = header.id if header and header.id else PurePosixPath(unit.path).stem
        return self._assembler.build(
            id=trajectory_id(NAME, first.id or f"{session}/0", None, branch),
            session_id=session,
            harness=NAME,
            branch=branch,
            project=header.cwd if header else None,
            title=(header.sessionTitle or header.title) if header else None,
            model=self._model,
            responses=self._responses,
        )

    def _add_response(self, steps: RecordSteps, said: _Said, response_id: str) -> None:
        content = said.content
        blocks = content if isinstance(content, list) else []
        thinks = any(b.get("type") == "thinking" and b.get("thinking") for b in blocks)
        message: dict[str, Any] = {"content": content}
        if not thinks:
            message["reasoning_content"] = said.chatCompletionReasoningContent
        add_assistant(steps, message, self._tally, response_id=response_id)
        self._calls.update(b["id"] for b in blocks if isinstance(b.get("id"), str))
        if steps.count:
            self._responses[response_id] = Response(model=self._model)

    def _add_user(self, steps: RecordSteps, said: _Said) -> None:
        content = said.content
        if said.visibility == "user_only":
            # The model did not see it: of use only as the result of a call that stands in the log.
            blocks = content if isinstance(content, list) else []
            content = [b for b in blocks if word(b.get("tool_use_id")) in self._calls]
        elif said.visibility == "llm_only" and self._model is None:
            self._model = _named_model(content)
        origin: Origin = "harness" if said.visibility else "human"
        message = {"content": content}
        add_user(steps, message, self._tally, origin=origin, judge=_judge)


def _named_model(content: str | list[dict[str, Any]] | None) -> str | None:
    blocks = content if isinstance(content, list) else [{"text": content}]
    for block in blocks:
        text = word(block.get("text"))
        if text and (match := _MODEL.search(text[:20_000])):
            return match[1].strip()
    return None


def _judge(text: str, is_error: bool | None) -> tuple[Status, int | None]:
    """The status of a result. A non-zero exit code is a failure, whatever the flag says."""
    match = _EXIT_CODE.search(text[-80:])
    exit_code = int(match[1]) if match else None
    if is_error and _CANCELLED.match(text[:80]):
        return "cancelled", exit_code
    if is_error or exit_code:
        return "error", exit_code
    return ("unknown" if is_error is None and exit_code is None else "ok"), exit_code
