"""From the events of one agent to the steps of its trajectory."""

from __future__ import annotations

import re
from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.copilot_cli.log import Event, Log
from trajset.sources.lenient import mapping
from trajset.sources.responses import whole, word
from trajset.sources.tally import Tally, plain_word
from trajset.sources.times import to_ms
from trajset.trajectory import Origin, Response, Role, Status

_EXIT = re.compile(r"<[^<>\n]{0,60}exit(?:ed)? (?:with )?(?:exit )?code (-?\d{1,10})>\s*$")
_TAIL = 200
"""How far from the end of a shell's output its exit line can begin."""

_REJECTED_CODES = frozenset({"rejected", "denied"})
_CANCELLED_CODES = frozenset({"aborted", "cancelled", "canceled", "interrupted"})


class Conversation:
    """The steps of one agent on one path, and what is known of its responses."""

    def __init__(self, log: Log, tally: Tally, prompts: Origin) -> None:
        """`prompts`: who wrote the prompts; a sub-agent's come from the agent that started it."""
        self.assembler = Assembler(tally)
        self.responses: dict[str, Response] = {}
        self.system_prompt: str | None = None
        self._log = log
        self._tally = tally
        self._prompts = prompts
        self._model = word(log.start.selectedModel)
        self._effort: str | None = None
        self._cwd = _cwd(log.start.context)
        self._own_commands: set[str] = set()
        self._at: dict[str, Any] = {}

    def follow(self, events: list[Event]) -> Conversation:
        """Add all events of one agent, in order."""
        for event in events:
            self._at = {
                "key": event.key,
                "timestamp": to_ms(event.timestamp),
                "line": event.line,
                "cwd": self._cwd,
            }
            _STEPS[event.type](self, event)
        return self

    def hand_over(self, events: list[Event], call_id: str) -> None:
        """Begin with the task of a sub-agent, which stands only in the call that started it."""
        for event in events:
            for request in _dicts(event.data.toolRequests):
                prompt = mapping(request.get("arguments")).get("prompt")
                if request.get("toolCallId") == call_id and isinstance(prompt, str):
                    at: dict[str, Any] = {"timestamp": to_ms(event.timestamp), "line": event.line}
                    self.assembler.message("user", prompt, "harness", **at)
                    return

    def system_message(self, event: Event) -> None:
        """The system prompt; a resume writes it again, and the first one holds."""
        text = event.data.content
        if self.system_prompt is None and isinstance(text, str) and text.strip():
            self.system_prompt = text

    def user_message(self, event: Event) -> None:
        """What was typed, and around it what the harness added for the model to see."""
        data = event.data
        typed = data.content if isinstance(data.content, str) else ""
        shown = data.transformedContent if isinstance(data.transformedContent, str) else typed
        origin = self._prompts if data.source in (None, "", "user") else "harness"
        before, found, after = shown.partition(typed) if typed.strip() else ("", "", shown)
        if not found:
            before, typed, after = "", shown, ""
        self._say("user", before.strip(), "harness", "#1")
        self._say("user", typed, origin)
        self._say("user", after.strip(), "harness", "#2")
        for index, attachment in enumerate(_dicts(data.attachments)):
            if (image := _image(attachment)) is not None:
                self._tally.note("images")
                self._say("user", image, origin, f"#{index + 3}")

    def notification(self, event: Event) -> None:
        text = event.data.content
        self._say("user", text if isinstance(text, str) else "", "harness")

    def assistant_message(self, event: Event) -> None:
        data = event.data
        response = word(data.messageId) or event.key or f"line{event.line}"
        self.responses[response] = Response(
            model=word(data.model) or self._model,
            output_tokens=whole(data.outputTokens),
            effort=self._effort,
        )
        steps = 0
        if isinstance(data.reasoningText, str):
            steps += self.assembler.reasoning(
                data.reasoningText, response_id=response, **self._numbered(steps)
            )
        if isinstance(data.content, str):
            steps += self.assembler.message(
                "assistant", data.content, "model", response_id=response, **self._numbered(steps)
            )
        for request in _dicts(data.toolRequests):
            self._call(request.get("name"), request, response, steps)
            steps += 1

    def lost_call(self, event: Event) -> None:
        """A call of which only the start of its execution is left."""
        data = event.data
        request = {"toolCallId": data.toolCallId, "arguments": data.arguments}
        self._call(data.toolName, request, None, 0)

    def user_command(self, event: Event) -> None:
        """A command that the user ran: said by a person, answered by the environment."""
        data = event.data
        arguments = data.arguments if isinstance(data.arguments, dict) else {}
        command = arguments.get("command")
        if isinstance(data.toolCallId, str):
            self._own_commands.add(data.toolCallId)
        self._say("user", command if isinstance(command, str) else "", "human")

    def result(self, event: Event) -> None:
        data = event.data
        text = self._result_text(data.result, data.error)
        call_id = word(data.toolCallId)
        if call_id in self._own_commands:
            self._say("user", text, "environment")
            return
        found = _EXIT.search(text, max(0, len(text) - _TAIL))
        code = int(found.group(1)) if found else None
        self.assembler.observation(
            text, call_id=call_id, status=self._status(event, code), exit_code=code, **self._at
        )

    def compaction(self, event: Event) -> None:
        """The history is replaced by a summary; a compaction that failed changes nothing."""
        summary = event.data.summaryContent
        if event.data.success is False or not isinstance(summary, str):
            return
        self.assembler.segment()
        self._say("user", summary, "summary")

    def model_change(self, event: Event) -> None:
        data = event.data
        self._model = word(data.newModel) or self._model
        self._effort = word(data.reasoningEffort) or self._effort

    def context_change(self, event: Event) -> None:
        self._cwd = word(event.data.cwd) or self._cwd

    def error(self, event: Event) -> None:
        """A failed request, shown to the user: kept, never learnt."""
        text = event.data.message if isinstance(event.data.message, str) else ""
        response = event.key or f"line{event.line}"
        if self.assembler.message(
            "assistant", text, "model", response_id=response, learn=False, **self._at
        ):
            self.responses[response] = Response(model=self._model)

    def _call(self, tool: Any, request: dict[str, Any], response: str | None, number: int) -> None:
        self.assembler.call(
            tool if isinstance(tool, str) else "",
            request.get("arguments"),
            call_id=word(request.get("toolCallId")),
            response_id=response,
            **self._numbered(number),
        )

    def _status(self, event: Event, code: int | None) -> Status:
        data = event.data
        if isinstance(data.toolCallId, str) and data.toolCallId in self._log.refused:
            return "rejected"
        if data.success is False:
            kind = word(mapping(data.error).get("code"))
            if kind in _REJECTED_CODES:
                return "rejected"
            return "cancelled" if kind in _CANCELLED_CODES else "error"
        if code is not None:
            return "ok" if code == 0 else "error"
        return "ok" if data.success is True else "unknown"

    def _result_text(self, result: Any, error: Any) -> str:
        if isinstance(result, str):
            return result
        parts: list[str] = []
        if isinstance(result, dict):
            parts += [t for t in (result.get("content"),) if isinstance(t, str)]
            for binary in _dicts(result.get("binaryResultsForLlm")):
                parts.append(_image(binary) or f"[{plain_word(binary.get('type'))}]")
                self._tally.note("images")
        if not parts and isinstance(error, dict) and isinstance(error.get("message"), str):
            parts.append(error["message"])
        return "\n".join(parts)

    def _say(self, role: Role, text: str, origin: Origin, suffix: str = "") -> None:
        key = self._at["key"]
        at = self._at | {"key": key + suffix if key and suffix else key}
        self.assembler.message(role, text, origin, **at)

    def _numbered(self, number: int) -> dict[str, Any]:
        key = self._at["key"]
        return self._at | {"key": f"{key}#{number}"} if key and number else self._at


_STEPS = {
    "assistant.message": Conversation.assistant_message,
    "session.compaction_complete": Conversation.compaction,
    "session.context_changed": Conversation.context_change,
    "session.error": Conversation.error,
    "session.model_change": Conversation.model_change,
    "system.message": Conversation.system_message,
    "system.notification": Conversation.notification,
    "tool.execution_complete": Conversation.result,
    "tool.execution_start": Conversation.lost_call,
    "tool.user_requested": Conversation.user_command,
    "user.message": Conversation.user_message,
}


def _dicts(values: Any) -> list[dict[str, Any]]:
    return [v for v in values if isinstance(v, dict)] if isinstance(values, list) else []


def _image(part: dict[str, Any]) -> str | None:
    """A placeholder for a part that holds an image, or None."""
    kind = part.get("mimeType")
    if isinstance(kind, str) and kind.startswith("image/"):
        return f"[image: {plain_word(kind)}]"
    return "[image]" if part.get("type") == "image" else None


def _cwd(context: Any) -> str | None:
    return word(mapping(context).get("cwd"))
