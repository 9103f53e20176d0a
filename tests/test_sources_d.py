"""pi, OpenClaw, droid, dsh, CodeWhale, Hermes, Inspect, ATIF, STS and chat files.

What was read is held against counts taken straight from the raw JSON; every file is cut where a
crash might cut it; pi's catalogue must accept what models really called.
"""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from trajset.sources import (
    atif,
    chat_files,
    codewhale,
    deepseek_harness,
    factory_droid,
    hermes,
    inspect_ai,
    openclaw,
    pi,
    sts,
)
from trajset.sources.files import read_head
from trajset.sources.tally import Tally
from trajset.sources.unit import Source, SourceError
from trajset.trajectory import Observation, ToolCall, Trajectory

MINE: tuple[Source, ...] = (
    atif,
    chat_files,
    codewhale,
    deepseek_harness,
    factory_droid,
    hermes,
    inspect_ai,
    openclaw,
    pi,
    sts,
)
CASES = Path(__file__).parent / "cases"
INPUTS = [
    (s, p) for s in MINE for p in sorted((CASES / s.NAME).glob("*/input/**/*")) if p.is_file()
]
RICHEST = {
    "atif": "repair",
    "chat_files": "anthropic",
    "codewhale": "journal",
    "deepseek_harness": "repair",
    "factory_droid": "repair",
    "hermes": "repair",
    "inspect_ai": "document",
    "pi": "trouble",
    "sts": "session",
}
WRONG: tuple[Any, ...] = (None, 5, "x", [None, {"type": []}], {"type": {}})
FOLDERS = {
    "pi": pi,
    "openclaw": openclaw,
    "factory-droid": factory_droid,
    "deepseek-harness": deepseek_harness,
    "hermes": hermes,
    "inspect-ai": inspect_ai,
    "openai-messages": chat_files,
}


def read(source: Source, file: Path) -> tuple[list[Trajectory], Tally]:
    """Read one file; the law of counting holds whatever is in it."""
    tally = Tally()
    found = [t for unit in source.units([str(file)]) for t in source.read(unit, tally)]
    assert tally.read == tally.used + sum(tally.skipped.values())
    assert tally.skipped.get("unknown_type", 0) == sum(tally.unknown.values())
    return found, tally


def lines_of(file: Path) -> Iterator[Any]:
    for line in file.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def blocks(content: Any) -> list[dict[str, Any]]:
    return [b for b in content if isinstance(b, dict)] if isinstance(content, list) else []


def expected(folder: str, file: Path) -> Counter[str]:
    """Calls, results and reported errors of one real log, counted without trajset."""
    count: Counter[str] = Counter()
    if folder in ("pi", "openclaw"):
        for message in (r["message"] for r in lines_of(file) if r["type"] == "message"):
            count["calls"] += sum(b["type"] == "toolCall" for b in blocks(message["content"]))
            count["results"] += message["role"] == "toolResult"
            count["errors"] += message.get("isError") is True
    elif folder == "factory-droid":
        calls: set[str] = set()
        for message in (r["message"] for r in lines_of(file) if r["type"] == "message"):
            for block in blocks(message["content"]):
                if block["type"] == "tool_use":
                    calls.add(block["id"])
                elif block["type"] == "tool_result" and block["tool_use_id"] in calls:
                    count["results"] += 1
                    count["errors"] += block["is_error"]
        count["calls"] = len(calls)
    elif folder == "deepseek-harness":
        for record in lines_of(file):
            data = record.get("data", {})
            count["calls"] += record["type"] == "tool/call"
            if record["type"] == "tool/result":
                result = data["message"]["content"][0]
                text = "\n".join(b["text"] for b in result["content"])
                failed_command = "[exit code: " in text and "[exit code: 0]" not in text
                count["results"] += 1
                count["errors"] += result["isError"] or failed_command
    elif folder == "hermes":
        for message in (m for row in lines_of(file) for m in row["messages"]):
            count["calls"] += len(message["tool_calls"] or [])
            count["results"] += message["role"] == "tool"
    elif folder == "inspect-ai":
        for sample in inspect_samples(file):
            for message in sample["messages"]:
                count["calls"] += len(message.get("tool_calls") or [])
    else:
        for message in json.loads(file.read_bytes()):
            for block in blocks(message["content"]):
                count["calls"] += block["type"] == "function_call"
                count["results"] += block["type"] == "function_response"
                count["errors"] += block.get("is_error") is True
    return count


def inspect_samples(file: Path) -> list[dict[str, Any]]:
    if file.suffix != ".eval":
        samples: list[dict[str, Any]] = json.loads(file.read_bytes())["samples"]
        return samples
    with zipfile.ZipFile(file) as archive:
        names = [n for n in archive.namelist() if n.startswith("samples/")]
        return [json.loads(archive.read(n)) for n in names]


def counted(trajectory: Trajectory) -> Counter[str]:
    count: Counter[str] = Counter()
    for step in trajectory.steps:
        count["calls"] += isinstance(step, ToolCall)
        if isinstance(step, Observation):
            count["results"] += 1
            count["errors"] += step.status in ("error", "cancelled", "rejected")
    return count


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_call_result_and_error_of_real_logs_is_found(folder: str, sessions: Path) -> None:
    files = sorted(p for p in (sessions / folder).rglob("*") if p.is_file())
    assert files
    for file in files:
        found, tally = read(FOLDERS[folder], file)
        kept = [counted(t) for t in found if t.branch == 0]
        assert +sum(kept, Counter()) == +expected(folder, file), file.name
        assert not tally.unknown
        assert not tally.skipped.get("malformed_record")


def test_the_catalogue_of_pi_accepts_every_call_that_worked(sessions: Path) -> None:
    types: dict[str, Any] = {"string": str, "number": (int, float), "boolean": bool, "array": list}
    tools = {t["function"]["name"]: t["function"]["parameters"] for t in pi.TOOLS}
    checked = 0
    for file in sorted((sessions / "pi").rglob("*.jsonl")):
        for trajectory in read(pi, file)[0]:
            worked = {
                s.call_id
                for s in trajectory.steps
                if isinstance(s, Observation)
                if s.status == "ok"
            }
            for call in trajectory.steps:
                if not isinstance(call, ToolCall) or call.id not in worked:
                    continue
                schema = tools[call.tool]
                assert set(schema.get("required", ())) <= set(call.arguments)
                for name, value in call.arguments.items():
                    assert isinstance(value, types[schema["properties"][name]["type"]])
                checked += 1
    assert checked > 100


@pytest.mark.parametrize(
    ("source", "file"), INPUTS, ids=lambda v: v.parts[-3] if isinstance(v, Path) else v.NAME
)
def test_a_file_cut_anywhere_is_read_or_refused(source: Source, file: Path, tmp_path: Path) -> None:
    data = file.read_bytes()
    cut = tmp_path / file.name
    for end in range(1, len(data), max(1, len(data) // 60)):
        cut.write_bytes(data[:end])
        with suppress(SourceError):
            read(source, cut)


@pytest.mark.parametrize(("source", "case"), RICHEST.items(), ids=RICHEST.values())
def test_values_of_a_wrong_type_never_stop_a_source(source: str, case: str, tmp_path: Path) -> None:
    """Put values of other types in the place of each value of a case, one after the other."""
    module = next(s for s in MINE if source == s.NAME)
    log = next(p for p in (CASES / source / case / "input").iterdir() if p.is_file())
    text = log.read_text(encoding="utf-8")
    rows = [json.loads(r) for r in ([text] if log.suffix == ".json" else text.splitlines())]
    file = tmp_path / log.name
    for broken in _broken(rows):
        file.write_text("\n".join(json.dumps(r) for r in broken), encoding="utf-8")
        module.claims(read_head(str(file)))
        read(module, file)


def _broken(rows: list[Any]) -> Iterator[list[Any]]:
    for path in _places(rows, ()):
        for value in WRONG:
            yield _with(rows, path, value)


def _places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = list(enumerate(value))[:6]
    for key, inner in items:
        yield (*path, key)
        yield from _places(inner, (*path, key))


def _with(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    if isinstance(value, dict):
        return {**value, path[0]: _with(value[path[0]], path[1:], new)}
    return [_with(v, path[1:], new) if i == path[0] else v for i, v in enumerate(value)]
