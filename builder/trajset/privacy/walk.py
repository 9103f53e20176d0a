"""Every string of a trajectory and of a JSON value, by what it is; ids that link are never shown.

`read` functions show every string to whoever collects them. `rewrite` functions meet the same
strings in the same order, and rebuild what they walk from what a visitor gives back for each.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any, NamedTuple, Protocol, TypeVar

from msgspec.structs import replace

from trajset.trajectory import (
    Failure,
    Message,
    Observation,
    Reasoning,
    Recovery,
    Response,
    Step,
    ToolCall,
    Trajectory,
)

_Reason = TypeVar("_Reason", Failure, Recovery)


class Place(NamedTuple):
    """Where a string stands."""

    field: str
    """Field of the model, for receipts."""
    name: str = ""
    """What its value is called there: the key of a dict, the flag before it."""
    stream: str = ""
    """Strings of one stream that follow each other may be pieces of one text."""
    unit: str = ""
    """Call that the string belongs to: streams do not go on from one call to the next."""
    line: int | None = None
    """Line of the log, where it is known."""


Visitor = Callable[[str, Place], str]
"""Called with every string, in the same order on every walk."""


class Take(Protocol):
    """Called with every string, its name and its stream, as in its `Place`."""

    def __call__(self, text: str, name: str = "", stream: str = "", /) -> object: ...


_MODEL, _WHY = Place("model"), Place("why")


def read_trajectory(trajectory: Trajectory, take: Take, begin: Callable[[], object]) -> None:
    """Show every string of a trajectory.

    `begin` is called before the tools, before each step and behind the last: see `Changes`.
    """
    for text in (
        trajectory.project,
        trajectory.repository,
        trajectory.git_branch,
        trajectory.title,
        trajectory.model,
        trajectory.model_family,
        trajectory.harness_version,
        trajectory.system_prompt,
    ):
        if text is not None:
            take(text)
    begin()
    for tool in trajectory.tools:
        read_value(tool, take)
    for step in trajectory.steps:
        begin()
        _read_step(step, take)
    begin()
    for response in trajectory.responses.values():
        if response.model is not None:
            take(response.model)
    for failure in trajectory.failures:
        take(failure.why)
    for recovery in trajectory.recoveries:
        take(recovery.why)


def _read_step(step: Step, take: Take) -> None:
    if step.cwd is not None:
        take(step.cwd)
    if isinstance(step, Observation):
        take(step.text)
    elif isinstance(step, ToolCall):
        take(step.tool)
        _read_members(step.arguments, take, "", step.id, 0)
        if step.raw_arguments is not None:
            take(step.raw_arguments)
    else:
        take(step.text, "", _stream(step))


def _stream(step: Message | Reasoning) -> str:
    origin = step.origin if isinstance(step, Message) else "reasoning"
    return f"{origin} {step.response_id}"


def read_value(value: Any, take: Take) -> None:
    """Show every string of a JSON value, keys included."""
    _read(value, take, "", "", "", 0)


def _read(value: Any, take: Take, name: str, stream: str, unit: str, depth: int) -> None:
    if isinstance(value, str):
        take(value, name, stream)
    elif depth <= _DEEPEST:
        if isinstance(value, dict):
            _read_members(value, take, stream, unit, depth + 1)
        elif isinstance(value, list):
            inner = plain = name
            of_list = f"{stream or unit}[]"
            for item in value:
                _read(item, take, inner, of_list, unit, depth + 1)
                inner = item if _is_flag(item) else plain


def _read_members(value: dict[str, Any], take: Take, outer: str, unit: str, depth: int) -> None:
    for key, member in value.items():
        take(key)
        _read(member, take, _name(value, key), f"{outer}.{key}" if outer else "", unit, depth)


HEAD, TOOLS = -2, -1


class Changes(NamedTuple):
    """The parts of a trajectory that may change: HEAD, TOOLS, and the numbers of steps."""

    parts: Container[int]
    cwds: Container[int]
    """Steps of which only the working directory may change: in some logs, that is all of them."""


def rewrite_trajectory(
    trajectory: Trajectory, visit: Visitor, changes: Changes | None = None
) -> Trajectory:
    """The trajectory with every string replaced by what the visitor says.

    Args:
        changes: where strings may change; all others stay as they are. None: they may anywhere.
    """
    if changes is None:
        changes = Changes(range(HEAD, len(trajectory.steps)), ())
    if HEAD in changes.parts:
        trajectory = _head(trajectory, visit)
    tools, steps = trajectory.tools, list(trajectory.steps)
    if TOOLS in changes.parts:
        tools = tuple([rewrite_value(tool, visit, "tools") for tool in tools])
    for number, step in enumerate(steps):
        if number in changes.parts:
            steps[number] = _step(step, visit)
        elif number in changes.cwds:
            steps[number] = replace(step, cwd=_cwd(step, visit))
    return replace(
        trajectory,
        tools=tools,
        steps=tuple(steps),
        responses={key: _response(value, visit) for key, value in trajectory.responses.items()},
        failures=tuple([_why(failure, visit) for failure in trajectory.failures]),
        recoveries=tuple([_why(recovery, visit) for recovery in trajectory.recoveries]),
    )


def _head(trajectory: Trajectory, visit: Visitor) -> Trajectory:
    def optional(text: str | None, field: str) -> str | None:
        return text if text is None else visit(text, Place(field))

    return replace(
        trajectory,
        project=optional(trajectory.project, "project"),
        repository=optional(trajectory.repository, "repository"),
        git_branch=optional(trajectory.git_branch, "git_branch"),
        title=optional(trajectory.title, "title"),
        model=optional(trajectory.model, "model"),
        model_family=optional(trajectory.model_family, "model"),
        harness_version=optional(trajectory.harness_version, "harness_version"),
        system_prompt=optional(trajectory.system_prompt, "system_prompt"),
    )


def _cwd(step: Step, visit: Visitor) -> str | None:
    return None if step.cwd is None else visit(step.cwd, Place("cwd", line=step.line))


def _step(step: Step, visit: Visitor) -> Step:
    line = step.line
    cwd = _cwd(step, visit)
    if isinstance(step, Observation):
        return replace(step, cwd=cwd, text=visit(step.text, Place("observation", line=line)))
    if isinstance(step, ToolCall):
        raw = step.raw_arguments
        return replace(
            step,
            cwd=cwd,
            tool=visit(step.tool, Place("tool", line=line)),
            arguments=_members(
                step.arguments, visit, Place("arguments", unit=step.id, line=line), 0
            ),
            raw_arguments=None if raw is None else visit(raw, Place("arguments", line=line)),
        )
    field = "message" if isinstance(step, Message) else "reasoning"
    place = Place(field, stream=_stream(step), line=line)
    return replace(step, cwd=cwd, text=visit(step.text, place))


def _response(response: Response, visit: Visitor) -> Response:
    if response.model is None:
        return response
    return replace(response, model=visit(response.model, _MODEL))


def _why(reason: _Reason, visit: Visitor) -> _Reason:
    return replace(reason, why=visit(reason.why, _WHY))


def rewrite_value(value: Any, visit: Visitor, field: str = "value") -> Any:
    """A JSON value with every string, keys included, replaced by what the visitor says."""
    return _value(value, visit, Place(field), 0)


_DEEPEST = 500


def _value(value: Any, visit: Visitor, place: Place, depth: int) -> Any:
    if isinstance(value, str):
        return visit(value, place)
    if depth <= _DEEPEST:
        if isinstance(value, dict):
            return _members(value, visit, place, depth + 1)
        if isinstance(value, list):
            return _items(value, visit, place, depth + 1)
    return value


def _members(value: dict[str, Any], visit: Visitor, place: Place, depth: int) -> dict[str, Any]:
    field, _, outer, unit, line = place
    of_key = Place(field, line=line)
    result: dict[str, Any] = {}
    for key, member in value.items():
        new = visit(key, of_key)
        while new in result:
            new += "_"
        name = _name(value, key)
        stream = f"{outer}.{key}" if outer else ""
        result[new] = _value(member, visit, Place(field, name, stream, unit, line), depth)
    return result


def _name(value: dict[str, Any], key: str) -> str:
    """What a member is called; in an entry `{"name": "API_KEY", "value": …}` its name says it."""
    if key in ("value", "Value"):
        for other in ("name", "key", "Name", "Key"):
            name = value.get(other)
            if isinstance(name, str):
                return name or key
    if key == "signature" and "thinking" in value:
        return ""  # of a thinking block: it shows that a model wrote it, and opens nothing
    return key


def _items(value: list[Any], visit: Visitor, place: Place, depth: int) -> list[Any]:
    field, outer_name, outer, unit, line = place
    stream = f"{outer or unit}[]"
    plain = inner = Place(field, outer_name, stream, unit, line)
    result: list[Any] = []
    for item in value:
        result.append(_value(item, visit, inner, depth))
        inner = Place(field, item, stream, unit, line) if _is_flag(item) else plain
    return result


def _is_flag(item: Any) -> bool:
    return isinstance(item, str) and item[:1] == "-" and "=" not in item and len(item) < 80
