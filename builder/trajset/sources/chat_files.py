"""Plain chat files: messages in the shape of OpenAI's or Anthropic's API, whoever saved them.

Read are a JSON list of messages, an object with `messages` (the `.evolve/trajectories` envelope,
request bodies with `tools`), JSON Lines of such objects, and JSON Lines of bare messages (one
conversation). A record is a message; a row that holds none counts as one. The success of a call is
known only where a result carries `is_error`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

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
from trajset.trajectory import Trajectory

NAME = "chat_files"
TITLE = "Chat files (OpenAI, Anthropic messages)"
STORE = Store(suffixes=(".json", ".jsonl"))
VERSIONS = "OpenAI chat completions, Anthropic Messages"
FIELDS = Fields(
    reasoning="partly",
    status="partly",
    exit_code="never",
    ids="partly",
    times="partly",
    model="partly",
    usage="never",
    tool_schemas="partly",
    branches="never",
    subagents="never",
    compaction="never",
)

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_SYSTEM = ("system", "developer")
_OTHERS = (
    *("instance_id", "resolved", "traj_id", "trajectory_format", "info", "schema_version", "eval"),
    *("system_prompt", "metadata", "sessionId", "projectHash", "type", "kind", "history", "steps"),
    *("trajectory", "examples", "toolCalls", "samples", "journal", "conversations", "run_id"),
)
"""Keys of other formats that hold `messages` too."""
_MESSAGE_OTHERS = ("type", "message", "modelInfo", "metrics", "ts", "message_type", "messageId")
_OTHER_PROMPTS = re.compile(
    r"\s*(?:<task>|OBSERVATION:|<returncode>|EXECUTION RESULT of|<uploaded_files>)"
    r"|.{0,20000}?<environment_details>",
    re.DOTALL,
)
"""What user messages of runs begin with that have a source of their own."""
_BASH_BLOCK = re.compile(r"```(?:bash|mswea_bash_command)[ \t]*\r?\n")
_REMINDER = re.compile(
    r"(?:\s*<system-reminder>(?:(?!</system-reminder>).)*</system-reminder>)+\s*\Z", re.DOTALL
)
_THINKING = "[Thinking]"


def claims(head: Head) -> bool:
    """Whether a file holds chat messages and none of the marks of a format that has its source."""
    document = head.document
    if isinstance(document, list):
        return _is_chat(document)
    rows = head.objects
    if rows and all(_is_message(row) for row in rows):
        return _is_chat(list(rows))
    # The head may cut off the last row, and with it the marks of another format.
    return bool(rows) and _is_envelope(rows[0])


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a file."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """One trajectory a conversation.

    Raises:
        SourceError: the file is one JSON document that breaks off.
    """
    bare: _Chat | None = None
    name = PurePosixPath(unit.path).stem
    for line, row in json_rows(unit.path, tally):
        if isinstance(row, list):
            yield from _read_messages(_Chat({}, name, tally), row, line)
        elif isinstance(row, dict) and isinstance(row.get("messages"), list):
            session = word(row.get("session_id")) or word(row.get("id")) or f"{name}/{line}"
            chat = _Chat(row, session, tally)
            yield from _read_messages(chat, row["messages"], line)
        elif isinstance(row, dict) and _is_message(row):
            bare = bare or _Chat({}, name, tally)
            bare.count(row, line)
        else:
            tally.skip("malformed_record")
    if bare is not None:
        yield from bare.build()


def _read_messages(chat: _Chat, messages: list[Any], line: int) -> Iterator[Trajectory]:
    if not messages:
        chat.tally.skip("empty_session")
    for number, message in enumerate(messages, line):
        chat.count(message, number)
    yield from chat.build()


class _Chat:
    """Takes the messages of one conversation in order."""

    def __init__(self, envelope: Mapping[str, Any], session: str, tally: Tally) -> None:
        self.tally = tally
        self._envelope = envelope
        self._session = session
        self._assembler = Assembler(tally)
        self._system = text_of(envelope.get("system"), tally).strip() or None

    def count(self, message: Any, number: int) -> None:
        """Add and count one message."""
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            self.tally.skip("malformed_record")
        elif self._add(message, number):
            self.tally.use()
        else:
            self.tally.skip("empty_message")

    def build(self) -> Iterator[Trajectory]:
        """The trajectory, if there is a step."""
        envelope = self._envelope
        fields: dict[str, Any] = {}
        if (saved := to_ms(envelope.get("timestamp"))) is not None:
            fields["started_at"] = saved
        found = self._assembler.build(
            id=trajectory_id(NAME, f"{self._session}/0", None, 0),
            session_id=self._session,
            harness=NAME,
            model=word(envelope.get("model")),
            system_prompt=self._system,
            tools=tools_of(envelope.get("tools")),
            **fields,
        )
        if found is not None:
            yield found

    def _add(self, message: Mapping[str, Any], number: int) -> bool:
        steps = RecordSteps(
            self._assembler,
            line=number,
            timestamp=to_ms(message.get("timestamp")),
            learn=message.get("weight") != 0,  # as files for OpenAI's fine-tuning have it
        )
        role = message["role"]
        if role in _SYSTEM:
            text = text_of(message.get("content"), self.tally)
            if len(self._assembler) == 0 and text.strip():
                self._system = "\n\n".join(part for part in (self._system, text) if part)
                return True
            steps.message(text, "harness", "system")
        elif role == "assistant":
            add_assistant(steps, _with_reasoning(message), self.tally)
        elif role == "user":
            human = not _REMINDER.match(text_of(message.get("content"), Tally()))
            add_user(steps, message, self.tally, origin="human" if human else "harness")
        else:
            add_result(steps, message, self.tally)
        return steps.count > 0


def _with_reasoning(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """A message whose text is marked as reasoning (as altk-evolve saves it), as reasoning."""
    content = message.get("content")
    if isinstance(content, str) and content.startswith(_THINKING):
        return {**message, "reasoning": content.removeprefix(_THINKING).strip(), "content": ""}
    return message


def _is_message(row: Any) -> bool:
    """Whether a value looks like a chat message of either API."""
    if not isinstance(row, dict) or row.get("role") not in _ROLES:
        return False
    if any(name in row for name in _MESSAGE_OTHERS):
        return False
    return "content" in row or "tool_calls" in row


def _is_chat(messages: list[Any]) -> bool:
    """Whether messages are a plain chat, not a run in a dialect that has its own source."""
    if not messages or not _is_message(messages[0]) or _is_shell_run(messages):
        return False
    users = (m for m in messages[:8] if _is_message(m) and m["role"] == "user")
    return not any(_OTHER_PROMPTS.match(text_of(m.get("content"), Tally())) for m in users)


def _is_envelope(row: Any) -> bool:
    if not isinstance(row, dict) or any(name in row for name in _OTHERS):
        return False
    messages = row.get("messages")
    return isinstance(messages, list) and _is_chat(messages)


def _is_shell_run(messages: list[Any]) -> bool:
    """Whether every answer is one bash block: mini-swe-agent's runs have a source of their own."""
    answers = [m for m in messages if _is_message(m) and m["role"] == "assistant"]
    texts = [m["content"] for m in answers if isinstance(m.get("content"), str)]
    if not texts or len(texts) < len(answers):
        return False
    return all(len(_BASH_BLOCK.findall(text)) == 1 for text in texts)
