"""What export formats are checked with: their consumers' own code where it is installed, and the
published rules where it is not.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from importlib.machinery import ModuleSpec
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

Line = dict[str, Any]


def bare(*packages: str) -> None:
    """Make packages importable without running their `__init__`, which import whole trainers.

    Skips the test where the first of them is not installed.
    """
    spec = importlib.util.find_spec(packages[0])
    if spec is None or not spec.submodule_search_locations:
        pytest.skip(f"{packages[0]} is not installed")
    root = Path(next(iter(spec.submodule_search_locations)))
    for name in packages:
        if name not in sys.modules:
            made = ModuleSpec(name, None, is_package=True)
            made.submodule_search_locations = [str(root.joinpath(*name.split(".")[1:]))]
            sys.modules[name] = importlib.util.module_from_spec(made)


# --- OpenAI -------------------------------------------------------------------------------------


@cache
def _adapter(module: str, name: str) -> TypeAdapter[Any]:
    """A validator of a list of an SDK's type; the test is skipped where it is not installed."""
    return TypeAdapter(list[getattr(pytest.importorskip(module), name)])


def openai_types(messages: Sequence[Line]) -> None:
    """The SDK's own types."""
    _adapter("openai.types.chat", "ChatCompletionMessageParam").validate_python(messages)


def openai_messages(messages: Sequence[Line]) -> None:
    """The SDK's own types, and the order that the API wants: calls, then a result for each."""
    openai_types(messages)
    waiting: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            assert message["tool_call_id"] in waiting
            waiting.remove(message["tool_call_id"])
            continue
        assert not waiting, "a call without its result before the next message"
        for call in message.get("tool_calls", ()):
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
            assert call["id"] not in waiting
            waiting.add(call["id"])
    assert not waiting or messages[-1]["role"] == "assistant"


class _Function(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    description: str
    parameters: dict[str, Any]


class _Tool(BaseModel):
    model_config = ConfigDict(extra="forbid")
    type: Literal["function"]
    function: _Function


class _CallFunction(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    arguments: str


class _Call(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str
    type: Literal["function"]
    function: _CallFunction


class _FineTuneMessage(BaseModel):
    model_config = ConfigDict(extra="forbid")
    role: Literal["system", "user", "assistant", "tool"]
    content: str | None
    weight: Literal[0, 1] | None = None
    tool_calls: list[_Call] | None = None
    tool_call_id: str | None = None

    @model_validator(mode="after")
    def fields_of_its_role(self) -> _FineTuneMessage:
        assert self.role == "assistant" or (self.weight is None and self.tool_calls is None)
        assert (self.role == "tool") == (self.tool_call_id is not None)
        assert self.content is not None or self.tool_calls
        return self


class FineTuneLine(BaseModel):
    """FineTuneChatRequestInput, OpenAPI 2.3.0."""

    model_config = ConfigDict(extra="forbid")
    messages: list[_FineTuneMessage]
    tools: list[_Tool] | None = None
    parallel_tool_calls: bool | None = None


class PreferenceLine(BaseModel):
    """FineTunePreferenceRequestInput, OpenAPI 2.3.0."""

    model_config = ConfigDict(extra="forbid")
    input: FineTuneLine
    preferred_output: list[_FineTuneMessage]
    non_preferred_output: list[_FineTuneMessage]


def openai_ft(line: Line) -> None:
    """A line of a fine-tuning file."""
    FineTuneLine.model_validate(line)
    openai_messages([{k: v for k, v in m.items() if k != "weight"} for m in line["messages"]])
    assert line["messages"][-1]["role"] == "assistant"
    assert any(message.get("weight") == 1 for message in line["messages"])
    names = {tool["function"]["name"] for tool in line.get("tools", ())}
    learnt = [m for m in line["messages"] if m.get("weight") == 1]
    made = {c["function"]["name"] for m in learnt for c in m.get("tool_calls", ())}
    assert made <= names
    assert all(len(tool["function"]["description"]) <= 1024 for tool in line.get("tools", ()))


def openai_dpo(line: Line) -> None:
    """A line of a preference file."""
    PreferenceLine.model_validate(line)
    openai_messages(line["input"]["messages"])
    assert line["input"]["messages"][-1]["role"] != "assistant"
    for side in ("preferred_output", "non_preferred_output"):
        assert [message["role"] for message in line[side]] == ["assistant"]
        openai_messages([*line["input"]["messages"], *line[side]])


# --- Anthropic ----------------------------------------------------------------------------------


def anthropic(line: Line) -> None:
    """The SDK's own types, and the API's rules of turns."""
    _adapter("anthropic.types", "MessageParam").validate_python(line["messages"])
    _adapter("anthropic.types", "ToolParam").validate_python(line.get("tools", []))
    roles = [message["role"] for message in line["messages"]]
    assert roles[0] == "user"
    assert all(a != b for a, b in pairwise(roles))
    waiting: list[str] = []
    for message in line["messages"]:
        kinds = [block["type"] for block in message["content"]]
        assert kinds
        results = [b["tool_use_id"] for b in message["content"] if b["type"] == "tool_result"]
        assert sorted(results) == sorted(waiting)
        assert kinds[: len(results)] == ["tool_result"] * len(results), "results come first"
        assert all(b["text"].strip() for b in message["content"] if b["type"] == "text")
        waiting = [block["id"] for block in message["content"] if block["type"] == "tool_use"]


# --- ATIF ---------------------------------------------------------------------------------------


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    extra: dict[str, Any] | None = None


class _AtifCall(_Strict):
    tool_call_id: str
    function_name: str
    arguments: dict[str, Any]


class _AtifReference(_Strict):
    trajectory_id: str
    session_id: str | None = None


class _AtifResult(_Strict):
    source_call_id: str | None = None
    content: str | None = None
    subagent_trajectory_ref: list[_AtifReference] | None = None


class _AtifObservation(BaseModel):
    model_config = ConfigDict(extra="forbid")
    results: list[_AtifResult]


class _AtifMetrics(_Strict):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: float | None = None


class _AtifStep(_Strict):
    step_id: int
    timestamp: str | None = None
    source: Literal["system", "user", "agent"]
    model_name: str | None = None
    reasoning_effort: str | float | None = None
    message: str
    reasoning_content: str | None = None
    tool_calls: list[_AtifCall] | None = None
    observation: _AtifObservation | None = None
    metrics: _AtifMetrics | None = None
    is_copied_context: bool | None = None
    llm_call_count: int | None = None

    @model_validator(mode="after")
    def rules(self) -> _AtifStep:
        if self.timestamp is not None:
            datetime.fromisoformat(self.timestamp.replace("Z", "+00:00"))
        if self.source != "agent":
            fields = (self.model_name, self.reasoning_effort, self.reasoning_content)
            assert [*fields, self.tool_calls, self.metrics] == [None] * 5
        made = {call.tool_call_id for call in self.tool_calls or ()}
        answered = {
            r.source_call_id for r in (self.observation.results if self.observation else ())
        }
        assert answered - {None} <= made
        return self


class _AtifAgent(_Strict):
    name: str
    version: str
    model_name: str | None = None
    tool_definitions: list[dict[str, Any]] | None = None


class _AtifFinalMetrics(_Strict):
    total_prompt_tokens: int | None = None
    total_completion_tokens: int | None = None
    total_cached_tokens: int | None = None
    total_cost_usd: float | None = None
    total_steps: int | None = None


class AtifTrajectory(_Strict):
    """`Trajectory` of ATIF-v1.8, as published (text content only, which is all that we write)."""

    schema_version: Literal["ATIF-v1.8"]
    session_id: str | None = None
    trajectory_id: str | None = None
    agent: _AtifAgent
    steps: list[_AtifStep]
    notes: str | None = None
    final_metrics: _AtifFinalMetrics | None = None
    continued_trajectory_ref: str | None = None
    subagent_trajectories: list[AtifTrajectory] | None = None

    @model_validator(mode="after")
    def rules(self) -> AtifTrajectory:
        assert [step.step_id for step in self.steps] == [*range(1, len(self.steps) + 1)]
        assert self.steps
        agents = [agent.trajectory_id for agent in self.subagent_trajectories or ()]
        assert None not in agents
        assert len(set(agents)) == len(agents)
        results = [r for s in self.steps if s.observation for r in s.observation.results]
        named = [a.trajectory_id for r in results for a in r.subagent_trajectory_ref or ()]
        assert set(named) <= set(agents)
        return self


def atif(line: Line) -> None:
    """The published rules; harbor's own models as well, where they are installed."""
    AtifTrajectory.model_validate(line)
    if importlib.util.find_spec("harbor") is not None:
        bare("harbor", "harbor.models")
        models = importlib.import_module("harbor.models.trajectories")
        models.Trajectory.model_validate(line)


# --- STS ----------------------------------------------------------------------------------------


class _StsMessage(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    role: Literal["user", "assistant", "system", "tool"]
    content: str
    reasoningContent: str | None = None
    toolCalls: list[dict[str, Any]] | None = None
    toolCallId: str | None = None
    timestamp: int | None = None
    model: str | None = None


class _StsHeader(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    type: Literal["session"]
    harness: str
    id: str
    name: str | None = None


def sts(lines: Sequence[Line]) -> None:
    """The documented fields: a header first, then messages."""
    assert lines[0]["type"] == "session"
    for line in lines:
        if line["type"] == "session":
            _StsHeader.model_validate(line)
            continue
        assert set(line) == {"type", "message"}
        _StsMessage.model_validate(line["message"])
        for call in line["message"].get("toolCalls", ()):
            assert set(call) == {"id", "function"}
            assert set(call["function"]) == {"name", "arguments"}
            assert isinstance(call["function"]["arguments"], str)


# --- LLaMA-Factory ------------------------------------------------------------------------------


def sharegpt(line: Line) -> None:
    """The rule of LLaMA-Factory's converter: strict alternation and an even count."""
    assert len(line["conversations"]) % 2 == 0
    for place, message in enumerate(line["conversations"]):
        assert set(message) == {"from", "value"}
        sides = (("human", "observation"), ("gpt", "function_call"))
        assert message["from"] in sides[place % 2]
        if message["from"] == "function_call":
            _, _, rest = message["value"].rpartition("<tool_call>")
            made = json.loads(rest.removesuffix("</tool_call>"))
            for call in made if isinstance(made, list) else [made]:
                assert set(call) == {"name", "arguments"}
    for tool in json.loads(line["tools"]):
        assert isinstance(tool["parameters"]["properties"], dict)


def llama_factory() -> Callable[[Line], list[list[Any]]]:
    """LLaMA-Factory's own converter and formatters: line -> calls, by message that makes any.

    Skips the test where it is not installed.
    """
    bare("llamafactory", "llamafactory.data", "llamafactory.extras")
    converter = importlib.import_module("llamafactory.data.converter")
    formatter = importlib.import_module("llamafactory.data.formatter")
    parser = importlib.import_module("llamafactory.data.parser")
    attributes = parser.DatasetAttr("file", "x", formatting="sharegpt")
    attributes.system, attributes.tools = "system", "tools"
    convert = converter.SharegptDatasetConverter(attributes, None)
    words = {"thought_words": ("<think>\n", "\n</think>\n\n")}
    words["tool_call_words"] = ("<tool_call>", "</tool_call>")
    functions = formatter.FunctionFormatter(slots=["{{content}}"], tool_format="qwen")
    described = formatter.ToolFormatter(tool_format="qwen")

    def check(line: Line) -> list[list[Any]]:
        made = convert(line)
        assert len(made["_prompt"]) + len(made["_response"]) == len(line["conversations"])
        described.apply(content=made["_tools"])
        found = []
        for message in [*made["_prompt"], *made["_response"]]:
            if message["role"] == "function":
                [text] = functions.apply(content=message["content"], **words)
                calls = functions.tool_utils.tool_extractor(text)
                assert isinstance(calls, list), text
                found.append([text, *((c.name, json.loads(c.arguments)) for c in calls)])
        return found

    return check


# --- Axolotl ------------------------------------------------------------------------------------


def axolotl(line: Line) -> None:
    """What Axolotl's `chat_template` reads: text content, JSON arguments, a flag a message."""
    json.loads(line["tools"])
    for message in line["messages"]:
        assert isinstance(message["content"], str)
        assert isinstance(message["training"], bool)
        assert message["role"] == "assistant" or not message["training"]
        for call in message.get("tool_calls", ()):
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
    assert any(message["training"] for message in line["messages"])
