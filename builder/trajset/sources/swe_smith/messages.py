"""The messages of one row. Dialects, told apart by each message itself:

- tool calls as OpenAI has them, results of role `tool`;
- XML functions in assistant text, results as user messages ("OBSERVATION:…");
- mini-swe-agent's one bash block a message, results with `<returncode>`;
- SWE-agent's last fenced block (role `ai`, Nebius), results as user messages.
"""

from __future__ import annotations

from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.content import text_of
from trajset.sources.lenient import items, mapping
from trajset.sources.prompt_tools import declared_tools, typed
from trajset.sources.record_steps import RecordSteps
from trajset.sources.responses import word
from trajset.sources.rows import decoded
from trajset.sources.tally import Tally
from trajset.sources.text_calls import Written, last_fenced, one_fenced, thinking, xml_functions
from trajset.sources.text_results import status_in
from trajset.sources.tool_lists import tools_of
from trajset.trajectory import Trajectory

_BASH = frozenset({"bash", "mswea_bash_command"})
_OBSERVATION = ("OBSERVATION:\n", "OBSERVATION:", "Observation:\n", "Observation: ")
_TEXTS = ("content", "text", "system_prompt")


def read_messages(
    messages: list[Any], row: dict[str, Any], tally: Tally, *, line: int, **fields: Any
) -> Trajectory | None:
    """The trajectory of one row's messages, or None where no message gives a step."""
    assembler = Assembler(tally)
    prompt: str | None = None
    tools = tools_of(decoded(row.get("tools")))
    told = False  # whether the task has been given: only the first user message is a person's
    open_call = False
    for number, message in enumerate(messages, 1):
        if not isinstance(message, dict):
            tally.skip("no_object")
            continue
        role, text = message.get("role"), _text(message, tally)
        steps = RecordSteps(assembler, line=line)
        if role == "system":
            if prompt is None:
                prompt = text
                tools = tools or declared_tools(text)
                tally.use()
                continue
            steps.message(text, "harness", role="system")
        elif role in ("assistant", "ai"):
            if role == "ai" and not last_fenced(text).calls:  # SWE-agent refused it: no action
                steps = RecordSteps(assembler, line=line, learn=False)
            open_call = _add_written(steps, message, text, tools, f"m{number}")
        elif role in ("tool", "function"):
            result = _unwrapped(text)
            status, exit_code = status_in(result)
            steps.observation(result, _answered(message), status, exit_code)
        elif role == "user":
            if open_call:
                result = _unwrapped(text)
                status, exit_code = status_in(result)
                steps.observation(result, None, status, exit_code)
                open_call = False
            else:
                steps.message(text, "harness" if told else "human")
                told = True
        else:
            tally.skip_unknown(role)
            continue
        if steps.count:
            tally.use()
        else:
            tally.skip("empty_message")
    return assembler.build(system_prompt=prompt, tools=tools, **fields)


def _add_written(
    steps: RecordSteps,
    message: dict[str, Any],
    text: str,
    tools: tuple[dict[str, Any], ...],
    response_id: str,
) -> bool:
    """Add what the model wrote; returns whether a call in its text now waits for a user message."""
    steps.reasoning(message.get("reasoning_content") or message.get("reasoning"), response_id)
    calls = items(message.get("tool_calls"))
    if calls:
        steps.model(text, response_id)
        for call in calls:
            function = mapping(mapping(call).get("function"))
            name, arguments = function.get("name"), function.get("arguments")
            steps.call(name, arguments, mapping(call).get("id"), response_id)
        return False
    reasoning, text = thinking(text)
    steps.reasoning(reasoning, response_id)
    written = _written(message, text)
    steps.model(written.text, response_id)
    for found in written.calls:
        steps.call(found.tool, typed(found.tool, found.arguments, tools), None, response_id)
    return bool(written.calls)


def _written(message: dict[str, Any], text: str) -> Written:
    if message.get("role") == "ai":
        return last_fenced(text)
    written = xml_functions(text)
    if written.calls:
        return written
    fenced = one_fenced(text, _BASH)
    # mini-swe-agent runs exactly one block and refuses any other number of them
    return fenced if len(fenced.calls) == 1 else written


def _text(message: dict[str, Any], tally: Tally) -> str:
    return next((text_of(message[n], tally) for n in _TEXTS if message.get(n) is not None), "")


def _unwrapped(text: str) -> str:
    """A result without the word that tells it from a person's message."""
    for prefix in _OBSERVATION:
        if text.startswith(prefix):
            return text[len(prefix) :]
    return text


def _answered(message: dict[str, Any]) -> str | None:
    named = word(message.get("tool_call_id"))
    return named or next((i for i in items(message.get("tool_call_ids")) if word(i)), None)
