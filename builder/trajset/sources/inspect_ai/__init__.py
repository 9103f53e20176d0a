"""Inspect (`inspect_ai`) evaluation logs: `.json` documents and `.eval` archives of JSON.

A record is a message of a sample; a sample without messages, or that cannot be read, counts as one.
Each sample is a trajectory; its scores are its recorded outcome. Prompts that a solver wrote (user
messages without `source: input`) are the harness speaking, and assistant messages that came with
the task are not learnt. Tools, times and token counts come from the sample's model events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.chat import add_assistant, add_result, add_user
from trajset.sources.content import text_of
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.inspect_ai.log import ModelEvent, Sample, samples_of
from trajset.sources.inspect_ai.scores import outcome_of
from trajset.sources.record_steps import RecordSteps
from trajset.sources.responses import usual_model, whole, word
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.sources.tool_lists import tools_of
from trajset.sources.unit import Fields, Store, Unit, single_files
from trajset.trajectory import Response, Status, Trajectory

NAME = "inspect_ai"
TITLE = "Inspect"
STORE = Store(
    linux=("$INSPECT_LOG_DIR",),
    macos=("$INSPECT_LOG_DIR",),
    windows=("$INSPECT_LOG_DIR",),
    suffixes=(".eval", ".json"),
)
VERSIONS = "log version 2, of 2024-10 to 2025-07"
FIELDS = Fields(
    reasoning="yes",
    status="yes",
    exit_code="never",
    ids="yes",
    times="partly",
    model="yes",
    usage="yes",
    tool_schemas="yes",
    branches="never",
    subagents="no",
    compaction="no",
)

_ZIP_MARKS = (b"_journal/start.json", b"_journal/summaries/", b"samples/", b"header.json")


def claims(head: Head) -> bool:
    """Whether a file is an evaluation log."""
    if head.data.startswith(b"PK\x03\x04"):
        # The head has lost its NUL bytes, so the name stands a little before its place.
        return any(mark in head.data[8:60] for mark in _ZIP_MARKS)
    log = head.document
    if not isinstance(log, dict) or not isinstance(log.get("eval"), dict):
        return False
    return "task" in log["eval"] and "version" in log


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a file."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """One trajectory a sample.

    Raises:
        SourceError: neither a JSON document nor a zip can be read.
    """
    for number, (spec, sample) in enumerate(samples_of(unit.path, tally), 1):
        if sample is None:
            tally.skip("malformed_record")
        elif not isinstance(sample.messages, list) or not sample.messages:
            tally.skip("empty_sample")
        else:
            yield from _Run(spec, sample, number, tally).trajectory()


class _Run:
    """Takes the messages of one sample in order."""

    def __init__(self, spec: Mapping[str, Any], sample: Sample, number: int, tally: Tally) -> None:
        self._spec = spec
        self._sample = sample
        self._number = number
        self._tally = tally
        self._assembler = Assembler(tally)
        self._system: str | None = None
        self._responses: dict[str, Response] = {}
        self._events = _events_by_message(sample.events or ())
        attachments = sample.attachments
        self._attachments = attachments if isinstance(attachments, dict) else {}
        # Logs of before 2024-08 do not say which message came with the task: the first one did.
        self._sourced = any(
            isinstance(m, dict) and m.get("source") == "input" for m in sample.messages
        )

    def trajectory(self) -> Iterator[Trajectory]:
        """The trajectory of the sample, if it holds a step."""
        for message in self._sample.messages:
            if not isinstance(message, dict):
                self._tally.skip("malformed_record")
            elif (reason := self._add(message)) is None:
                self._tally.use()
            else:
                self._tally.skip(reason)
        sample, spec = self._sample, self._spec
        scores = sample.scores if sample.scores is not None else {"score": sample.score}
        outcome, reward = outcome_of(scores, failed=sample.error is not None or bool(sample.limit))
        run = word(spec.get("run_id")) or word(spec.get("task_id")) or "unknown"
        session = sample.uuid or f"{run}/{sample.id}/{sample.epoch}"
        revision = spec.get("revision")
        fields: dict[str, Any] = {}
        if sample.started_at is not None:
            fields["started_at"] = to_ms(sample.started_at)
            fields["ended_at"] = to_ms(sample.completed_at)
        elif not self._events:
            fields["started_at"] = to_ms(spec.get("created"))
        packages = spec.get("packages")
        found = self._assembler.build(
            id=trajectory_id(NAME, session, None, 0),
            session_id=session,
            harness=NAME,
            harness_version=word(packages.get(NAME)) if isinstance(packages, dict) else None,
            project=word(spec.get("task")),
            repository=word(revision.get("origin")) if isinstance(revision, dict) else None,
            system_prompt=self._system,
            tools=_tools(sample.events or ()),
            model=usual_model(self._responses) or word(spec.get("model")),
            responses=self._responses,
            recorded_outcome=outcome,
            reward=reward,
            **fields,
        )
        if found is not None:
            yield found

    def _add(self, message: Mapping[str, Any]) -> str | None:
        """Add one message; returns None, or the reason why it gave no step."""
        role, key = message.get("role"), word(message.get("id"))
        event = self._events.get(key or "")
        message = {**message, "content": self._resolved(message.get("content"))}
        steps = RecordSteps(
            self._assembler,
            key=key,
            timestamp=to_ms(event.timestamp) if event else None,
            line=self._number,
            learn=message.get("source") != "input" and not _malformed(message.get("tool_calls")),
        )
        if role == "assistant":
            response_id = key or f"n{len(self._responses) + 1}"
            add_assistant(steps, message, self._tally, response_id=response_id)
            if steps.count:
                self._responses[response_id] = _response(message, event, self._spec)
        elif role == "tool":
            self._add_result(steps, message)
        elif role == "user":
            first = not self._sourced and len(self._assembler) == 0
            human = first or message.get("source") in ("input", "operator")
            add_user(steps, message, self._tally, origin="human" if human else "harness")
        elif role == "system":
            text = text_of(message["content"], self._tally)
            if self._system is None and len(self._assembler) == 0 and text.strip():
                self._system = text
                return None
            steps.message(text, "harness", "system")
        else:
            return "malformed_record"
        return None if steps.count else "empty_message"

    def _add_result(self, steps: RecordSteps, message: Mapping[str, Any]) -> None:
        error = message.get("error")
        status: Status = "ok"
        if isinstance(error, dict):
            status = "rejected" if error.get("type") == "approval" else "error"
            if not text_of(message["content"], Tally()).strip():
                message = {**message, "content": word(error.get("message"))}
        add_result(steps, message, self._tally, judge=lambda _text, _flag: (status, None))

    def _resolved(self, content: Any) -> Any:
        """Content whose long texts stand in the sample's attachments."""
        if isinstance(content, str) and content.startswith("attachment://"):
            found = self._attachments.get(content.removeprefix("attachment://"))
            return found if isinstance(found, str) else content
        if isinstance(content, list):
            return [
                {**block, "text": self._resolved(block["text"])}
                if isinstance(block, dict) and isinstance(block.get("text"), str)
                else block
                for block in content
            ]
        return content


def _malformed(calls: Any) -> bool:
    """Whether Inspect could not parse one of the calls of a message."""
    listed = calls if isinstance(calls, list) else []
    return any(isinstance(call, dict) and call.get("parse_error") for call in listed)


def _events_by_message(events: Iterable[ModelEvent]) -> dict[str, ModelEvent]:
    """Model events by the id of the message that the model wrote."""
    found: dict[str, ModelEvent] = {}
    for event in events:
        output = event.output if event.event == "model" else None
        choices = output.get("choices") if isinstance(output, dict) else None
        for choice in choices if isinstance(choices, list) else ():
            message = choice.get("message") if isinstance(choice, dict) else None
            if isinstance(message, dict) and isinstance(message.get("id"), str):
                found[message["id"]] = event
    return found


def _response(
    message: Mapping[str, Any], event: ModelEvent | None, spec: Mapping[str, Any]
) -> Response:
    output = event.output if event is not None and isinstance(event.output, dict) else {}
    usage = output.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    choices = output.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return Response(
        model=word(message.get("model")) or word(output.get("model")) or word(spec.get("model")),
        input_tokens=whole(counts.get("input_tokens")),
        output_tokens=whole(counts.get("output_tokens")),
        cached_tokens=whole(counts.get("input_tokens_cache_read")),
        stop_reason=word(first.get("stop_reason")) if isinstance(first, dict) else None,
    )


def _tools(events: Iterable[ModelEvent]) -> tuple[dict[str, Any], ...]:
    """The tools that the model was first offered."""
    return next((found for e in events if e.event == "model" and (found := tools_of(e.tools))), ())
