"""Putting steps together by the rules that all sources share (`design.md` §4, reconstruction).

A source calls the methods of an `Assembler` in the order of its log. Pieces of one response are
joined wherever they stand, observations are linked to their calls and placed after the response
that made them, missing and repeated ids are replaced, and each such repair is counted.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec
from msgspec.structs import replace

from trajset.sources.responses import usual_model
from trajset.sources.tally import Tally
from trajset.trajectory import (
    Message,
    Observation,
    Origin,
    Reasoning,
    Role,
    Status,
    StatusSource,
    Step,
    ToolCall,
    Trajectory,
)


class _Block:
    """A response with its observations, or a single message that no model wrote."""

    __slots__ = ("observations", "response_id", "segment", "steps")

    def __init__(self, response_id: str | None, segment: int) -> None:
        self.response_id = response_id
        self.segment = segment
        self.steps: list[Step] = []
        self.observations: list[Observation] = []


class _Call:
    """A call that waits for its result, and the block that holds it."""

    __slots__ = ("answered", "block", "id", "log_id")

    def __init__(self, call_id: str, log_id: str | None, block: _Block) -> None:
        self.id = call_id
        self.log_id = log_id
        self.block = block
        self.answered = False


class Assembler:
    """Collects the steps of one trajectory. All methods that add a step take its common fields:
    `key`, `timestamp`, `line`, `cwd`, and `learn` (which only counts where the model wrote it).
    They are spelled out, not gathered as `**at`: that alone makes adding a step twice as fast.
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._blocks: list[_Block] = []
        self._responses: dict[str, _Block] = {}
        self._segment = 0
        self._anonymous = 0
        self._numbered = 0
        self._ids: set[str] = set()
        self._waiting: deque[_Call] = deque()
        self._by_log_id: dict[str, list[_Call]] = {}

    def __len__(self) -> int:
        """Number of steps so far."""
        return sum(len(b.steps) + len(b.observations) for b in self._blocks)

    def message(
        self,
        role: Role,
        text: str,
        origin: Origin,
        *,
        response_id: str | None = None,
        key: str | None = None,
        timestamp: int | None = None,
        line: int | None = None,
        cwd: str | None = None,
        learn: bool = True,
    ) -> bool:
        """Add a message; returns False (and adds nothing) where it has no text."""
        if not text.strip():
            return False
        if origin == "model":
            block = self._response(response_id)
            block.steps.append(
                Message(
                    role=role,
                    text=text,
                    origin=origin,
                    response_id=block.response_id,
                    key=key,
                    timestamp=timestamp,
                    line=line,
                    cwd=cwd,
                    learn=learn,
                )
            )
            return True
        block = _Block(None, self._segment)
        block.steps.append(
            Message(
                role=role,
                text=text,
                origin=origin,
                key=key,
                timestamp=timestamp,
                line=line,
                cwd=cwd,
                learn=learn,
            )
        )
        self._blocks.append(block)
        return True

    def reasoning(
        self,
        text: str,
        *,
        response_id: str | None = None,
        key: str | None = None,
        timestamp: int | None = None,
        line: int | None = None,
        cwd: str | None = None,
        learn: bool = True,
    ) -> bool:
        """Add reasoning; returns False where it is empty (or was encrypted)."""
        if not text.strip():
            return False
        block = self._response(response_id)
        block.steps.append(
            Reasoning(
                text=text,
                response_id=block.response_id,
                key=key,
                timestamp=timestamp,
                line=line,
                cwd=cwd,
                learn=learn,
            )
        )
        return True

    def call(
        self,
        tool: str,
        arguments: Any,
        *,
        call_id: str | None = None,
        response_id: str | None = None,
        key: str | None = None,
        timestamp: int | None = None,
        line: int | None = None,
        cwd: str | None = None,
        learn: bool = True,
    ) -> str:
        """Add a tool call and return its id (the log's where it is new, else `call_001`…).

        Arguments may be a dict or JSON text of one; anything else is kept raw and not learnt.
        """
        block = self._response(response_id)
        raw: str | None = None
        if isinstance(arguments, str):
            arguments, raw = _parse(arguments)
        elif arguments is None:
            arguments = {}
        elif not isinstance(arguments, dict):
            arguments, raw = {}, msgspec.json.encode(arguments).decode()
        if raw is not None:
            learn = False
            self._tally.repair("unparsable_arguments")
        new_id = self._new_id(call_id)
        block.steps.append(
            ToolCall(
                id=new_id,
                tool=tool or "unknown",
                arguments=arguments,
                raw_arguments=raw,
                response_id=block.response_id,
                key=key,
                timestamp=timestamp,
                line=line,
                cwd=cwd,
                learn=learn,
            )
        )
        call = _Call(new_id, call_id, block)
        self._waiting.append(call)
        self._by_log_id.setdefault(new_id, []).append(call)
        if call_id is not None and call_id != new_id:
            self._by_log_id.setdefault(call_id, []).append(call)
        return new_id

    def observation(
        self,
        text: str,
        *,
        call_id: str | None = None,
        status: Status = "unknown",
        status_source: StatusSource | None = None,
        exit_code: int | None = None,
        key: str | None = None,
        timestamp: int | None = None,
        line: int | None = None,
        cwd: str | None = None,
        learn: bool = True,
    ) -> str | None:
        """Add a result to the call named by `call_id` (the log's, or as `call` returned it).
        Without one it answers the oldest open call of the newest response.

        A result that answers no open call becomes an environment message (counted as
        `result_without_call`). Returns the id of the call that it answers, or None.
        """
        call = self._open_call(call_id)
        if call is None:
            self._tally.repair("result_without_call")
            self.message(
                "user", text, "environment", key=key, timestamp=timestamp, line=line, cwd=cwd
            )
            return None
        call.answered = True
        if status != "unknown" and status_source is None:
            status_source = "reported"
        call.block.observations.append(
            Observation(
                call_id=call.id,
                text=text,
                status=status,
                status_source=status_source,
                exit_code=exit_code,
                key=key,
                timestamp=timestamp,
                line=line,
                cwd=cwd,
            )
        )
        return call.id

    def amend(self, call_id: str, **changes: Any) -> bool:
        """Change fields of an observation that was added before (`call_id` as `call` returned it).

        For harnesses that report a status in a later record. Returns False if there is none.
        """
        for block in self._blocks:
            for index, observation in enumerate(block.observations):
                if observation.call_id == call_id:
                    block.observations[index] = replace(observation, **changes)
                    return True
        return False

    def segment(self) -> None:
        """Start a new segment: what follows stands after a compaction."""
        self._segment += 1
        self._waiting.clear()

    def build(self, **fields: Any) -> Trajectory | None:
        """The trajectory (checked), or None where there is no step. See `Trajectory.make`.

        Times default to those of the steps, `model` to that of most `responses`.
        """
        steps: list[Step] = []
        segments: list[int] = []
        last: int | None = None
        for block in sorted(self._blocks, key=lambda b: b.segment):
            if not block.steps:
                continue
            if block.segment != last:
                segments.append(len(steps))
                last = block.segment
            steps += block.steps
            steps += _in_call_order(block)
        if not steps:
            return None
        times = [s.timestamp for s in steps if s.timestamp is not None]
        fields.setdefault("started_at", min(times, default=None))
        fields.setdefault("ended_at", max(times, default=None))
        fields.setdefault("model", usual_model(fields.get("responses", {})))
        return Trajectory.make(steps=tuple(steps), segments=tuple(segments), **fields)

    def _response(self, response_id: str | None) -> _Block:
        if response_id is None:
            if (
                self._blocks
                and (last := self._blocks[-1]).response_id is not None
                and (not last.observations and last.segment == self._segment)
            ):
                return last
            self._anonymous += 1
            response_id = f"r{self._anonymous:03d}"
        known = self._responses.get(response_id)
        if known is not None and known.segment == self._segment:
            return known
        if known is not None:  # a piece that stands beyond a compaction is a response of its own
            response_id = f"{response_id}/{self._segment}"
            if response_id in self._responses:
                return self._responses[response_id]
        block = _Block(response_id, self._segment)
        self._responses[response_id] = block
        self._blocks.append(block)
        return block

    def _new_id(self, log_id: str | None) -> str:
        if log_id and log_id not in self._ids and log_id != "REDACTED":
            self._ids.add(log_id)
            return log_id
        if log_id:
            self._tally.repair("repeated_call_id")
        while True:
            self._numbered += 1
            new = f"call_{self._numbered:03d}"
            if new not in self._ids:
                self._ids.add(new)
                return new

    def _open_call(self, log_id: str | None) -> _Call | None:
        if log_id is not None:
            return next((c for c in self._by_log_id.get(log_id, ()) if not c.answered), None)
        while self._waiting and self._waiting[0].answered:
            self._waiting.popleft()
        waiting = [c for c in self._waiting if not c.answered]
        newest = waiting[-1].block if waiting else None
        return next((c for c in waiting if c.block is newest), None)


def _in_call_order(block: _Block) -> list[Observation]:
    if len(block.observations) < 2:
        return block.observations
    order = {s.id: i for i, s in enumerate(block.steps) if isinstance(s, ToolCall)}
    return sorted(block.observations, key=lambda o: order[o.call_id])


def _parse(text: str) -> tuple[dict[str, Any], str | None]:
    """Arguments given as JSON text: (the dict, None), or ({}, the text) where it is none."""
    if not text.strip():
        return {}, None
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {}, text
    return (value, None) if isinstance(value, dict) else ({}, text)
