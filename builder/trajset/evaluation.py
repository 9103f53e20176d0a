"""A held-out next-action evaluation: does a model repair as the agent did?

An item is a prompt of the test split that ends after a failure, with the response that repaired it.
A prediction is scored by what its calls do: the same tool, the same target, the failed call again,
arguments that fit the schema. Nothing is run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from trajset.folder import read_manifest
from trajset.views.toolbox import accepts, name_of

CONFIG = "error_recovery"
_TARGETS = ("file_path", "path", "notebook_path", "filename", "file", "target_file", "url")
_COMMANDS = ("command", "cmd", "code", "script", "pattern", "query", "input")
Call = tuple[str, dict[str, Any]]
"""Tool and arguments."""


class EvaluationError(ValueError):
    """An evaluation cannot be made or scored. The text names the place and the way out."""


class Item(Struct, frozen=True, kw_only=True):
    """One line of an evaluation set."""

    id: str
    prompt: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    expected: dict[str, Any]
    """The assistant message that repaired the failure."""
    failed: list[dict[str, Any]]
    """`{name, arguments}` of the call that failed first, and of the last one of its retries."""
    category: str


class Prediction(Struct, frozen=True, kw_only=True):
    """A model's answer: the id of its item, and an assistant message."""

    id: str
    message: dict[str, Any]


class Score(Struct, kw_only=True):
    """Numbers of answers; shares are of all items, so that a missing answer counts as wrong."""

    items: int = 0
    answered: int = 0
    same_tool: int = 0
    same_target: int = 0
    repeats_failed: int = 0
    valid: int = 0
    by_category: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Category -> (items, same target)."""


def eval_set(folder: Path) -> Iterator[Item]:
    """The items of a dataset folder: first responses of the repairs in its test split.

    Raises:
        EvaluationError: there is no dataset, or no such row in it.
        FolderError: the folder's README.md is not ours.
    """
    import pyarrow.parquet as pq

    manifest = read_manifest(folder)
    if manifest is None:
        raise EvaluationError(
            f"{folder}: expected a dataset, found none; `trajset build` makes one"
        )
    shards = [s for s in manifest.shards if s.config == CONFIG and s.split == "test"]
    if not shards:
        raise EvaluationError(
            f"{folder}: expected rows of {CONFIG} in the test split, found none; "
            "more sessions or a larger plan.splits.test give some"
        )
    for shard in shards:
        with pq.ParquetFile(folder / shard.file) as opened:
            for batch in opened.iter_batches(batch_size=50):
                for row in batch.to_pylist():
                    if row["step_in_recovery"] == 0:
                        yield _item(row)


def _item(row: dict[str, Any]) -> Item:
    prompt, tools, completion = (
        [msgspec.json.decode(text) for text in row[name]]
        for name in ("prompt", "tools", "completion")
    )
    made = {call["id"]: call["function"] for m in prompt for call in m.get("tool_calls", ())}
    answered = [m["tool_call_id"] for m in prompt if m["role"] == "tool"]
    first = prompt[row["span"][0]]["tool_call_id"]
    failed = [first] if row["n_retries"] == 0 else [first, answered[-1]]
    return Item(
        id=row["id"],
        prompt=prompt,
        tools=tools,
        expected=completion[0],
        failed=[made[call_id] for call_id in dict.fromkeys(failed)],
        category=row["category"],
    )


def write_lines(items: Iterable[Any], path: Path) -> int:
    """Write items as JSON Lines (mode 0600, in one step); returns how many."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    count = 0
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            for item in items:
                file.write(msgspec.json.encode(item) + b"\n")
                count += 1
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return count


def read_lines(path: Path, kind: type[Any]) -> list[Any]:
    """The lines of an evaluation set or of predictions.

    Raises:
        EvaluationError: a line is none; the text names it.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise EvaluationError(
            f"{path}: expected a readable file, found: {error.strerror}"
        ) from None
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.append(msgspec.json.decode(line, type=kind))
            except msgspec.DecodeError as error:
                raise EvaluationError(f"{path}, line {number}: {error}") from None
    return found


def score(items: Iterable[Item], predictions: Iterable[Prediction]) -> Score:
    """Compare predictions with what the agent did.

    Raises:
        EvaluationError: a prediction is for no item, or two are for the same.
    """
    given: dict[str, dict[str, Any]] = {}
    for prediction in predictions:
        if prediction.id in given:
            raise EvaluationError(f"prediction {prediction.id}: expected one an item, found two")
        given[prediction.id] = prediction.message
    result = Score()
    for item in items:
        result.items += 1
        calls = list(_calls(given.pop(item.id, {})))
        wanted = list(_calls(item.expected))
        schemas = {name_of(tool): tool for tool in item.tools}
        failed = [(call["name"], call["arguments"]) for call in item.failed]
        same_target = bool({_aim(c) for c in calls} & {_aim(c) for c in wanted})
        result.answered += bool(calls)
        result.same_tool += bool({name for name, _ in calls} & {name for name, _ in wanted})
        result.same_target += same_target
        result.repeats_failed += any(call in failed for call in calls)
        result.valid += bool(calls) and all(
            name in schemas and accepts(schemas[name], [arguments]) for name, arguments in calls
        )
        items_of, right = result.by_category.get(item.category, (0, 0))
        result.by_category[item.category] = (items_of + 1, right + same_target)
    if given:
        raise EvaluationError(
            f"prediction {next(iter(given))}: expected the id of an item, found none in the set"
        )
    return result


def _calls(message: dict[str, Any]) -> Iterator[Call]:
    """The calls of an assistant message; arguments may be a dict or JSON text."""
    for call in message.get("tool_calls") or ():
        function = call.get("function", {})
        arguments = function.get("arguments", {})
        if isinstance(arguments, str):
            try:
                arguments = msgspec.json.decode(arguments)
            except msgspec.DecodeError:
                arguments = {"": arguments}
        yield str(function.get("name", "")), arguments if isinstance(arguments, dict) else {}


def _aim(call: Call) -> str:
    """What a call is done to: its path or URL, else its command, else all of its arguments."""
    _, arguments = call
    for name in (*_TARGETS, *_COMMANDS):
        value = arguments.get(name)
        if isinstance(value, str):
            return " ".join(value.split()).removeprefix("./")
    return msgspec.json.encode(arguments, order="sorted").decode()
