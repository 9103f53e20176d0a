"""STS-Format (Session Traces, the Hub's viewer): JSON Lines, a header and messages.

A record is a line. A file may hold several sessions, each begun by its header. The format says
nothing about the success of a call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

import msgspec

from trajset.sources.assemble import Assembler
from trajset.sources.chat import add_assistant, add_result, add_user
from trajset.sources.content import text_of
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.record_steps import RecordSteps
from trajset.sources.records import json_lines
from trajset.sources.responses import usual_model
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.sources.unit import Fields, Store, Unit, single_files
from trajset.trajectory import Response, Trajectory

NAME = "sts"
TITLE = "STS-Format"
STORE = Store()
VERSIONS = "as documented for the Hub's viewer in 2026"
FIELDS = Fields(
    reasoning="yes",
    status="never",
    exit_code="never",
    ids="yes",
    times="yes",
    model="yes",
    usage="never",
    tool_schemas="never",
    branches="never",
    subagents="never",
    compaction="never",
)

_ROLES = ("user", "assistant", "system", "tool")


class _Said(msgspec.Struct, frozen=True, gc=False):
    role: str
    content: Any = None
    reasoningContent: str | None = None
    toolCalls: list[dict[str, Any]] | None = None
    toolCallId: str | None = None
    timestamp: float | None = None
    model: str | None = None


class _Record(msgspec.Struct, frozen=True, gc=False):
    type: str
    id: str | None = None
    harness: str | None = None
    name: str | None = None
    message: _Said | None = None


_decoder = msgspec.json.Decoder(_Record)


def claims(head: Head) -> bool:
    """Whether a file is a session trace: its header, or messages in camel case and nothing else."""
    for record in head.objects:
        if record.get("type") == "session" and isinstance(record.get("harness"), str):
            return isinstance(record.get("id"), str)
        message = record.get("message")
        if record.get("type") == "message" and isinstance(message, dict):
            return set(record) == {"type", "message"} and message.get("role") in _ROLES
    return False


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a file."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """One trajectory a header."""
    session = _Session(PurePosixPath(unit.path).stem, None, tally)
    for line, record, _ in json_lines(unit.path, tally, _decoder):
        if record is None:
            tally.skip("malformed_record")
        elif record.type == "session":
            yield from session.build()
            session = _Session(record.id or session.id, record.name, tally)
            tally.use()
        elif record.type != "message":
            tally.skip_unknown(record.type)
        elif record.message is None or record.message.role not in _ROLES:
            tally.skip("malformed_record")
        elif session.add(record.message, line):
            tally.use()
        else:
            tally.skip("empty_message")
    yield from session.build()


class _Session:
    """Takes the messages of one session in order."""

    def __init__(self, session_id: str, title: str | None, tally: Tally) -> None:
        self.id = session_id
        self._title = title
        self._tally = tally
        self._assembler = Assembler(tally)
        self._system: str | None = None
        self._responses: dict[str, Response] = {}

    def add(self, said: _Said, line: int) -> bool:
        """Add one message; returns False where it is empty."""
        steps = RecordSteps(self._assembler, timestamp=to_ms(said.timestamp), line=line)
        message = {"content": said.content}
        if said.role == "system":
            text = text_of(said.content, self._tally)
            if self._system is None and len(self._assembler) == 0:
                self._system = text.strip() and text
                return bool(self._system)
            steps.message(text, "harness", "system")
        elif said.role == "assistant":
            response_id = f"line{line}"
            full = {**message, "reasoning": said.reasoningContent, "tool_calls": said.toolCalls}
            add_assistant(steps, full, self._tally, response_id=response_id)
            if steps.count:
                self._responses[response_id] = Response(model=said.model)
        elif said.role == "tool":
            result = {**message, "tool_call_id": said.toolCallId}
            add_result(steps, result, self._tally)
        else:
            add_user(steps, message, self._tally)
        return steps.count > 0

    def build(self) -> Iterator[Trajectory]:
        """The trajectory, if the session holds a step."""
        found = self._assembler.build(
            id=trajectory_id(NAME, f"{self.id}/0", None, 0),
            session_id=self.id,
            harness=NAME,
            title=self._title,
            system_prompt=self._system,
            model=usual_model(self._responses),
            responses=self._responses,
        )
        if found is not None:
            yield found
