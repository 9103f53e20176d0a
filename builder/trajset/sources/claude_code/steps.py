"""From the records of one path to a trajectory."""

from __future__ import annotations

from collections import Counter
from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.claude_code import attachments
from trajset.sources.claude_code.fates import Fates
from trajset.sources.claude_code.origins import origin_of
from trajset.sources.claude_code.records import Block, Extra, Record, blocks, own_id
from trajset.sources.claude_code.results import placeholder, status_of, text_of
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.trajectory import Origin, Response, Trajectory

_SYNTHETIC = "<synthetic>"
_CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})
_SILENT_SYSTEM_WORDS = """
agents_killed api_error api_metrics away_summary bridge_status file_snapshot informational
memory_saved microcompact_boundary model_consent_fallback model_fallback
model_refusal_fallback model_refusal_no_fallback per_turn_effort_changed permission_retry
scheduled_task_fire stop_hook_summary thinking turn_duration
"""
_SILENT_SYSTEM = frozenset(_SILENT_SYSTEM_WORDS.split())


class Steps:
    """Collects the steps of one path, and says of each of its records what became of it."""

    def __init__(self, lines: list[int], fates: Fates, tally: Tally) -> None:
        self._lines = lines
        self._fates = fates
        self._tally = tally
        self._assembler = Assembler(tally)
        self._pieces: dict[str, Record] = {}
        self._nameless: str | None = None
        self._compacted = False
        self._tools: dict[str, dict[str, Any]] = {}
        self._system_prompt: str | None = None
        self._calls: set[str] = set()
        self._delegations: dict[str, str] = {}

    def add(self, position: int, record: Record) -> None:
        """Add the next record of the path."""
        kind = record.type
        if kind == "assistant":
            self._assistant(position, record)
            return
        self._nameless = None
        if kind == "user":
            self._user(position, record)
        elif kind == "attachment":
            self._attachment(position, record)
        elif kind == "system":
            self._system(position, record)
        else:
            self._progress(position, record)

    def build(self, delegations: dict[str, str], **fields: Any) -> Trajectory | None:
        """The trajectory of what was added, or None where it holds no step.

        `delegations` are those that the results of calls do not tell; they count where the call
        stands on this path.
        """
        started = delegations | self._delegations
        models = Counter(m for r in self._pieces.values() if (m := _model(r)) is not None)
        return self._assembler.build(
            responses={name: _response(record) for name, record in self._pieces.items()},
            model=max(models, key=lambda m: models[m]) if models else None,
            tools=tuple(self._tools.values()),
            system_prompt=self._system_prompt,
            delegations={agent: call for agent, call in started.items() if call in self._calls},
            **fields,
        )

    def _assistant(self, position: int, record: Record) -> None:
        response = own_id(record)
        if response is None:
            response = self._nameless or record.uuid or f"record {position}"
            self._nameless = response
        else:
            self._nameless = None
        self._pieces[response] = record
        learn = not (record.is_api_error_message or _is_synthetic(record))
        timestamp, line, cwd = to_ms(record.timestamp), self._lines[position], record.cwd
        steps = 0
        for block in blocks(record):
            kind = block.type
            key = _key(record, steps)
            if kind in _CALLS:
                call = self._assembler.call(
                    block.name or "",
                    block.input,
                    call_id=block.id,
                    response_id=response,
                    key=key,
                    timestamp=timestamp,
                    line=line,
                    cwd=cwd,
                    learn=learn,
                )
                self._calls.add(call)
                steps += 1
            elif kind == "text":
                steps += self._assembler.message(
                    "assistant",
                    block.text or "",
                    "model",
                    response_id=response,
                    key=key,
                    timestamp=timestamp,
                    line=line,
                    cwd=cwd,
                    learn=learn,
                )
            elif kind == "thinking":
                steps += self._assembler.reasoning(
                    block.thinking or "",
                    response_id=response,
                    key=key,
                    timestamp=timestamp,
                    line=line,
                    cwd=cwd,
                    learn=learn,
                )
            elif block.tool_use_id is not None:  # the result of a tool that ran at the API
                self._observe(position, record, block, key)
                steps += 1
        self._settle(position, steps, "empty_or_encrypted_reasoning")

    def _user(self, position: int, record: Record) -> None:
        steps = 0
        said: list[str] = []
        origin: Origin | None = None
        for block in blocks(record):
            if block.type == "tool_result":
                steps += self._say(position, record, said, origin, steps)
                said = []
                self._observe(position, record, block, _key(record, steps))
                steps += 1
                continue
            text = block.text if block.type == "text" else placeholder(block)
            if not text:
                continue
            if block.type == "image" and self._fates.open(position):
                self._tally.note("images")
            whose = origin_of(record, text) if block.text or origin is None else origin
            if said and whose != origin:
                steps += self._say(position, record, said, origin, steps)
                said = []
            origin = whose
            said.append(text)
        steps += self._say(position, record, said, origin, steps)
        self._settle(position, steps, "empty_message")

    def _say(
        self, position: int, record: Record, said: list[str], origin: Origin | None, steps: int
    ) -> bool:
        if not said or origin is None:
            return False
        if origin == "summary":
            if not self._compacted:
                self._assembler.segment()
            self._compacted = False
        return self._tell(position, record, "\n".join(said), origin, _key(record, steps))

    def _tell(
        self, position: int, record: Record, text: str, origin: Origin, key: str | None
    ) -> bool:
        return self._assembler.message(
            "user",
            text,
            origin,
            key=key,
            timestamp=to_ms(record.timestamp),
            line=self._lines[position],
            cwd=record.cwd,
        )

    def _observe(self, position: int, record: Record, result: Block, key: str | None) -> None:
        text, images = text_of(result)
        if images and self._fates.open(position):
            self._tally.note("images", images)
        status, exit_code = status_of(record, result, text)
        call = self._assembler.observation(
            text,
            call_id=result.tool_use_id or "",
            status=status,
            status_source="reported",
            exit_code=exit_code,
            key=key,
            timestamp=to_ms(record.timestamp),
            line=self._lines[position],
            cwd=record.cwd,
        )
        extra = record.tool_use_result
        if call is not None and isinstance(extra, Extra) and extra.agent_id:
            self._delegations[extra.agent_id] = call

    def _attachment(self, position: int, record: Record) -> None:
        kind = attachments.kind_of(record)
        if kind == attachments.QUEUED:
            origin: Origin = "human" if attachments.queued_by_person(record) else "harness"
            text = attachments.queued_prompt(record)
            said = self._tell(position, record, text, origin, record.uuid)
            self._settle(position, said, "empty_message")
            return
        if kind in (attachments.PROMPT, attachments.DEFERRED_TOOLS):
            new = {t["function"]["name"]: t for t in attachments.recorded_tools(record)}
            prompt = attachments.system_prompt(record) if self._system_prompt is None else None
            self._tools.update(new)
            self._system_prompt = self._system_prompt or prompt
            self._settle(position, bool(new or prompt), f"attachment_{kind}")
            return
        text = attachments.seen_text(record)
        if self._tell(position, record, text, "harness", record.uuid):
            self._fates.use(position)
        elif kind in attachments.TEXTS or kind in attachments.SILENT:
            self._fates.skip(position, f"attachment_{kind}")
        else:
            self._fates.unknown(position, f"attachment:{kind}")

    def _system(self, position: int, record: Record) -> None:
        kind = record.subtype
        if kind == "compact_boundary":
            self._assembler.segment()
            self._compacted = True
            self._fates.use(position)
        elif kind == "local_command":
            text = record.content if isinstance(record.content, str) else ""
            said = self._tell(position, record, text, "harness", record.uuid)
            self._settle(position, said, "empty_message")
        elif kind in _SILENT_SYSTEM:
            self._fates.skip(position, f"system_{kind}")
        else:
            self._fates.unknown(position, f"system:{kind}")

    def _progress(self, position: int, record: Record) -> None:
        data = record.data
        if data is None or data.type != "agent_progress":
            self._fates.skip(position, "progress")
            return
        if data.agent_id and record.parent_tool_use_id:
            self._delegations.setdefault(data.agent_id, record.parent_tool_use_id)
        self._fates.skip(position, "agent_progress")

    def _settle(self, position: int, steps: int, otherwise: str) -> None:
        if steps:
            self._fates.use(position)
        else:
            self._fates.skip(position, otherwise)


def _key(record: Record, steps: int) -> str | None:
    """The record's uuid; with a number where it has given steps before."""
    return f"{record.uuid}#{steps}" if steps and record.uuid is not None else record.uuid


def _is_synthetic(record: Record) -> bool:
    return record.message is not None and record.message.model == _SYNTHETIC


def _model(record: Record) -> str | None:
    message = record.message
    return message.model if message is not None and message.model != _SYNTHETIC else None


def _response(record: Record) -> Response:
    """What the last piece of a response says about it."""
    message = record.message
    usage = message.usage if message is not None and _model(record) is not None else None
    return Response(
        model=_model(record),
        input_tokens=usage.input_tokens if usage is not None else None,
        output_tokens=usage.output_tokens if usage is not None else None,
        cached_tokens=usage.cache_read_input_tokens if usage is not None else None,
        stop_reason=message.stop_reason if message is not None else None,
        effort=record.effort,
    )
