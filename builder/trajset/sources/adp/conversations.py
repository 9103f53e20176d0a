"""Conversations: ADP's `sft` rows, and CodeActInstruct's raw rows.

Turns are {from, value} or {role, content}. A model's turn holds its call in text: an XML function,
or CodeAct's `<execute>`; the turn after a call is its result.
"""

from __future__ import annotations

import re
from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.content import text_of
from trajset.sources.prompt_tools import declared_tools, typed
from trajset.sources.record_steps import RecordSteps
from trajset.sources.responses import word
from trajset.sources.tally import Tally
from trajset.sources.text_calls import one_fenced, tagged, thinking, xml_functions
from trajset.trajectory import Trajectory

_MODEL = frozenset({"gpt", "function_call", "assistant"})
_OTHER = frozenset({"human", "user", "observation", "tool", "function"})
_BASH = frozenset({"bash"})
_RESULT_PREFIX = re.compile(
    r"(?:EXECUTION RESULT of \[[^\]\n]{0,100}\]:|(?:OBSERVATION|Observation):)\s?"
)


def read_conversations(
    turns: list[Any], system: Any, tally: Tally, *, line: int, **fields: Any
) -> Trajectory | None:
    """The trajectory of one row, or None where no turn gives a step."""
    assembler = Assembler(tally)
    prompt = word(system)
    tools = declared_tools(prompt or "")
    told = waiting = False
    for turn in turns:
        if not isinstance(turn, dict):
            tally.skip("no_object")
            continue
        role = word(turn.get("from", turn.get("role")))
        text = text_of(turn.get("value", turn.get("content")), tally)
        steps = RecordSteps(assembler, line=line)
        if role == "system" and prompt is None:
            prompt, tools = text, declared_tools(text)
            tally.use()
            continue
        if role in _MODEL:
            waiting = _add_written(steps, role, text, tools)
        elif role in _OTHER and (waiting or role == "observation"):
            steps.observation(_RESULT_PREFIX.sub("", text, count=1), None)
            waiting = False
        elif role in _OTHER or role == "system":
            steps.message(text, "harness" if told else "human")
            told = True
        else:
            tally.skip_unknown(role)
            continue
        if steps.count:
            tally.use()
        else:
            tally.skip("empty_turn")
    return assembler.build(system_prompt=prompt, tools=tools, **fields)


def _add_written(
    steps: RecordSteps, role: Any, text: str, tools: tuple[dict[str, Any], ...]
) -> bool:
    reasoning, text = thinking(text)
    steps.reasoning(reasoning)
    written = xml_functions(text)
    if not written.calls:
        fenced = role == "function_call"  # some sets keep their harness's fence in such a turn
        written = one_fenced(text, _BASH) if fenced else tagged(text, "execute", "python", "code")
    steps.model(written.text)
    for call in written.calls:
        steps.call(call.tool, typed(call.tool, call.arguments, tools), None)
    return bool(written.calls)
