"""One path through a session of pi's lineage, assembled into steps."""

from __future__ import annotations

import re
from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.pi.records import Block, Record, Said
from trajset.sources.record_steps import RecordSteps
from trajset.sources.responses import usual_model, whole
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.trajectory import Response, Status, Trajectory

_EXIT_CODE = re.compile(r"Command exited with code (\d{1,6})\s*\Z")
_ABORTED = re.compile(r"(?:Operation|Command) aborted\s*\Z")
_BROKEN_OFF = frozenset({"aborted", "error"})


class PathReader:
    """Takes the records of one path in order and builds the trajectory."""

    def __init__(self, header: Record | None, tally: Tally) -> None:
        self._tally = tally
        self._assembler = Assembler(tally)
        self._cwd = header.cwd if header else None
        self._model = header.modelId if header else None
        self._effort = header.thinkingLevel if header else None
        self._title: str | None = None
        self._responses: dict[str, Response] = {}

    def add(self, record: Record, line: int) -> None:
        """Add one record of the path."""
        if record.type == "model_change":
            self._model = record.modelId or self._model
        elif record.type == "thinking_level_change":
            self._effort = record.thinkingLevel
        elif record.type == "session_info":
            self._title = record.name or self._title
        else:
            self._add_steps(record, line)

    def build(self, **fields: Any) -> Trajectory | None:
        """The trajectory, or None where the path holds no step."""
        return self._assembler.build(
            responses=self._responses,
            model=usual_model(self._responses) or self._model,
            title=self._title,
            **fields,
        )

    def _add_steps(self, record: Record, line: int) -> None:
        said = record.message
        sent = to_ms(said.timestamp) if said is not None else None
        broken_off = said is not None and said.stopReason in _BROKEN_OFF
        steps = RecordSteps(
            self._assembler,
            key=record.id,
            timestamp=sent or to_ms(record.timestamp),
            line=line,
            cwd=self._cwd,
            learn=not broken_off,
        )
        if record.type == "compaction":
            if (record.summary or "").strip():
                self._assembler.segment()
                steps.message(record.summary or "", "summary")
        elif record.type == "branch_summary":
            steps.message(record.summary or "", "summary")
        elif record.type == "custom_message":
            steps.message(self._text(record.content), "harness")
        elif record.type == "message" and said is not None and not said.excludeFromContext:
            self._add_said(steps, said, record.id or f"line{line}")

    def _add_said(self, steps: RecordSteps, said: Said, response_id: str) -> None:
        if said.role == "user":
            steps.message(self._text(said.content), "human")
        elif said.role == "assistant":
            self._add_response(steps, said, response_id)
        elif said.role == "toolResult":
            text = self._text(said.content)
            status, exit_code = _status(text, said.isError)
            steps.observation(text, said.toolCallId, status, exit_code)
        elif said.role == "bashExecution":
            steps.message(_typed_command(said), "environment")
        elif said.role in ("custom", "hookMessage"):
            steps.message(self._text(said.content), "harness")

    def _add_response(self, steps: RecordSteps, said: Said, response_id: str) -> None:
        blocks = said.content if isinstance(said.content, list) else []
        if isinstance(said.content, str):
            steps.model(said.content, response_id)
        for block in blocks:
            if block.type == "thinking":
                steps.reasoning(block.thinking, response_id)
            elif block.type == "toolCall":
                steps.call(block.name, block.arguments, block.id, response_id)
            else:
                steps.model(self._block_text(block), response_id)
        if said.errorMessage and said.stopReason == "error":
            steps.model(said.errorMessage, response_id)
        elif said.errorMessage and steps.count == 0:
            steps.message(said.errorMessage, "harness")
        usage = said.usage or {}
        self._responses[response_id] = Response(
            model=said.model or self._model,
            input_tokens=whole(usage.get("input")),
            output_tokens=whole(usage.get("output")),
            cached_tokens=whole(usage.get("cacheRead")),
            stop_reason=said.stopReason,
            effort=self._effort,
        )

    def _text(self, content: str | list[Block] | None) -> str:
        if isinstance(content, list):
            return "\n".join(text for b in content if (text := self._block_text(b)))
        return content or ""

    def _block_text(self, block: Block) -> str:
        if block.type == "image":
            self._tally.note("images")
            return f"[image: {block.mimeType}]" if block.mimeType else "[image]"
        return block.text or ""


def _status(text: str, is_error: bool | None) -> tuple[Status, int | None]:
    """Status and exit code of a result; pi appends the exit code to the output of a command."""
    if is_error is None:
        return "unknown", None
    if not is_error:
        return "ok", None
    if _ABORTED.search(text[-40:]):
        return "cancelled", None
    match = _EXIT_CODE.search(text[-80:])
    return "error", int(match[1]) if match else None


def _typed_command(said: Said) -> str:
    """What the user ran with `!`: the command, what it printed, how it ended."""
    parts = [f"$ {said.command or ''}".rstrip(), said.output or ""]
    if said.cancelled:
        parts.append("[cancelled]")
    elif said.exitCode:
        parts.append(f"[exit code {said.exitCode}]")
    return "\n".join(part for part in parts if part)
