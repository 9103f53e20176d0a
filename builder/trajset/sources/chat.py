"""Chat messages into steps: the shapes of OpenAI's and Anthropic's APIs, which many logs keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trajset.sources.content import as_json, block_text, text_of
from trajset.sources.record_steps import RecordSteps
from trajset.sources.tally import Tally
from trajset.trajectory import Origin, Status

Judge = Callable[[str, bool | None], tuple[Status, int | None]]
"""(text of a result, its error flag or None) -> (status, exit code)."""

_REASONING = ("reasoning_content", "thinking", "reasoning")
_CALLS = ("tool_use", "server_tool_use")
_RESULTS = ("tool_result", "function_response")


def by_flag(_text: str, is_error: bool | None) -> tuple[Status, int | None]:
    """The status that a log's error flag gives; without a flag it is unknown."""
    if is_error is None:
        return "unknown", None
    return ("error" if is_error else "ok"), None


def add_assistant(
    steps: RecordSteps,
    message: Mapping[str, Any],
    tally: Tally,
    *,
    response_id: str | None = None,
    judge: Judge = by_flag,
) -> None:
    """Add what the model wrote in one message: reasoning, text and calls, in this order."""
    before = steps.count
    for name in _REASONING:
        steps.reasoning(message.get(name), response_id)
        if steps.count > before:
            break
    content = message.get("content")
    blocks = content if isinstance(content, list) else [text_of(content, tally)]
    for block in blocks:
        _add_block(steps, block, tally, response_id, judge)
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        _add_function(steps, call, response_id)
    if isinstance(message.get("function_call"), dict):
        _add_function(steps, {"function": message["function_call"]}, response_id)


def add_user(
    steps: RecordSteps,
    message: Mapping[str, Any],
    tally: Tally,
    *,
    origin: Origin = "human",
    judge: Judge = by_flag,
) -> None:
    """Add a user's message: its text, and the results of calls that stand in it."""
    content = message.get("content")
    waiting: list[Any] = []
    for block in content if isinstance(content, list) else [content]:
        if isinstance(block, dict) and block.get("type") in _RESULTS:
            steps.message(text_of(waiting, tally), origin)
            waiting = []
            add_result(steps, block, tally, judge=judge)
        else:
            waiting.append(block)
    steps.message(text_of(waiting, tally), origin)


def add_result(
    steps: RecordSteps, result: Mapping[str, Any], tally: Tally, *, judge: Judge = by_flag
) -> str | None:
    """Add a result (a message of role `tool`, or a block); returns the id of its call, or None."""
    text = text_of(result.get("content"), tally)
    flag = result.get("is_error")
    status, exit_code = judge(text, flag if isinstance(flag, bool) else None)
    names = ("tool_call_id", "tool_use_id", "id")
    call_id = next((result[name] for name in names if isinstance(result.get(name), str)), None)
    return steps.observation(text, call_id, status, exit_code)


def _add_block(
    steps: RecordSteps, block: Any, tally: Tally, response_id: str | None, judge: Judge
) -> None:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind in _CALLS:
        steps.call(block.get("name"), block.get("input"), block.get("id"), response_id)
    elif kind == "function_call":
        _add_function(steps, block, response_id)
    elif kind == "thinking":
        steps.reasoning(block.get("thinking"), response_id)
    elif kind == "reasoning":
        if not block.get("redacted"):
            steps.reasoning(block.get("reasoning") or block.get("text"), response_id)
    elif isinstance(kind, str) and kind.endswith("tool_result"):
        content = block.get("content")
        text = text_of(content, tally) if isinstance(content, list) else as_json(content)
        status, exit_code = judge(text, None)
        steps.observation(text, block.get("tool_use_id"), status, exit_code)
    elif kind != "redacted_thinking":
        steps.model(block_text(block, tally), response_id)


def _add_function(steps: RecordSteps, call: Any, response_id: str | None) -> None:
    """Add a call as OpenAI has it; `function` may be the bare name, with `arguments` beside it."""
    if not isinstance(call, dict):
        return
    function = call.get("function")
    inner = (
        function if isinstance(function, dict) else {**call, "name": function or call.get("name")}
    )
    steps.call(inner.get("name"), inner.get("arguments"), call.get("id"), response_id)
