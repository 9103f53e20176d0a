"""Hermes agent: exported sessions, one JSON object a line (or one as a document) with its messages.

A record is a message; a row that is no session, or holds no message, counts as one. Messages that
the user took back (`active` 0) are an abandoned branch each run of them. Tools answer in JSON: its
`success` and `exit_code` are what the log says about a call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from trajset.sources.assemble import Assembler
from trajset.sources.chat import add_assistant, add_result, add_user
from trajset.sources.content import text_of
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.json_rows import json_rows
from trajset.sources.record_steps import RecordSteps
from trajset.sources.responses import word
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.sources.tool_lists import tools_of
from trajset.sources.unit import Fields, Store, Unit, single_files
from trajset.trajectory import Response, Status, Trajectory

NAME = "hermes"
TITLE = "Hermes Agent"
STORE = Store(
    linux=("$HERMES_HOME/sessions", "~/.hermes/sessions"),
    macos=("$HERMES_HOME/sessions", "~/.hermes/sessions"),
    windows=("$HERMES_HOME/sessions", "~/.hermes/sessions"),
    suffixes=(".jsonl", ".json"),
)
VERSIONS = "session export of 2026-06"
FIELDS = Fields(
    reasoning="yes",
    status="partly",
    exit_code="partly",
    ids="yes",
    times="yes",
    model="yes",
    usage="no",
    tool_schemas="no",
    branches="yes",
    subagents="no",
    compaction="no",
)

_ROLES = ("user", "assistant", "tool", "system")
_WRAPPER = re.compile(r"\A<untrusted_tool_result[^>]{0,200}>.{0,1000}?\n\n(?=\{)", re.DOTALL)
_WRAPPER_END = "\n</untrusted_tool_result>"


def claims(head: Head) -> bool:
    """Whether a file holds Hermes sessions: rows with a source, a system prompt and messages."""
    return any(_is_session(row) for row in head.objects)


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a file."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """The kept path of each session, then its abandoned branches.

    Raises:
        SourceError: the file is one JSON document that breaks off.
    """
    for line, row in json_rows(unit.path, tally):
        messages = row.get("messages") if isinstance(row, dict) else None
        if not isinstance(messages, list) or not _is_session(row):
            tally.skip("malformed_record")
        elif not messages:
            tally.skip("empty_session")
        else:
            yield from _read_session(row, messages, line, tally)


def _is_session(row: Any) -> bool:
    if not isinstance(row, dict) or not ("source" in row or "platform" in row):
        return False
    return "system_prompt" in row and ("messages" in row or "message_count" in row)


def _read_session(
    row: Mapping[str, Any], messages: list[Any], line: int, tally: Tally
) -> Iterator[Trajectory]:
    kept: list[int] = []
    branches: list[list[int]] = []
    previous_active = True
    for index, message in enumerate(messages):
        active = not (isinstance(message, dict) and message.get("active") in (0, False))
        if active:
            kept.append(index)
        elif previous_active:
            branches.append([*kept, index])
        else:
            branches[-1].append(index)
        previous_active = active
    counted: set[int] = set()
    for branch, path in enumerate([kept, *branches]):
        reader = _PathReader(row, Tally() if branch else tally)
        for index in path:
            outcome = reader.add(messages[index], line)
            if index in counted:
                continue
            counted.add(index)
            if outcome is None:
                tally.use()
            else:
                tally.skip(outcome)
        yield from reader.build(branch, messages[path[0]] if path else None)


class _PathReader:
    """Takes the messages of one path in order."""

    def __init__(self, row: Mapping[str, Any], tally: Tally) -> None:
        self._row = row
        self._tally = tally
        self._assembler = Assembler(tally)
        self._responses: dict[str, Response] = {}
        config = row.get("model_config")
        self._config = config if isinstance(config, dict) else _json_object(config)

    def add(self, message: Any, line: int) -> str | None:
        """Add one message; returns None, or the reason why it gave no step."""
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            return "malformed_record"
        number = message.get("id")
        steps = RecordSteps(
            self._assembler,
            key=f"{_session_id(self._row)}/{number}" if isinstance(number, int | str) else None,
            timestamp=to_ms(message.get("timestamp")),
            line=line,
            cwd=word(self._row.get("cwd")),
        )
        if message["role"] == "assistant":
            response_id = (
                f"m{number}" if isinstance(number, int | str) else f"n{len(self._responses)}"
            )
            add_assistant(steps, message, self._tally, response_id=response_id)
            if steps.count:
                self._responses[response_id] = Response(
                    model=word(self._row.get("model")),
                    stop_reason=word(message.get("finish_reason")),
                    effort=self._effort(),
                )
        elif message["role"] == "tool":
            add_result(steps, message, self._tally, judge=_judge)
        elif message["role"] == "system":
            steps.message(text_of(message.get("content"), self._tally), "harness", "system")
        else:
            add_user(steps, message, self._tally)
        return None if steps.count else "empty_message"

    def build(self, branch: int, first: Any) -> Iterator[Trajectory]:
        """The trajectory of the path, if it holds a step."""
        row = self._row
        session = _session_id(row)
        number = first.get("id") if isinstance(first, dict) else None
        found = self._assembler.build(
            id=trajectory_id(NAME, f"{session}/{number}", None, branch),
            session_id=session,
            harness=NAME,
            branch=branch,
            parent_session=word(row.get("parent_session_id")),
            model=word(row.get("model")),
            responses=self._responses,
            project=word(row.get("cwd")),
            title=word(row.get("title")),
            system_prompt=word(row.get("system_prompt")),
            tools=tools_of(row.get("tools")),
        )
        if found is not None:
            yield found

    def _effort(self) -> str | None:
        reasoning = self._config.get("reasoning_config")
        return word(reasoning.get("effort")) if isinstance(reasoning, dict) else None


def _session_id(row: Mapping[str, Any]) -> str:
    return word(row.get("id")) or word(row.get("session_id")) or "unknown"


def _judge(text: str, is_error: bool | None) -> tuple[Status, int | None]:
    """What the JSON of a result says; cut off JSON says nothing."""
    answer = _json_object(_WRAPPER.sub("", text, count=1).removesuffix(_WRAPPER_END))
    exit_code = answer.get("exit_code")
    if isinstance(exit_code, bool) or not isinstance(exit_code, int):
        exit_code = None
    success = answer.get("success")
    if is_error or success is False or exit_code:
        return "error", exit_code
    return ("ok" if success is True or exit_code == 0 else "unknown"), exit_code


def _json_object(text: Any) -> dict[str, Any]:
    if not isinstance(text, str) or not text.startswith("{"):
        return {}
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
