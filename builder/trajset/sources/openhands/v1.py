"""Events of the OpenHands SDK (1.x): one object an event, told apart by `kind`."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from trajset.sources.content import text_of
from trajset.sources.lenient import items, mapping
from trajset.sources.openhands.run import Place, Run
from trajset.sources.responses import whole, word
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.sources.tool_lists import tools_of
from trajset.trajectory import Outcome, Response, Status

_NOISE = {
    "CondensationRequest": "condensation_request",
    "CondensationSummaryEvent": "condensation_summary",
    "PauseEvent": "pause",
    "InterruptEvent": "interrupt",
    "ConversationStateUpdateEvent": "state_update",
    "ConversationErrorEvent": "conversation_error",
    "HookExecutionEvent": "hook",
    "TokenEvent": "token_event",
    "LLMCompletionLogEvent": "llm_completion_log",
    "StreamingDeltaEvent": "streaming_delta",
    "ACPToolCallEvent": "acp_tool_call",
    "StuckDetectionEvent": "stuck_detection",
}
KINDS = frozenset(_NOISE) | {
    "SystemPromptEvent",
    "SystemPromptUpdateEvent",
    "MessageEvent",
    "ActionEvent",
    "ObservationEvent",
    "AgentErrorEvent",
    "UserRejectObservation",
    "Condensation",
}


def add_event(run: Run, event: dict[str, Any], place: Place, tally: Tally) -> None:
    """Add one event to a run and count it."""
    kind = event.get("kind")
    if isinstance(kind, str) and kind in _NOISE:
        tally.skip(_NOISE[kind])
    elif kind in ("SystemPromptEvent", "SystemPromptUpdateEvent"):
        _add_prompt(run, event, place)
        tally.use()
    elif kind == "MessageEvent":
        _count(tally, _add_message(run, event, place, tally))
    elif kind == "ActionEvent":
        _add_action(run, event, place, tally)
        tally.use()
    elif kind in ("ObservationEvent", "AgentErrorEvent", "UserRejectObservation"):
        _count(tally, _add_result(run, kind, event, place, tally))
    elif kind == "Condensation":
        if run.compact(word(event.get("summary")), place):
            tally.use()
        else:
            tally.skip("condensation")
    else:
        tally.skip_unknown(kind)


def add_state(run: Run, state: dict[str, Any]) -> Outcome | None:
    """Take what `base_state.json` tells of the conversation; returns its recorded outcome."""
    run.session_id = word(state.get("id")) or run.session_id
    run.model = word(mapping(mapping(state.get("agent")).get("llm")).get("model"))
    run.cwd = word(mapping(state.get("workspace")).get("working_dir"))
    for metrics in mapping(mapping(state.get("stats")).get("usage_to_metrics")).values():
        for usage in map(mapping, items(mapping(metrics).get("token_usages"))):
            if response_id := word(usage.get("response_id")):
                run.responses[response_id] = Response(
                    model=word(usage.get("model")),
                    input_tokens=whole(usage.get("prompt_tokens")),
                    output_tokens=whole(usage.get("completion_tokens")),
                    cached_tokens=whole(usage.get("cache_read_tokens")),
                )
    return "failure" if state.get("execution_status") in ("error", "stuck") else None


def _add_prompt(run: Run, event: dict[str, Any], place: Place) -> None:
    parts = (event.get("system_prompt"), event.get("dynamic_context"))
    text = "\n\n".join(t for part in parts if (t := word(mapping(part).get("text"))))
    if run.system_prompt is None:
        run.system_prompt = text or None
    elif text and not text.startswith(run.system_prompt):
        run.injected(text, place, system=True)
    # Newer versions name their tools without parameters here: that is no schema.
    given = [t for t in items(event.get("tools")) if mapping(t).get("function")]
    run.tools = tools_of(given) or run.tools


def _add_message(run: Run, event: dict[str, Any], place: Place, tally: Tally) -> bool:
    message = mapping(event.get("llm_message"))
    text = text_of(message.get("content"), tally)
    if message.get("role") == "assistant":
        response_id = word(event.get("llm_response_id")) or word(event.get("id"))
        _add_reasoning(run, message, place, response_id)
        added = run.said(text, place, response_id)
    else:
        added = run.asked(text, place, by_user=event.get("source") == "user")
    extended = text_of(event.get("extended_content"), tally)
    return run.injected(extended, place) or added


def _add_action(run: Run, event: dict[str, Any], place: Place, tally: Tally) -> None:
    response_id = word(event.get("llm_response_id")) or word(event.get("id"))
    if event.get("action") is None:  # the SDK could not make an action of what the model wrote
        place = replace(place, learn=False)
    if response_id is None or run.first_of(response_id):
        _add_reasoning(run, event, place, response_id)
        run.said(text_of(event.get("thought"), tally), place, response_id)
    call = mapping(event.get("tool_call"))
    function = mapping(call.get("function")) or call
    arguments = function.get("arguments")
    if arguments is None:
        arguments = {k: v for k, v in mapping(event.get("action")).items() if k != "kind"}
    call_id = word(event.get("tool_call_id")) or word(call.get("id"))
    run.called(
        word(function.get("name")) or word(event.get("tool_name")) or "unknown",
        arguments,
        call_id,
        place,
        response_id,
    )
    run.remember(event.get("id"), call_id)


def _add_reasoning(run: Run, holder: dict[str, Any], place: Place, response_id: str | None) -> None:
    text = word(holder.get("reasoning_content"))
    if text is None:
        blocks = [mapping(b).get("thinking") for b in items(holder.get("thinking_blocks"))]
        text = "\n\n".join(b for b in blocks if isinstance(b, str) and b.strip())
    run.reasoned(text, place, response_id)


def _add_result(run: Run, kind: str, event: dict[str, Any], place: Place, tally: Tally) -> bool:
    status: Status
    exit_code: int | None = None
    if kind == "AgentErrorEvent":
        text, status = text_of(event.get("error"), tally), "error"
    elif kind == "UserRejectObservation":
        text = text_of(event.get("rejection_reason"), tally)
        text, status = f"Action rejected: {text}", "rejected"
    else:
        observation = mapping(event.get("observation"))
        parts = [observation.get("content", observation.get("output"))]
        parts.append(event.get("extended_content"))
        text = "\n".join(t for part in parts if (t := text_of(part, tally)))
        status, exit_code = _status(observation)
    call_id = run.call_of(event.get("action_id")) or word(event.get("tool_call_id"))
    return run.answered(text, call_id, status, exit_code, place)


def _status(observation: dict[str, Any]) -> tuple[Status, int | None]:
    given = observation.get("exit_code")
    if given is None:
        given = mapping(observation.get("metadata")).get("exit_code")
    code = given if given == -1 else whole(given)  # -1: the command still runs
    if observation.get("is_error") is True or observation.get("timeout") is True:
        return "error", code
    if code is not None:
        return ("unknown" if code == -1 else "ok" if code == 0 else "error"), code
    return ("ok" if observation.get("is_error") is False else "unknown"), None


def _count(tally: Tally, added: bool) -> None:
    if added:
        tally.use()
    else:
        tally.skip("empty_event")


def place_of(event: dict[str, Any], number: int) -> Place:
    """Where an event stands; its id is unique."""
    return Place(key=word(event.get("id")), timestamp=to_ms(event.get("timestamp")), line=number)
