"""From recorded messages to steps. A call and its result are one object of a `gemini` message."""

from __future__ import annotations

import re
from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.content import as_json
from trajset.sources.gemini_cli.log import Entry, Segment
from trajset.sources.lenient import items, mapping
from trajset.sources.responses import whole, word
from trajset.sources.tally import Tally, plain_word
from trajset.sources.times import to_ms
from trajset.trajectory import Origin, Response, Status

_STATUS: dict[str, Status] = {"success": "ok", "error": "error", "cancelled": "cancelled"}
_EXIT = re.compile(r"^Exit Code: (-?\d{1,10})$", re.MULTILINE)
_REFUSAL = "User did not allow tool call"
_HARNESS_PROMPTS = ("System: Please continue.", "<session_context>", "This is the Gemini CLI.")
_SUMMARY = "<state_snapshot>"


class Conversation:
    """The steps of one path through a recording, and what is known of its responses."""

    def __init__(self, tally: Tally, prompts: Origin) -> None:
        """`prompts`: who wrote the prompts; a sub-agent's come from the agent that started it."""
        self.assembler = Assembler(tally)
        self.responses: dict[str, Response] = {}
        self.delegations: dict[str, str] = {}
        self._tally = tally
        self._prompts = prompts
        self._at: dict[str, Any] = {}

    def follow(self, segments: list[Segment]) -> Conversation:
        """Add all messages of a path, in order."""
        for number, segment in enumerate(segments):
            if number:
                self.assembler.segment()
            for key, entry in segment.items():
                self._at = {
                    "key": None if entry.replayed else word(entry.message.get("id")),
                    "timestamp": to_ms(entry.message.get("timestamp")),
                    "line": entry.line,
                }
                kind = entry.message.get("type")
                if kind == "user":
                    self._user(entry)
                elif kind == "error":
                    self._error(entry, key)
                else:
                    self._gemini(entry, key)
        return self

    def _user(self, entry: Entry) -> None:
        message = entry.message
        text = self._text(message.get("content"))
        origin = self._prompts
        if _SUMMARY in text or entry.replayed:
            origin = "summary"
        elif text.lstrip().startswith(_HARNESS_PROMPTS) or self._expanded(message, text):
            origin = "harness"
        self.assembler.message("user", text, origin, **self._at)

    def _expanded(self, message: dict[str, Any], text: str) -> bool:
        """Whether the harness made this prompt of a command: then it shows another text."""
        shown = message.get("displayContent")
        return shown is not None and self._text(shown).strip() != text.strip()

    def _error(self, entry: Entry, key: str) -> None:
        """A failed request, shown to the user: kept, never learnt."""
        text = self._text(entry.message.get("content"))
        self.assembler.message("assistant", text, "model", response_id=key, learn=False, **self._at)

    def _gemini(self, entry: Entry, key: str) -> None:
        message = entry.message
        tokens = mapping(message.get("tokens"))
        self.responses[key] = Response(
            model=word(message.get("model")),
            input_tokens=whole(tokens.get("input")),
            output_tokens=whole(tokens.get("output")),
            cached_tokens=whole(tokens.get("cached")),
        )
        steps = 0
        thoughts = "\n\n".join(filter(None, map(_thought, items(message.get("thoughts")))))
        steps += self.assembler.reasoning(thoughts, response_id=key, **self._numbered(steps, entry))
        text = self._text(message.get("content"))
        steps += self.assembler.message(
            "assistant", text, "model", response_id=key, **self._numbered(steps, entry)
        )
        for call in items(message.get("toolCalls")):
            if isinstance(call, dict):
                self._call(call, key, steps, entry)
                steps += 2

    def _call(self, call: dict[str, Any], response: str, steps: int, entry: Entry) -> None:
        at = self._numbered(steps, entry)
        name = word(call.get("name")) or ""
        call_id = self.assembler.call(
            name, call.get("args"), call_id=word(call.get("id")), response_id=response, **at
        )
        if (agent := word(call.get("agentId"))) is not None:
            self.delegations[agent] = call_id
        state = word(call.get("status"))
        if state not in _STATUS:  # it never came to an end
            return
        text = self._result(call)
        status = _STATUS[state]
        code = _exit_code(text) if name == "run_shell_command" else None
        if status == "cancelled" and _REFUSAL in text:
            status = "rejected"
        elif status == "ok" and code:
            status = "error"
        at = self._numbered(steps + 1, entry)
        at["timestamp"] = to_ms(call.get("timestamp")) or at["timestamp"]
        self.assembler.observation(text, call_id=call_id, status=status, exit_code=code, **at)

    def _result(self, call: dict[str, Any]) -> str:
        """What the model was given; where the log lacks it, what the user was shown."""
        result = call.get("result")
        parts: list[str] = []
        for part in items(result):
            answer = mapping(mapping(part).get("functionResponse"))
            response = answer.get("response")
            if not isinstance(response, dict):
                parts.append(self._text([part]))
            elif response:
                known = [response[k] for k in ("output", "error") if response.get(k) is not None]
                parts += [as_json(value) for value in known] or [as_json(response)]
            if isinstance(answer.get("parts"), list):
                parts.append(self._text(answer["parts"]))
        text = "\n".join(p for p in parts if p) or (result if isinstance(result, str) else "")
        shown = call.get("resultDisplay")
        return text or (shown if isinstance(shown, str) else "")

    def _text(self, content: Any) -> str:
        """The text of a message; calls and results among its parts stand in `toolCalls`."""
        if isinstance(content, str):
            return content
        parts: list[str] = []
        for part in items(content) or [content]:
            if isinstance(part, str):
                parts.append(part)
            elif isinstance(part, dict):
                blob = mapping(part.get("inlineData") or part.get("fileData"))
                kind = blob.get("mimeType")
                if isinstance(part.get("text"), str):
                    parts.append(part["text"])
                elif isinstance(kind, str) and kind.startswith("image/"):
                    self._tally.note("images")
                    parts.append(f"[image: {plain_word(kind)}]")
                elif blob:
                    parts.append(f"[{plain_word(kind)}]")
        return "\n".join(parts)

    def _numbered(self, number: int, entry: Entry) -> dict[str, Any]:
        key = self._at["key"]
        at = self._at | ({"key": f"{key}#{number}"} if key and number else {})
        return at | {"learn": False} if entry.replayed else at


def _thought(thought: Any) -> str:
    """A thought as the model wrote it: the recording has parted its heading from its text."""
    if not isinstance(thought, dict):
        return ""
    subject, text = word(thought.get("subject")), word(thought.get("description"))
    return "\n\n".join(part for part in (f"**{subject}**" if subject else None, text) if part)


def _exit_code(text: str) -> int | None:
    """The exit code as the last such line gives it: a command may print one of its own."""
    found = _EXIT.findall(text)
    return int(found[-1]) if found else None
