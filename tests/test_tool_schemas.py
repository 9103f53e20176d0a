"""Tool schemas of rows: every learnt call validates, in every config that has tools."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from case_rows import case_trajectories, rows_of
from trajset.annotate import annotate
from trajset.fit.counter import EmbeddedCounter
from trajset.fit.section import Fit
from trajset.sources import SOURCES
from trajset.sources.discover import discover
from trajset.sources.tally import Tally
from trajset.trajectory import MODEL_AT_FAULT, ToolCall, Trajectory
from trajset.views import chat, error_recovery, preference, sft
from trajset.views.section import Views
from trajset.views.toolbox import name_of
from trajset.views.view import Row

OPEN = Views(
    failed_trajectories=True,
    user_helped=True,
    gaps=("none", "error_text", "observations", "user_feedback"),
)
WITH_TOOLS = (chat, sft, error_recovery, preference)
SCHEMA_OF_SCHEMAS = "https://json-schema.org/draft/2020-12/schema"
CATALOGUES = {source.NAME: source.TOOLS for source in SOURCES if hasattr(source, "TOOLS")}
MAIN = {
    "claude_code",
    "cline",
    "codex",
    "copilot_cli",
    "gemini_cli",
    "mini_swe_agent",
    "opencode",
    "openhands",
    "pi",
    "swe_agent",
}


def learnt_calls(row: Row) -> Iterator[dict[str, Any]]:
    """The calls of a row that a trainer may learn from."""
    messages = row.get("completion") or row.get("chosen") or row.get("messages", ())
    for message in messages:
        if message.get("train", True):
            for call in message.get("tool_calls", ()):
                yield call["function"]


def refused(row: Row) -> list[str]:
    """The names of learnt calls that their row has no schema for, or whose schema refuses them."""
    schemas = {name_of(schema): schema["function"]["parameters"] for schema in row["tools"]}
    return [
        call["name"]
        for call in learnt_calls(row)
        if call["name"] not in schemas
        or not jsonschema_rs.is_valid(schemas[call["name"]], call["arguments"])
    ]


def rows(trajectory: Trajectory) -> Iterator[tuple[str, Row]]:
    counter, fit = EmbeddedCounter(), Fit(max_tokens=16_384)
    for view in WITH_TOOLS:
        for row in rows_of(trajectory, view, counter, OPEN, fit):
            yield view.NAME, row


def test_every_learnt_call_of_the_cases_validates() -> None:
    seen: Counts[str] = Counts()
    for case, trajectory in case_trajectories():
        for config, row in rows(trajectory):
            assert refused(row) == [], f"{case}, {row['id']}"
            seen[config] += sum(1 for _ in learnt_calls(row))
    assert set(seen) >= {"chat", "sft", "error_recovery", "preference"}
    assert all(seen.values())


def sessions_of(folder: Path) -> Iterator[Trajectory]:
    by_name = {source.NAME: source for source in SOURCES}
    for unit in discover([str(folder)], SOURCES).units:
        for trajectory in by_name[unit.harness].read(unit, Tally()):
            yield annotate(trajectory)


@pytest.mark.slow
def test_every_learnt_call_of_real_sessions_validates(sessions: Path) -> None:
    seen: Counts[tuple[str, str]] = Counts()
    for trajectory in sessions_of(sessions):
        for config, row in rows(trajectory):
            assert refused(row) == [], row["id"]
            seen[config, row["tools_source"]] += 1
    assert {config for config, _ in seen} >= {"chat", "sft", "error_recovery", "preference"}
    assert {source for _, source in seen} == {"recorded", "catalog", "inferred"}


@pytest.mark.parametrize("harness", CATALOGUES)
def test_a_catalogue_holds_valid_schemas(harness: str) -> None:
    tools = CATALOGUES[harness]
    names = [name_of(tool) for tool in tools]
    assert len(set(names)) == len(names)
    for tool in tools:
        assert set(tool) == {"type", "function"}
        assert set(tool["function"]) == {"name", "description", "parameters"}
        parameters = tool["function"]["parameters"]
        assert parameters["type"] == "object"
        assert jsonschema_rs.meta.is_valid({"$schema": SCHEMA_OF_SCHEMAS, **parameters})
        assert set(parameters.get("required", ())) <= set(parameters["properties"])


def test_main_harnesses_have_a_catalogue() -> None:
    assert set(CATALOGUES) >= MAIN


@pytest.mark.parametrize("harness", sorted(MAIN))
def test_catalogues_know_the_calls_of_the_cases(harness: str) -> None:
    """At least half of the good calls: cases have made-up tools (MCP servers, plug-ins) as well."""
    known = {name_of(tool): tool["function"]["parameters"] for tool in CATALOGUES[harness]}
    fits: list[bool] = []
    for _, trajectory in case_trajectories():
        if trajectory.harness != harness:
            continue
        failed = {f.call_id for f in trajectory.failures if f.category in MODEL_AT_FAULT}
        fits += [
            step.tool in known and jsonschema_rs.is_valid(known[step.tool], step.arguments)
            for step in trajectory.steps
            if isinstance(step, ToolCall) and step.raw_arguments is None and step.id not in failed
        ]
    assert sum(fits) >= len(fits) / 2 > 0
