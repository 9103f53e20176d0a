"""The tools of a row: recorded in the log, from the harness's catalogue, or inferred from calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal

import jsonschema_rs
import msgspec

from trajset.trajectory import MODEL_AT_FAULT, ToolCall, Trajectory

ToolsSource = Literal["recorded", "catalog", "inferred"]
Schema = dict[str, Any]

_ORDER: tuple[ToolsSource, ...] = ("recorded", "catalog", "inferred")
_TYPES: dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
    type(None): "null",
}


def toolbox(
    trajectory: Trajectory, catalog: Mapping[str, Schema]
) -> tuple[list[Schema], ToolsSource]:
    """Schemas for a trajectory, and the weakest place that one of them comes from.

    Recorded schemas are all kept. A called tool that has none, or whose schema refuses one of this
    trajectory's good calls, gets the catalogue's or, failing that, an inferred one: every call
    that may be learnt validates. Good are calls that did not fail through the model's own mistake.
    """
    failed = {f.call_id for f in trajectory.failures if f.category in MODEL_AT_FAULT}
    good: dict[str, list[dict[str, Any]]] = {}
    for step in trajectory.steps:
        if isinstance(step, ToolCall) and step.raw_arguments is None and step.id not in failed:
            good.setdefault(step.tool, []).append(step.arguments)
    recorded = {name_of(schema): schema for schema in trajectory.tools}
    chosen: dict[str, tuple[Schema, ToolsSource]] = {
        name: (schema, "recorded") for name, schema in recorded.items()
    }
    for name, arguments in good.items():
        places: tuple[tuple[ToolsSource, Schema | None], ...] = (
            ("recorded", recorded.get(name)),
            ("catalog", catalog.get(name)),
        )
        chosen[name] = next(
            (
                (schema, source)
                for source, schema in places
                if schema and accepts(schema, arguments)
            ),
            (infer(name, arguments), "inferred"),
        )
    weakest: ToolsSource = max(
        (source for _, source in chosen.values()), key=_ORDER.index, default="recorded"
    )
    return [chosen[name][0] for name in sorted(chosen)], weakest


def name_of(schema: Mapping[str, Any]) -> str:
    """The tool's name in `{"type": "function", "function": {...}}`."""
    return str(schema.get("function", {}).get("name", ""))


def accepts(schema: Schema, arguments: Iterable[dict[str, Any]]) -> bool:
    """Whether a tool's schema is a valid one and accepts all these arguments."""
    parameters = schema.get("function", {}).get("parameters")
    if not isinstance(parameters, dict):
        return False
    validator = _validator(msgspec.json.encode(parameters))
    return validator is not None and all(validator.is_valid(a) for a in arguments)


@lru_cache(maxsize=512)
def _validator(parameters: bytes) -> Any:
    try:
        return jsonschema_rs.validator_for(msgspec.json.decode(parameters))
    except (ValueError, jsonschema_rs.ReferencingError):
        return None


def infer(name: str, calls: list[dict[str, Any]]) -> Schema:
    """A schema from a tool's calls: names and JSON types; required is what every call gives."""
    types: dict[str, set[str]] = {}
    for arguments in calls:
        for key, value in arguments.items():
            types.setdefault(key, set()).add(_TYPES[type(value)])
    properties = {}
    for key in sorted(types):
        kinds = types[key] - ({"integer"} if "number" in types[key] else set())
        properties[key] = {"type": min(kinds) if len(kinds) == 1 else sorted(kinds)}
    required = [key for key in properties if all(key in arguments for arguments in calls)]
    parameters: Schema = {"type": "object", "properties": properties}
    if required:
        parameters["required"] = required
    return {
        "type": "function",
        "function": {"name": name, "description": "", "parameters": parameters},
    }
