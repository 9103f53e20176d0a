"""Events of OpenHands 0.x: actions and the observations that they caused.

The older shape (evaluation rows of 2024) has no ids, sources or times and carries an action's
arguments inlined; there an observation answers the action before it.
"""

from __future__ import annotations

from typing import Any

from trajset.sources.content import as_json, text_of
from trajset.sources.lenient import items, mapping
from trajset.sources.openhands.run import Place, Run
from trajset.sources.openhands.v0_words import (
    ACTIONS,
    EVENT_FIELDS,
    HARNESS_ARGUMENTS,
    NOISE,
    OBSERVATIONS,
)
from trajset.sources.responses import whole, word
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.sources.tool_lists import tools_of
from trajset.trajectory import Response, Status

_WITH_ERROR_PREFIX = frozenset({"edit", "read"})


def add_event(run: Run, event: dict[str, Any], place: Place, tally: Tally) -> None:
    """Add one event to a run and count it."""
    action, observation = event.get("action"), event.get("observation")
    kind = word(action) or word(observation)
    if kind is not None and kind in NOISE:
        tally.skip(NOISE[kind])
    elif isinstance(action, str):
        _add_action(run, action, event, place, tally)
    elif isinstance(observation, str):
        _add_observation(run, observation, event, place, tally)
    else:
        tally.skip_unknown(kind)


def _add_action(run: Run, action: str, event: dict[str, Any], place: Place, tally: Tally) -> None:
    inlined = {k: v for k, v in event.items() if k not in EVENT_FIELDS}
    arguments = mapping(event.get("args")) if "args" in event else inlined
    if action == "message":
        _count(tally, _add_message(run, event, arguments, place, tally))
    elif action == "system":
        run.system_prompt = run.system_prompt or word(arguments.get("content"))
        run.version = run.version or word(arguments.get("openhands_version"))
        run.tools = run.tools or tools_of(arguments.get("tools"))
        tally.use()
    elif action == "condensation":
        if run.compact(word(arguments.get("summary")), place):
            tally.use()
        else:
            tally.skip("condensation")
    elif action == "recall":
        tally.skip("recall")
    elif action == "condensation_request" and not event.get("tool_call_metadata"):
        tally.skip("condensation")
    elif action in ACTIONS:
        _add_call(run, action, event, arguments, place, tally)
        tally.use()
    else:
        tally.skip_unknown(action)


def _add_message(
    run: Run, event: dict[str, Any], arguments: dict[str, Any], place: Place, tally: Tally
) -> bool:
    images = items(arguments.get("image_urls")) or items(arguments.get("images_urls"))
    parts = [arguments.get("content"), *({"type": "image_url", "url": u} for u in images)]
    text = text_of(parts, tally)
    if event.get("source") == "agent":
        response = mapping(mapping(event.get("tool_call_metadata")).get("model_response"))
        return run.said(text, place, _response(run, response) or _own_response(event))
    return run.asked(text, place, by_user=event.get("source") in ("user", None))


def _add_call(
    run: Run,
    action: str,
    event: dict[str, Any],
    arguments: dict[str, Any],
    place: Place,
    tally: Tally,
) -> None:
    metadata = mapping(event.get("tool_call_metadata"))
    response = mapping(metadata.get("model_response"))
    message = mapping(mapping(next(iter(items(response.get("choices"))), None)).get("message"))
    response_id = _response(run, response) or _own_response(event)
    if response_id is None or run.first_of(response_id):
        thought = None if action == "think" else word(arguments.get("thought"))
        run.reasoned(message.get("reasoning_content"), place, response_id)
        run.said(text_of(message.get("content"), tally) or thought or "", place, response_id)
    call_id = word(metadata.get("tool_call_id")) or _action_id(event.get("id"))
    given = _written_arguments(message, call_id)
    if given is None:
        given = _own_arguments(action, arguments)
    new_id = run.called(
        word(metadata.get("function_name")) or action, given, call_id, place, response_id
    )
    run.remember(event.get("id"), call_id)
    if action == "delegate":
        task = word(mapping(arguments.get("inputs")).get("task"))
        run.delegate(event.get("id"), new_id, task, place)


def _action_id(event_id: Any) -> str | None:
    """The id of a call whose log gives none: from its action's id, where events have ids."""
    return f"action_{event_id}" if isinstance(event_id, int) else None


def _own_response(event: dict[str, Any]) -> str | None:
    """Without a recorded response each event of the agent is one."""
    event_id = event.get("id")
    return f"event_{event_id}" if isinstance(event_id, int) else None


def _written_arguments(message: dict[str, Any], call_id: str | None) -> Any:
    """What the model wrote as the call's arguments, where the event keeps its response."""
    for call in items(message.get("tool_calls")):
        if call_id is not None and mapping(call).get("id") == call_id:
            return mapping(mapping(call).get("function")).get("arguments")
    return None


def _own_arguments(action: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """An action's arguments without what the harness keeps beside them."""
    kept = {
        k: v for k, v in arguments.items() if k not in HARNESS_ARGUMENTS and v not in (None, "")
    }
    if action == "think":
        kept["thought"] = arguments.get("thought") or ""
    return kept


def _add_observation(
    run: Run, kind: str, event: dict[str, Any], place: Place, tally: Tally
) -> None:
    if kind == "recall":
        text = _recalled(mapping(event.get("extras")))
        if run.injected(text, place):
            tally.use()
        else:
            tally.skip("recall")
        return
    if kind not in OBSERVATIONS:
        tally.skip_unknown(kind)
        return
    text = text_of(event.get("content"), tally)
    if kind == "delegate":
        run.end_delegate()
        text = text or text_of(mapping(event.get("extras")).get("outputs"), tally)
    call_id = (
        run.call_of(event.get("cause"))
        or word(mapping(event.get("tool_call_metadata")).get("tool_call_id"))
        or _action_id(event.get("cause", event.get("id")))
    )
    status, exit_code = _status(kind, event, text)
    _count(tally, run.answered(text, call_id, status, exit_code, place))


def _status(kind: str, event: dict[str, Any], text: str) -> tuple[Status, int | None]:
    extras = mapping(event.get("extras"))
    codes = (mapping(extras.get("metadata")).get("exit_code"), extras.get("exit_code"))
    given = next((c for c in (*codes, event.get("exit_code")) if isinstance(c, int)), None)
    code = given if given == -1 else whole(given)  # -1: the command still runs, or none is known
    if kind == "error":
        return "error", code
    if kind == "user_rejected":
        return "rejected", code
    if code is not None and code != -1:
        return ("ok" if code == 0 else "error"), code
    if extras.get("error") is True or (kind in _WITH_ERROR_PREFIX and text.startswith("ERROR:\n")):
        return "error", code
    return "unknown", code


def _recalled(extras: dict[str, Any]) -> str:
    """The knowledge that a recall put before the model."""
    pieces = [extras.get("repo_instructions"), extras.get("additional_agent_instructions")]
    pieces += [mapping(k).get("content") for k in items(extras.get("microagent_knowledge"))]
    return "\n\n".join(piece for piece in pieces if isinstance(piece, str) and piece.strip())


def _response(run: Run, response: dict[str, Any]) -> str | None:
    """The id of a response; notes what the log tells about it (it repeats on every event)."""
    response_id = word(response.get("id"))
    if response_id is None or response_id in run.responses:
        return response_id
    usage = mapping(response.get("usage"))
    cached = usage.get("cache_read_input_tokens")
    if cached is None:
        cached = mapping(usage.get("prompt_tokens_details")).get("cached_tokens")
    run.responses[response_id] = Response(
        model=word(response.get("model")),
        input_tokens=whole(usage.get("prompt_tokens")),
        output_tokens=whole(usage.get("completion_tokens")),
        cached_tokens=whole(cached),
        stop_reason=word(
            mapping(next(iter(items(response.get("choices"))), None)).get("finish_reason")
        ),
    )
    return response_id


def _count(tally: Tally, added: bool) -> None:
    if added:
        tally.use()
    else:
        tally.skip("empty_event")


def place_of(event: dict[str, Any], number: int) -> Place:
    """Where an event stands. Its `id` is a mere count from 0, so it is no key by itself."""
    given = event.get("id")
    time = event.get("timestamp")
    own = isinstance(given, int | str) and isinstance(time, str) and bool(time)
    return Place(
        key=f"{as_json(given)}@{time}" if own else None, timestamp=to_ms(time), line=number
    )
