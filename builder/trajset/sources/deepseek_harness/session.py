"""A dsh session, assembled from its events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.chat import add_assistant
from trajset.sources.content import text_of
from trajset.sources.deepseek_harness import events as ev
from trajset.sources.ids import trajectory_id
from trajset.sources.record_steps import RecordSteps
from trajset.sources.responses import usual_model, whole, word
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.sources.tool_lists import tools_of
from trajset.trajectory import Origin, Response, Status, Trajectory

_EXIT_CODE = re.compile(r"\[exit code: (-?\d{1,6})\]\s*\Z")
_SUBAGENT = re.compile(r"started subagent ([0-9A-Za-z][0-9A-Za-z-]{7,63})\b")
_REFUSED: dict[str, Status] = {"rejected": "rejected", "cancelled": "cancelled"}


class Session:
    """Takes the events of one session in order; `add` returns whether an event was of use."""

    def __init__(self, harness: str, fallback_id: str, tally: Tally) -> None:
        self._harness = harness
        self._id = fallback_id
        self._tally = tally
        self._assembler = Assembler(tally)
        self._header: ev.Event | None = None
        self._first_key: str | None = None
        self._ids: dict[str, str] = {}
        self._asked: dict[str, str] = {}
        self._refused: dict[str, Status] = {}
        self._delegations: dict[str, str] = {}
        self._responses: dict[str, Response] = {}
        self._config = ev.Config()
        self._system: str | None = None
        self._tools: tuple[dict[str, Any], ...] = ()
        self._title: str | None = None

    def begin(self, header: ev.Event) -> bool:
        """Take the header; returns False where there was one before."""
        if self._header is not None:
            return False
        self._header = header
        self._id = header.id or self._id
        return True

    def add(self, event: ev.Event, data: object, line: int) -> bool:
        """Add one event with its decoded data."""
        match data:
            case ev.Said():
                return self._add_message(event, data, line)
            case ev.Answer():
                return self._add_answer(event, data, line)
            case ev.Call():
                return self._add_lost_call(event, data, line)
            case ev.Result():
                return self._add_result(event, data, line)
            case ev.Asked(id=asked, callId=str(call_id)):
                self._asked[asked] = call_id
            case ev.Decided(id=asked, outcome=outcome):
                if asked in self._asked and outcome in _REFUSED:
                    self._refused[self._asked[asked]] = _REFUSED[outcome]
            case ev.Title(title=title):
                self._title = title
            case ev.Request():
                self._take_request(data)
        return True

    def build(self) -> Iterator[Trajectory]:
        """The trajectory, if the session holds a step."""
        header = self._header
        parent = header.parentSession if header else None
        agent = self._id if parent and header and header.origin == "subagent" else None
        found = self._assembler.build(
            id=trajectory_id(self._harness, self._first_key or f"{self._id}/0", agent, 0),
            session_id=self._id,
            harness=self._harness,
            agent=agent,
            parent_session=parent,
            delegations=self._delegations,
            project=header.cwd if header else None,
            title=self._title,
            system_prompt=self._system,
            tools=self._tools,
            model=usual_model(self._responses) or self._config.model,
            responses=self._responses,
        )
        if found is not None:
            yield found

    def _steps(self, event: ev.Event, key: str | None, line: int) -> RecordSteps:
        if self._first_key is None:
            self._first_key = key
        return RecordSteps(
            self._assembler,
            key=key,
            timestamp=to_ms(event.time),
            line=line,
            cwd=self._header.cwd if self._header else None,
        )

    def _add_message(self, event: ev.Event, said: ev.Said, line: int) -> bool:
        origin: Origin = "human" if said.source.kind == "user" else "harness"
        if isinstance(event.surfaceOp, dict):
            if said.source.plugin == "compact":
                origin = "summary"
                self._assembler.segment()
            else:
                self._tally.repair("replaced_messages_kept")
        steps = self._steps(event, said.id, line)
        steps.message(text_of(said.content, self._tally), origin)
        return steps.count > 0

    def _add_answer(self, event: ev.Event, answer: ev.Answer, line: int) -> bool:
        said = answer.message
        steps = self._steps(event, said.id, line)
        response_id = said.id or f"line{line}"
        blocks = said.content if isinstance(said.content, list) else []
        calls = [b for b in blocks if b.get("type") == "tool-call"]
        rest = [b for b in blocks if b.get("type") != "tool-call"]
        content = rest if isinstance(said.content, list) else said.content
        add_assistant(steps, {"content": content}, self._tally, response_id=response_id)
        for block in calls:
            new_id = steps.call(
                block.get("name"), block.get("arguments"), block.get("id"), response_id
            )
            if isinstance(block.get("id"), str):
                self._ids[block["id"]] = new_id
        usage = answer.usage or {}
        self._responses[response_id] = Response(
            model=said.source.model or self._config.model,
            input_tokens=whole(usage.get("inputTokens")),
            output_tokens=whole(usage.get("outputTokens")),
            cached_tokens=whole(usage.get("cacheReadTokens")),
            effort=self._config.reasoningEffort,
        )
        return steps.count > 0

    def _add_lost_call(self, event: ev.Event, call: ev.Call, line: int) -> bool:
        """A call repeats one of the assistant's message, unless that line was lost."""
        if call.callId in self._ids:
            return False
        self._tally.repair("lost_message")
        steps = self._steps(event, None, line)
        self._ids[call.callId] = steps.call(call.name, call.arguments, call.callId)
        return True

    def _add_result(self, event: ev.Event, result: ev.Result, line: int) -> bool:
        blocks: list[dict[str, Any]] = []
        key = None
        if result.message is not None:
            key = result.message.id
            if isinstance(result.message.content, list):
                blocks = [b for b in result.message.content if b.get("type") == "tool-result"]
        elif result.callId is not None:
            block = {"toolCallId": result.callId, "content": result.content}
            blocks = [{**block, "isError": result.isError}]
        steps = self._steps(event, key, line)
        for block in blocks:
            self._add_block(steps, block, result.error)
        return steps.count > 0

    def _add_block(
        self, steps: RecordSteps, block: dict[str, Any], error: dict[str, Any] | None
    ) -> None:
        text = text_of(block.get("content"), self._tally)
        match = _EXIT_CODE.search(text[-60:])
        exit_code = int(match[1]) if match else None
        status: Status = "unknown"
        if (refused := self._refused.get(str(block.get("toolCallId")))) is not None:
            status = refused
        elif block.get("isError") is True or error or exit_code:
            status = "error"
        elif block.get("isError") is False or exit_code == 0:
            status = "ok"
        answered = steps.observation(text, block.get("toolCallId"), status, exit_code)
        if answered is not None and (agent := _SUBAGENT.match(text)):
            self._delegations[agent[1]] = answered

    def _take_request(self, request: ev.Request) -> None:
        if request.header.config.model is not None:
            self._config = request.header.config
        elif request.model is not None:
            effort = self._config.reasoningEffort
            self._config = ev.Config(model=request.model, reasoningEffort=effort)
        if self._system is None:
            self._system = word(request.header.system)
        self._tools = self._tools or tools_of(request.header.tools)
