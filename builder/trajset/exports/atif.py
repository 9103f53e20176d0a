"""Format `atif`: Agent Trajectory Interchange Format v1.8, one trajectory a line.

Fields as in `harbor.models.trajectories` 0.25.0; every model there forbids others, so what has no
field stands in `extra`. Sub-agents are embedded in the trajectory of the agent that started them,
and referred to by the result of the call that did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trajset.exports.format import FULL, Case, Coverage, Line, partly
from trajset.exports.metadata import iso, metadata_of, tokens_of
from trajset.trajectory import (
    Message,
    Observation,
    Reasoning,
    Step,
    ToolCall,
    Trajectory,
    response_spans,
)

NAME = "atif"
LINE = "A trajectory with its sub-agents inside, a step for each response with its results."
NOTES: tuple[str, ...] = (
    "`harbor.models.trajectories.Trajectory.model_validate_json(line)` reads it.",
    "ATIF has no error flag: `extra` of a result holds `is_error`, `status` and `exit_code`.",
)
METADATA = True
EMBEDS = True

COVERAGE = Coverage(
    reasoning=FULL,
    call_ids=FULL,
    status=partly("in `extra` of a result"),
    failures=partly("in `extra`, with --include-metadata"),
    outcome=partly("in `extra`"),
    learn=partly("copied steps; others in `extra`"),
    origin=partly("in `extra` of a step, where it is not a person"),
    system_prompt=FULL,
    tools=partly("those that the log records"),
    model=FULL,
    usage=partly("as the harness counts: some leave cached tokens out of the prompt's"),
    times=partly("of responses and messages, not of results"),
    project=partly("in `extra`"),
    subagents=FULL,
    compaction=partly("the summary is a user step"),
)


def render(trajectory: Trajectory, case: Case) -> Iterator[Line]:
    """One line: the trajectory and, inside, those of its sub-agents."""
    yield _document(trajectory, case)


def _document(trajectory: Trajectory, case: Case) -> dict[str, Any]:
    steps = _steps(trajectory, case)
    extra: dict[str, Any] = {"outcome": trajectory.outcome}
    for name in ("reward", "project", "repository", "git_branch"):
        if (value := getattr(trajectory, name)) is not None:
            extra[name] = value
    if trajectory.project is not None:
        extra["cwd"] = trajectory.project
    if case.metadata:
        extra["metadata"] = metadata_of(trajectory, case)
    tokens = tokens_of(trajectory)
    document: dict[str, Any] = {
        "schema_version": "ATIF-v1.8",
        "session_id": trajectory.session_id,
        "trajectory_id": case.place.id,
        "agent": _agent(trajectory),
        "steps": steps,
        "final_metrics": _present(
            total_prompt_tokens=tokens["input_tokens"],
            total_completion_tokens=tokens["output_tokens"],
            total_cached_tokens=tokens["cached_tokens"],
            total_steps=len(steps),
        ),
        "extra": extra,
    }
    if case.agents:
        document["subagent_trajectories"] = [_document(*agent) for agent in case.agents]
    return document


def _agent(trajectory: Trajectory) -> dict[str, Any]:
    return {
        "name": trajectory.harness,
        "version": trajectory.harness_version or "unknown",
        **_present(
            model_name=trajectory.model,
            tool_definitions=list(trajectory.tools) or None,
        ),
    }


def _steps(trajectory: Trajectory, case: Case) -> list[dict[str, Any]]:
    steps = trajectory.steps
    made: list[dict[str, Any]] = []
    if trajectory.system_prompt:
        made.append({"source": "system", "message": trajectory.system_prompt})
    delegated: dict[str, list[tuple[Trajectory, Case]]] = {}
    for agent in case.agents:
        if (call_id := agent[1].parent_call_id) is not None:
            delegated.setdefault(call_id, []).append(agent)
    ends = dict(response_spans(steps))
    at = 0
    while at < len(steps):
        first, step = at, steps[at]
        if at in ends:
            stop = at = ends[at]
            while at < len(steps) and isinstance(steps[at], Observation):
                at += 1
            made.append(_response(trajectory, steps[first:stop], steps[stop:at], delegated, case))
        else:
            at += 1
            if isinstance(step, Message):
                made.append(_message(step))
        if first < case.place.copied:
            made[-1]["is_copied_context"] = True
    return [{"step_id": number, **step} for number, step in enumerate(made, 1)]


def _message(step: Message) -> dict[str, Any]:
    extra = {"origin": step.origin} if step.origin != "human" else None
    return _present(
        timestamp=iso(step.timestamp),
        source="system" if step.role == "system" else "user",
        message=step.text,
        extra=extra,
    )


def _response(
    trajectory: Trajectory,
    written: Sequence[Step],
    results: Sequence[Step],
    delegated: Mapping[str, Sequence[tuple[Trajectory, Case]]],
    case: Case,
) -> dict[str, Any]:
    """One model response: an agent step that holds its calls and their results."""
    known = trajectory.responses.get(written[0].response_id or "")
    strip = case.context.section.reasoning == "strip"
    reasoning = [s.text for s in written if isinstance(s, Reasoning) and not strip]
    calls = [_call(s) for s in written if isinstance(s, ToolCall)]
    answers = [_result(s, delegated) for s in results if isinstance(s, Observation)]
    metrics = None
    if known is not None:
        metrics = _present(
            prompt_tokens=known.input_tokens,
            completion_tokens=known.output_tokens,
            cached_tokens=known.cached_tokens,
        )
    return _present(
        timestamp=iso(written[0].timestamp),
        source="agent",
        model_name=(known.model if known is not None else None),
        reasoning_effort=(known.effort if known is not None else None),
        message="\n\n".join(s.text for s in written if isinstance(s, Message)),
        reasoning_content="\n\n".join(reasoning) or None,
        tool_calls=calls or None,
        observation={"results": answers} if answers else None,
        metrics=metrics or None,
        extra=None if all(s.learn for s in written) else {"learn": False},
    )


def _call(call: ToolCall) -> dict[str, Any]:
    raw = None if call.raw_arguments is None else {"raw_arguments": call.raw_arguments}
    return _present(
        tool_call_id=call.id,
        function_name=call.tool,
        arguments=call.arguments,
        extra=raw,
    )


def _result(
    step: Observation, delegated: Mapping[str, Sequence[tuple[Trajectory, Case]]]
) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if step.status != "unknown":
        extra = {"is_error": step.status != "ok", "status": step.status}
    if step.exit_code is not None:
        extra["exit_code"] = step.exit_code
    agents = [
        {"trajectory_id": case.place.id, "session_id": agent.session_id}
        for agent, case in delegated.get(step.call_id, ())
    ]
    return _present(
        source_call_id=step.call_id,
        content=step.text,
        subagent_trajectory_ref=agents or None,
        extra=extra or None,
    )


def _present(**fields: Any) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
