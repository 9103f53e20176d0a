"""mini-swe-agent: a bare list of messages (1.x), or {info, messages, trajectory_format}.

1.x and text-style 2.x write one fenced bash block a message, results as user messages. 2.x with
tool calls keeps OpenAI's messages (or the Responses API's objects), with what the harness knows
under `extra`. A record is a message; `info` is no record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.content import text_of
from trajset.sources.files import place_name
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.lenient import items, mapping
from trajset.sources.record_steps import RecordSteps
from trajset.sources.records import json_document
from trajset.sources.responses import usual_model, whole, word
from trajset.sources.schema import function_tool
from trajset.sources.tally import Tally
from trajset.sources.text_calls import one_fenced
from trajset.sources.text_results import status_in, status_of
from trajset.sources.times import to_ms
from trajset.sources.unit import Fields, SourceError, Store, Unit, single_files
from trajset.trajectory import Origin, Outcome, Response, Status, Trajectory

NAME = "mini_swe_agent"
TITLE = "mini-swe-agent"
STORE = Store(
    linux=("~/.config/mini-swe-agent",),
    macos=("~/Library/Application Support/mini-swe-agent",),
    windows=("$LOCALAPPDATA/mini-swe-agent/mini-swe-agent",),
    suffixes=(".json",),
)
VERSIONS = "1.0 to 1.17 (bash blocks), 2.0 to 2.4 (tool calls)"
FIELDS = Fields(
    reasoning="partly",
    status="yes",
    exit_code="yes",
    ids="partly",
    times="partly",
    model="partly",
    usage="partly",
    tool_schemas="never",
    branches="never",
    subagents="never",
    compaction="never",
)
TOOLS: tuple[dict[str, Any], ...] = (
    function_tool("bash", "Run a command in the shell.", {"command": "string"}),
)

_BLOCKS = frozenset({"bash", "mswea_bash_command"})
_SUBMITTED = "Submitted"
_NEITHER = frozenset({"UserInterruption", ""})
_FORMAT_ERRORS = frozenset({"FormatError", "RepeatedFormatError"})


def claims(head: Head) -> bool:
    """A document that names the format, or a list of messages with results in its words."""
    document = head.document
    if isinstance(document, dict):
        if str(document.get("trajectory_format")).startswith("mini-swe-agent"):
            return True
        # The name of the format comes last, perhaps beyond the head.
        info = mapping(document.get("info"))
        return "messages" in document and bool(
            {"mini_version", "exit_status", "model_stats"} & info.keys()
        )
    if not isinstance(document, list):
        return False
    messages = [mapping(message) for message in document]
    if not messages or messages[0].get("role") != "system":
        return False
    texts = [(m.get("role"), m.get("content")) for m in messages]
    ran = any(r == "assistant" and isinstance(t, str) and _blocks(t) for r, t in texts)
    return ran and any(
        r == "user" and isinstance(t, str) and t.startswith("<returncode>") for r, t in texts
    )


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a file."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """Read one run.

    Raises:
        SourceError: the file is no list of messages, and no object that holds one.
    """
    document = json_document(unit.path, tally)
    info = mapping(mapping(document).get("info"))
    messages = document if isinstance(document, list) else mapping(document).get("messages")
    if not isinstance(messages, list):
        raise SourceError(f"{unit.path}: expected a list of messages, found another JSON value")
    config = mapping(info.get("config"))
    run = _Run(tally)
    for number, message in enumerate(messages, 1):
        if isinstance(message, dict):
            run.add(number, message, more=number < len(messages))
        else:
            tally.skip("no_object")
    status = info.get("exit_status")
    outcome: Outcome | None = None
    if isinstance(status, str) and status not in _NEITHER:
        outcome = "success" if status == _SUBMITTED else "failure"
    trajectory = run.assembler.build(
        id=trajectory_id(NAME, place_name(unit.path), None, 0),
        session_id=word(info.get("instance_id")) or place_name(unit.path, 1),
        harness=NAME,
        harness_version=word(info.get("mini_version")),
        model=usual_model(run.responses) or word(mapping(config.get("model")).get("model_name")),
        responses=run.responses,
        project=word(mapping(config.get("environment")).get("cwd")),
        system_prompt=run.prompt,
        recorded_outcome=outcome,
    )
    if trajectory is not None:
        yield trajectory


class _Run:
    """Collects the messages of one run."""

    def __init__(self, tally: Tally) -> None:
        self.assembler = Assembler(tally)
        self.prompt: str | None = None
        self.responses: dict[str, Response] = {}
        self._tally = tally
        self._told = False
        self._waiting = 0

    def add(self, number: int, message: dict[str, Any], *, more: bool) -> None:
        """Add one message and count it; `more` says whether another follows."""
        extra = mapping(message.get("extra"))
        role = message.get("role")
        at = {"line": number, "timestamp": to_ms(extra.get("timestamp"))}
        steps = RecordSteps(self.assembler, **at)
        if role == "system" and self.prompt is None:
            self.prompt = text_of(message.get("content"), self._tally)
            self._tally.use()
            return
        if role == "exit":
            self._tally.skip("exit")
            return
        if message.get("object") == "response":
            self._add_output(steps, message, f"m{number}")
        elif role == "assistant":
            written = one_fenced(text_of(message.get("content"), self._tally), _BLOCKS)
            calls = items(message.get("tool_calls"))
            # The harness runs exactly one block; any other answer is sent back as malformed.
            refused = more and not calls and len(written.calls) != 1
            if refused:
                steps = RecordSteps(self.assembler, **at, learn=False)
            self._add_written(steps, message, extra, f"m{number}")
        elif self._is_result(message, extra):
            self._add_result(steps, message, extra)
        elif role == "user" or role == "system":
            own_command = "raw_output" in extra or "returncode" in extra
            origin: Origin = "harness" if self._told or role == "system" else "human"
            self._told = True
            text = text_of(message.get("content"), self._tally)
            steps.message(text, "environment" if own_command else origin, role=role)
        else:
            self._tally.skip_unknown(role)
            return
        if steps.count:
            self._tally.use()
        else:
            self._tally.skip("empty_message")

    def _is_result(self, message: dict[str, Any], extra: dict[str, Any]) -> bool:
        if message.get("role") == "tool" or message.get("type") == "function_call_output":
            return True
        refused = word(extra.get("interrupt_type")) in _FORMAT_ERRORS
        return message.get("role") == "user" and self._waiting > 0 and not refused

    def _add_written(
        self, steps: RecordSteps, message: dict[str, Any], extra: dict[str, Any], own_id: str
    ) -> None:
        response_id = self._note(mapping(extra.get("response"))) or own_id
        blocks = [mapping(b).get("thinking") for b in items(message.get("thinking_blocks"))]
        thought = "\n\n".join(b for b in blocks if isinstance(b, str) and b.strip())
        steps.reasoning(word(message.get("reasoning_content")) or thought, response_id)
        text = text_of(message.get("content"), self._tally)
        calls = [mapping(call) for call in items(message.get("tool_calls"))]
        if calls:
            steps.model(text, response_id)
            for call in calls:
                function = mapping(call.get("function"))
                steps.call(
                    function.get("name"), function.get("arguments"), call.get("id"), response_id
                )
            self._waiting = len(calls)
            return
        written = one_fenced(text, _BLOCKS)
        if len(written.calls) != 1:
            steps.model(text, response_id)
            self._waiting = 0
            return
        steps.model(written.text, response_id)
        steps.call("bash", written.calls[0].arguments, None, response_id)
        self._waiting = 1

    def _add_output(self, steps: RecordSteps, response: dict[str, Any], own_id: str) -> None:
        """Add a response as the Responses API has it."""
        response_id = self._note(response) or own_id
        self._waiting = 0
        for item in map(mapping, items(response.get("output"))):
            if item.get("type") == "reasoning":
                steps.reasoning(text_of(item.get("summary"), self._tally), response_id)
            elif item.get("type") == "message":
                steps.model(text_of(item.get("content"), self._tally), response_id)
            elif item.get("type") == "function_call":
                steps.call(
                    item.get("name"), item.get("arguments"), item.get("call_id"), response_id
                )
                self._waiting += 1

    def _add_result(
        self, steps: RecordSteps, message: dict[str, Any], extra: dict[str, Any]
    ) -> None:
        content = message.get("output") if "call_id" in message else message.get("content")
        text = text_of(content, self._tally)
        status, exit_code = _status(text, extra)
        call_id = word(message.get("tool_call_id")) or word(message.get("call_id"))
        steps.observation(text, call_id, status, exit_code)
        self._waiting = max(0, self._waiting - 1)

    def _note(self, response: dict[str, Any]) -> str | None:
        """Keep what the log tells of a response; returns its id."""
        response_id = word(response.get("id"))
        if response_id is None:
            return None
        usage = mapping(response.get("usage"))
        details = mapping(usage.get("prompt_tokens_details") or usage.get("input_tokens_details"))
        choice = mapping(next(iter(items(response.get("choices"))), None))
        self.responses[response_id] = Response(
            model=word(response.get("model")),
            input_tokens=whole(usage.get("prompt_tokens", usage.get("input_tokens"))),
            output_tokens=whole(usage.get("completion_tokens", usage.get("output_tokens"))),
            cached_tokens=whole(details.get("cached_tokens")),
            stop_reason=word(choice.get("finish_reason")),
        )
        return response_id


def _status(text: str, extra: dict[str, Any]) -> tuple[Status, int | None]:
    if word(extra.get("exception_info")):
        not_run = extra["exception_info"] == "action was not executed"
        return ("cancelled" if not_run else "error"), None
    code = extra.get("returncode")
    if isinstance(code, int) and not isinstance(code, bool):
        return status_of(code)
    return status_in(text)


def _blocks(text: str) -> bool:
    return bool(one_fenced(text, _BLOCKS).calls)
