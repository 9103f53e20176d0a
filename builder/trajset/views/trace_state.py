"""Config `trace_state`: what the agent saw before each of its turns, and what it did there.

For replay: other models (teachers) are given the state, and their answers are compared with the
agent's. One row a model response, with everything before it since the last compaction; over the
budget, a prompt is shortened to its head, a marker and the newest whole responses.

`messages`, `student_message` and `tools` are as the OpenAI chat API takes them (arguments are JSON
text), so that a state can be sent as it is. Reasoning is in `student_action` alone, the literal
text of the turn: `<think>…</think>`, what was said, and each call as JSON in `<tool_call>` tags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from typing import Any, Protocol, TypedDict, cast

import msgspec
from msgspec.structs import replace

from trajset.fit.blocks import Block, Item
from trajset.fit.counter import Counter, RenderError, make_counter
from trajset.fit.section import Fit
from trajset.model_family import model_families
from trajset.trajectory import Message, Reasoning, Step, ToolCall, Trajectory, response_spans
from trajset.views.messages import Segment, segments_of
from trajset.views.section import Views
from trajset.views.toolbox import toolbox
from trajset.views.view import COMMON, ColumnType, Context, Place, Row, common
from trajset.views.windowed import limited, shorten_prompt, shortened

NAME = "trace_state"
FEATURES: dict[str, ColumnType] = {
    **COMMON,
    "state_id": "string",
    "messages": "list<json>",
    "tools": "list<json>",
    "tools_source": "string",
    "student_action": "string",
    "student_message": "json",
    "source_model": "string",
    "source_model_family": "string",
    "excluded_teacher_families": "list<string>",
}
SYSTEM_PROMPT = (
    "You are a coding agent that works in a user's repository. Continue the session below: answer "
    "the user, or call tools and wait for their results."
)
"""Stands first in every state; what the log records of the system prompt follows it."""


class TraceState(TypedDict):
    """A row of this config; the columns that all configs have are not described again."""

    id: str
    trajectory_id: str
    session_id: str
    parent_id: str | None
    harness: str
    model: str | None
    project: str | None
    started_at: int | None
    outcome: str
    n_tokens: int
    window: int
    n_windows: int
    state_id: str
    """The same wherever the state is made from its log."""
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    tools_source: str
    student_action: str
    student_message: dict[str, Any]
    """The turn as an assistant message, without its reasoning."""
    source_model: str | None
    source_model_family: str | None
    excluded_teacher_families: list[str]
    """Families of models that would recognise the action as their own."""


class Decided(Protocol):
    """What the plan decided about a trajectory, as far as its states need it."""

    @property
    def id(self) -> str:
        """The trajectory's final id."""
        ...

    @property
    def copied(self) -> int:
        """Number of leading steps that another trajectory owns: they give no states here."""
        ...

    @property
    def parent_id(self) -> str | None:
        """Of a sub-agent, the id of the trajectory that started it."""
        ...


def render(trajectory: Trajectory, place: Place, context: Context) -> Iterator[Row]:
    """One row a response of the kept path; sub-agents only where `views.subagents` is set."""
    if trajectory.agent is not None and not context.section.subagents:
        context.drop("subagent")
        return
    for state in states(trajectory, place, context):
        yield {**state}


def states(
    trajectory: Trajectory, decision: Decided | None = None, context: Context | None = None
) -> Iterator[TraceState]:
    """The states of one trajectory, in order; none of an abandoned branch.

    Args:
        trajectory: a redacted one.
        decision: of the plan; without it no step counts as copied.
        context: budget, token counter and catalogue of tools; without it the defaults.
    """
    context = context or Context(section=Views(), fit=Fit(), counter=_embedded())
    if trajectory.branch:
        context.drop("abandoned_branch")
        return
    place = Place(
        id=decision.id if decision else trajectory.id,
        copied=decision.copied if decision else 0,
        parent_id=decision.parent_id if decision else trajectory.parent_id,
    )
    tools, source = toolbox(trajectory, context.catalog)
    identity = _identity(trajectory)
    spans = {start: (n, end) for n, (start, end) in enumerate(response_spans(trajectory.steps))}
    for segment, number, at in _answers(trajectory, context):
        answer = segment.blocks[number].items[at]
        start = answer.steps[0]
        if start < place.copied:
            continue
        ordinal, end = spans[start]
        written = trajectory.steps[start:end]
        if not all(map(_own, written)):
            context.drop("marked_by_source")
            continue
        action = action_text(written)
        fitted = _prompt(segment, number, at, action, tools, context)
        if fitted is None:
            continue
        messages, n_tokens = fitted
        model = _model(trajectory, written[0])
        families = model_families(model)
        row = common(trajectory, place, NAME, ordinal, n_tokens) | {
            "state_id": f"{identity}-{ordinal}",
            "messages": [_openai(message) for message in messages],
            "tools": tools,
            "tools_source": source,
            "student_action": action,
            "student_message": _openai(answer.message, _unparsed(written)),
            "source_model": model,
            "source_model_family": families[0] if families else None,
            "excluded_teacher_families": list(families),
        }
        yield cast(TraceState, row)


def action_text(written: Sequence[Step]) -> str:
    """The literal text of one response: its steps in order, each in its own form."""
    parts = []
    for step in written:
        if isinstance(step, Reasoning):
            parts.append(f"<think>\n{step.text}\n</think>")
        elif isinstance(step, Message):
            parts.append(step.text)
        elif isinstance(step, ToolCall):
            arguments = step.arguments if step.raw_arguments is None else step.raw_arguments
            made = msgspec.json.encode({"name": step.tool, "arguments": arguments}).decode()
            parts.append(f"<tool_call>\n{made}\n</tool_call>")
    return "\n\n".join(parts)


def _answers(trajectory: Trajectory, context: Context) -> Iterator[tuple[Segment, int, int]]:
    """(segment, block, position in the block) of every response, without any reasoning."""
    recorded = trajectory.system_prompt
    prompted = trajectory.with_(
        system_prompt=f"{SYSTEM_PROMPT}\n\n{recorded}" if recorded else SYSTEM_PROMPT
    )
    stripped = replace(context, section=replace(context.section, reasoning="strip"))
    for whole in segments_of(prompted, {}, stripped):
        segment = limited(whole, context)
        if context.fit.over == "window":
            segment = replace(segment, blocks=tuple(_lighter(b, context) for b in segment.blocks))
        for number, block in enumerate(segment.blocks):
            for at, item in enumerate(block.items):
                if item.message["role"] == "assistant":
                    yield segment, number, at


def _lighter(block: Block, context: Context) -> Block:
    """A block that takes more than half of the budget, its results shortened: what the agent had
    just seen must not be what is left out first.
    """
    room = context.fit.max_tokens // 2
    return block if block.weight <= room else shortened(block, room, context) or block


def _prompt(
    segment: Segment,
    number: int,
    at: int,
    action: str,
    tools: list[dict[str, Any]],
    context: Context,
) -> tuple[list[dict[str, Any]], int] | None:
    """Messages before an answer, and the tokens of all; None where they do not fit (counted)."""
    message = {"role": "assistant", "content": action}
    answer = Item(message=message, steps=(), weight=context.counter.weight(message))
    lead = segment.blocks[number].items[:at]
    try:
        fitted = shorten_prompt(
            segment.head, segment.blocks[:number], lead, [[answer]], tools, context
        )
    except RenderError:
        context.drop("template_refuses")
        return None
    if fitted is None:
        context.too_long()
        return None
    messages, _, _, n_tokens = fitted
    return messages, n_tokens


def _openai(
    message: Mapping[str, Any], unparsed: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A row's message as the OpenAI chat API takes it. `unparsed` holds arguments, by call, that
    are no JSON and stay as the model wrote them.
    """
    made = {key: value for key, value in message.items() if key != "name"}
    if "tool_calls" in message:
        made["tool_calls"] = [
            {
                "id": call["id"],
                "type": "function",
                "function": {
                    "name": call["function"]["name"],
                    "arguments": (unparsed or {}).get(call["id"])
                    or msgspec.json.encode(call["function"]["arguments"]).decode(),
                },
            }
            for call in message["tool_calls"]
        ]
    return made


def _unparsed(written: Sequence[Step]) -> dict[str, str]:
    return {s.id: s.raw_arguments for s in written if isinstance(s, ToolCall) and s.raw_arguments}


def _own(step: Step) -> bool:
    """Whether the model's own doing: not what a source marked, unless as a malformed call."""
    if isinstance(step, ToolCall) and step.raw_arguments is not None:
        return True
    return not isinstance(step, Message | Reasoning | ToolCall) or step.learn


def _model(trajectory: Trajectory, step: Step) -> str | None:
    """The model that wrote a response, else that of most of the trajectory."""
    response = trajectory.responses.get(step.response_id or "")
    return (response.model if response else None) or trajectory.model


def _identity(trajectory: Trajectory) -> str:
    """Of a trajectory in its session: forks share first records, and so may share the former."""
    digest = blake2b(f"{trajectory.id} {trajectory.session_id}".encode(), digest_size=8)
    return digest.hexdigest()


@cache
def _embedded() -> Counter:
    return make_counter("embedded")
