"""Teachers' answers, a JSON line each, and the assistant messages in them.

A line is `{"state_id": …, "teacher": …, "message": …}`: the message as the OpenAI chat API gives
it. `text`, the literal text of an answer in the form of `student_action`, can stand for it, and
`model` for `teacher`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

_THINKING = re.compile(r"<think>.*?</think>", re.DOTALL)
_CALL = re.compile(r"<tool_call>\s*(.*?)\s*</tool_call>", re.DOTALL)


class ReplayError(ValueError):
    """Answers or states cannot be used. The text names the place and the way out."""


class Malformed(ValueError):
    """An assistant message with a call that is none. The text is a reason to count under."""


class Answer(Struct, frozen=True, kw_only=True):
    """One line of a file of answers."""

    state_id: str
    teacher: str = ""
    model: str = ""
    message: dict[str, Any] | None = None
    text: str | None = None
    score: float | None = None
    """What somebody made of the answer; of answers with as many votes the best mean wins."""
    votes: int = 1

    @property
    def by(self) -> str:
        """The teacher's id."""
        return self.teacher or self.model


def read_answers(file: Path) -> list[Answer]:
    """The answers in a JSON Lines file.

    Raises:
        ReplayError: the file cannot be read, or a line is no answer; the text names it.
    """
    found = []
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError as error:
        raise ReplayError(f"{file}: expected a readable file, found: {error.strerror}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{file}, line {number}"
        try:
            answer = msgspec.json.decode(line, type=Answer)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ReplayError(f"{place}: expected an answer in JSON: {error}") from None
        if not answer.by:
            raise ReplayError(f"{place}: expected the id of a teacher, found none")
        if answer.message is None and answer.text is None:
            raise ReplayError(f"{place}: expected a message or a text, found neither")
        if answer.votes < 1:
            raise ReplayError(f"{place}: expected 1 vote or more, found {answer.votes}")
        found.append(answer)
    return found


def message_of(answer: Answer) -> dict[str, Any]:
    """The assistant message of an answer as rows have them.

    Raises:
        Malformed: a call in it is none, or it says nothing at all.
    """
    if answer.message is not None:
        return as_row(answer.message | {"role": "assistant"})
    spoken = _THINKING.sub("", answer.text or "")
    made = []
    for text in _CALL.findall(spoken):
        try:
            function = msgspec.json.decode(text)
        except msgspec.DecodeError:
            raise Malformed("answer_call_malformed") from None
        made.append({"function": function})
    return as_row(
        {"role": "assistant", "content": _CALL.sub("", spoken).strip(), "tool_calls": made}
    )


def as_row(message: Mapping[str, Any], names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A message of the OpenAI chat API as rows have it: arguments are objects, nothing is null.

    Args:
        message: with arguments as JSON text or objects.
        names: id of a call -> its tool, for tool messages.

    Raises:
        Malformed: a call in it is none, or an assistant message says nothing at all.
    """
    made: dict[str, Any] = {"role": message.get("role"), "content": _text(message.get("content"))}
    if made["role"] == "tool":
        call_id = message.get("tool_call_id")
        name = (names or {}).get(str(call_id), "")
        return {"role": "tool", "tool_call_id": call_id, "name": name, "content": made["content"]}
    calls = message.get("tool_calls") or ()
    if calls:
        made["tool_calls"] = [_call(call, number) for number, call in enumerate(calls, 1)]
    elif made["role"] == "assistant" and not made["content"].strip():
        raise Malformed("answer_empty")
    return made


def _text(content: Any) -> str:
    """Text of a message, which may be null or a list of parts."""
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return "\n".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _call(call: Any, number: int) -> dict[str, Any]:
    function = call.get("function") if isinstance(call, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    arguments = function.get("arguments", {}) if isinstance(function, dict) else None
    if isinstance(arguments, str):
        try:
            arguments = msgspec.json.decode(arguments)
        except msgspec.DecodeError:
            raise Malformed("answer_call_malformed") from None
    if not isinstance(name, str) or not name or not isinstance(arguments, dict):
        raise Malformed("answer_call_malformed")
    given = call.get("id")
    return {
        "type": "function",
        "id": given if isinstance(given, str) and given else f"call_{number:03d}",
        "function": {"name": name, "arguments": arguments},
    }
