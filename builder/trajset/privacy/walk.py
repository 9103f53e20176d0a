"""Every string of a trajectory and of a JSON value, by what it is; ids that link are never shown.

`rewrite` functions rebuild what they walk from the strings that a visitor gives back, so that the
same walk first collects strings and later puts the redacted ones in their places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from msgspec.structs import replace

from trajset.trajectory import (
    Failure,
    Message,
    Observation,
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


_MODEL, _WHY = Place("model"), Place("why")


def rewrite_trajectory(trajectory: Trajectory, visit: Visitor) -> Trajectory:
    """The trajectory with every string replaced by what the visitor says."""

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
        tools=tuple([rewrite_value(tool, visit, "tools") for tool in trajectory.tools]),
        steps=tuple([_step(step, visit) for step in trajectory.steps]),
        responses={key: _response(value, visit) for key, value in trajectory.responses.items()},
        failures=tuple([_why(failure, visit) for failure in trajectory.failures]),
        recoveries=tuple([_why(recovery, visit) for recovery in trajectory.recoveries]),
    )


def _step(step: Step, visit: Visitor) -> Step:
    line = step.line
    cwd = None if step.cwd is None else visit(step.cwd, Place("cwd", line=line))
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
    if isinstance(step, Message):
        place = Place("message", stream=f"{step.origin} {step.response_id}", line=line)
        return replace(step, cwd=cwd, text=visit(step.text, place))
    place = Place("reasoning", stream=f"reasoning {step.response_id}", line=line)
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
        name = _entry_name(value) or key if key in ("value", "Value") else key
        stream = f"{outer}.{key}" if outer else ""
        result[new] = _value(member, visit, Place(field, name, stream, unit, line), depth)
    return result


def _entry_name(value: dict[str, Any]) -> str:
    """What an entry such as `{"name": "API_KEY", "value": …}` is called."""
    for key in ("name", "key", "Name", "Key"):
        name = value.get(key)
        if isinstance(name, str):
            return name
    return ""


def _items(value: list[Any], visit: Visitor, place: Place, depth: int) -> list[Any]:
    field, outer_name, outer, unit, line = place
    stream = f"{outer or unit}[]"
    plain = inner = Place(field, outer_name, stream, unit, line)
    result: list[Any] = []
    for item in value:
        result.append(_value(item, visit, inner, depth))
        flag = isinstance(item, str) and item[:1] == "-" and "=" not in item and len(item) < 80
        inner = Place(field, item, stream, unit, line) if flag else plain
    return result
