"""`session-<id>.json`: messages and tool calls in two lists, joined by their times."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.ids import trajectory_id
from trajset.sources.lenient import items, mapping
from trajset.sources.opencode_logger.calls import add_call
from trajset.sources.opencode_logger.examples import Outcome
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.trajectory import Response, Trajectory


def trajectory(
    harness: str, document: dict[str, Any], outcome: Outcome, tally: Tally
) -> Trajectory | None:
    """The session's steps. Messages are put in the order of their creation: the plugin notes them
    as its events arrive, an answer often before its question.
    """
    messages = _in_order(document, tally)
    owned = _calls_of(document, messages)
    assembler = Assembler(tally)
    responses: dict[str, Response] = {}
    context = mapping(document.get("context"))
    project = context.get("workingDirectory")
    for line, message in enumerate(messages, 1):
        info = mapping(message.get("info"))
        text = message.get("content")
        text = text if isinstance(text, str) else ""
        native = _id(message.get("messageId"))
        identity = native or f"message {line}"
        at: dict[str, Any] = {"key": native, "timestamp": _created(message), "line": line}
        if message.get("role") == "user":
            assembler.message("user", text, "human", **at)
            tally.use()
            continue
        if message.get("role") != "assistant":
            tally.skip_unknown(message.get("role"))
            continue
        cwd = mapping(info.get("path")).get("cwd")
        cwd = cwd if isinstance(cwd, str) else None
        learn = not isinstance(info.get("error"), dict)
        at |= {"cwd": cwd, "learn": learn}
        assembler.message("assistant", text, "model", response_id=identity, **at)
        tally.use()
        responses[identity] = _response(info)
        for call in owned.pop(line - 1, ()):
            add_call(call, assembler, tally, identity, line, cwd)
    for calls in owned.values():  # no answer of the model's is left that could hold them
        for call in calls:
            add_call(call, assembler, tally, "calls without a message", len(messages), None)
    models = Counter(r.model for r in responses.values() if r.model)
    session_id = _id(document.get("sessionId")) or "unknown"
    first = _id(messages[0].get("messageId")) if messages else None
    return assembler.build(
        id=trajectory_id(harness, first or f"{session_id}#1", None, 0),
        session_id=session_id,
        harness=harness,
        model=models.most_common(1)[0][0] if models else None,
        responses=responses,
        project=project if isinstance(project, str) else None,
        git_branch=_branch(context),
        recorded_outcome=outcome.outcome,
        reward=outcome.scores.get("correctness"),
        scores=outcome.scores,
    )


def _in_order(document: dict[str, Any], tally: Tally) -> list[dict[str, Any]]:
    messages = []
    for message in items(document.get("messages")):
        if isinstance(message, dict):
            messages.append(message)
        else:
            tally.skip("not_an_object")
    last = 0
    order = []
    for index, message in enumerate(messages):
        last = _created(message) or last
        order.append((last, index))
    return [messages[index] for _, index in sorted(order)]


def _calls_of(document: dict[str, Any], messages: list[dict[str, Any]]) -> dict[int, list[Any]]:
    """Calls by the index of their message: the newest answer that had begun when the call ran."""
    answers = [i for i, m in enumerate(messages) if m.get("role") == "assistant"]
    begun = [_created(messages[i]) or 0 for i in answers]
    owned: dict[int, list[Any]] = {}
    for call in items(document.get("toolCalls")):
        when = to_ms(call.get("timestamp")) if isinstance(call, dict) else None
        place = len(answers) - 1 if when is None else max(0, bisect_right(begun, when) - 1)
        owned.setdefault(answers[place] if answers else -1, []).append(call)
    return owned


def _response(info: dict[str, Any]) -> Response:
    tokens = mapping(info.get("tokens"))
    model, finish = info.get("modelID"), info.get("finish")
    return Response(
        model=model if isinstance(model, str) else None,
        input_tokens=_count(tokens.get("input")),
        output_tokens=_count(tokens.get("output")),
        cached_tokens=_count(mapping(tokens.get("cache")).get("read")),
        stop_reason=finish if isinstance(finish, str) else None,
    )


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _created(message: dict[str, Any]) -> int | None:
    times = mapping(mapping(message.get("info")).get("time"))
    return to_ms(times.get("created")) or to_ms(message.get("timestamp"))


def _branch(context: dict[str, Any]) -> str | None:
    branch = mapping(context.get("gitStatus")).get("branch")
    return branch if isinstance(branch, str) and branch else None


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and value not in ("", "REDACTED") else None
