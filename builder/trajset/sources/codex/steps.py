"""From the items of a rollout to the steps of a trajectory.

The log does not say where a response ends. It ends where something that is not the model's follows
(a result, a message), and where the tokens of a response are reported.
"""

from __future__ import annotations

from typing import Any

import msgspec

from trajset.sources.assemble import Assembler
from trajset.sources.codex.log import is_injected
from trajset.sources.codex.outputs import Report, output_text, report_of
from trajset.sources.codex.rollout import Item, Rollout
from trajset.sources.content import text_of
from trajset.sources.responses import whole, word
from trajset.sources.schema import recorded_tool
from trajset.sources.tally import Tally
from trajset.trajectory import Origin, Response, Role

_OWN_COMMAND = "<user_shell_command>"
_UNLOGGED = "[web search results are not in the log]"


class Conversation:
    """The steps of one path through a rollout, and what is known of its responses."""

    def __init__(self, rollout: Rollout, tally: Tally, prompts: Origin) -> None:
        """`prompts`: who wrote the prompts; a sub-agent's come from the agent that started it."""
        self.assembler = Assembler(tally)
        self.responses: dict[str, Response] = {}
        self.tools: dict[str, dict[str, Any]] = {}
        self.delegations: dict[str, str] = {}
        self._rollout = rollout
        self._tally = tally
        self._prompts = prompts
        self._open: str | None = None
        self._newest: str | None = None
        self._total: Any = None
        self._at: dict[str, Any] = {}
        self.offer(rollout.meta.dynamic_tools)

    def follow(self, items: list[Item]) -> Conversation:
        """Add all items of a path, in order."""
        for item in items:
            key = item.payload.id
            self._at = {
                "key": key if isinstance(key, str) and key not in ("", "REDACTED") else None,
                "timestamp": item.timestamp,
                "line": item.line,
                "cwd": item.turn.cwd,
            }
            _STEPS[item.kind](self, item)
        return self

    def offer(self, tools: Any, namespace: str = "") -> None:
        """Take note of tool schemas that the log holds (dynamic and searched tools)."""
        for tool in tools if isinstance(tools, list) else ():
            if not isinstance(tool, dict) or not isinstance(tool.get("name"), str):
                continue
            if tool.get("type") == "namespace":
                self.offer(tool.get("tools"), tool["name"])
                continue
            name = flat_name(tool.get("namespace") or namespace, tool["name"])
            schema = tool.get("parameters") or tool.get("inputSchema") or tool.get("input_schema")
            self.tools[name] = recorded_tool(name, tool.get("description"), schema)

    def message(self, item: Item) -> None:
        text = text_of(item.payload.content, self._tally)
        if item.payload.role == "assistant":
            self.assembler.message(
                "assistant", text, "model", response_id=self._response(item), **self._at
            )
            return
        self._open = None
        role: Role = "user" if item.payload.role == "user" else "system"
        origin: Origin = self._prompts if item.human else "harness"
        if role == "user" and text.lstrip().startswith(_OWN_COMMAND):
            origin = "environment"
        self.assembler.message(role, text, origin, **self._at)

    def from_agent(self, item: Item) -> None:
        """What another agent of the tree wrote to this one: the harness hands it over."""
        self._open = None
        text = text_of(item.payload.content, self._tally)
        self.assembler.message("user", text, "harness", **self._at)

    def reasoning(self, item: Item) -> None:
        text = _joined(item.payload.content) or _joined(item.payload.summary)
        if text.strip():
            self.assembler.reasoning(text, response_id=self._response(item), **self._at)

    def function_call(self, item: Item) -> None:
        self._call(item, item.payload.arguments)

    def custom_tool_call(self, item: Item) -> None:
        text = item.payload.input
        self._call(item, {"input": text if isinstance(text, str) else ""})

    def local_shell_call(self, item: Item) -> None:
        self._call(item, _without_type(item.payload.action), "local_shell")

    def tool_search_call(self, item: Item) -> None:
        self._call(item, item.payload.arguments, "tool_search")

    def tool_search_output(self, item: Item) -> None:
        tools = item.payload.tools
        self.offer(tools)
        text = msgspec.json.encode(tools if isinstance(tools, list) else []).decode()
        done = item.payload.status == "completed"
        self._result(item.payload.call_id, text, Report("ok") if done else Report())

    def web_search_call(self, item: Item) -> None:
        """A hosted search: call and result are one record, and the result itself is not logged."""
        action = item.payload.action if isinstance(item.payload.action, dict) else {}
        call = self._call(item, action, "web_search")
        if item.payload.status == "completed":
            self._result(call, _UNLOGGED, Report("ok"))

    def image_generation_call(self, item: Item) -> None:
        prompt = item.payload.revised_prompt
        arguments = {"prompt": prompt} if isinstance(prompt, str) else {}
        call = self._call(item, arguments, "image_generation")
        if isinstance(item.payload.result, str) and item.payload.result:
            self._tally.note("images")
            self._result(call, "[image]", Report("ok"))

    def output(self, item: Item) -> None:
        payload = item.payload
        text = output_text(payload.output, self._tally)
        call_id = payload.call_id
        event = self._rollout.reports.get(call_id) if isinstance(call_id, str) else None
        answered = self._result(call_id, text, report_of(payload.output, text, event))
        if answered is not None and (agent := _spawned_agent(text)) is not None:
            self.delegations.setdefault(agent, answered)

    def error(self, item: Item) -> None:
        """A failed request, shown to the user: kept, never learnt."""
        self._open = None
        if (text := word(item.payload.message)) is not None:
            response = self._response(item)
            self.assembler.message(
                "assistant", text, "model", response_id=response, learn=False, **self._at
            )
        self._open = None

    def compacted(self, item: Item) -> None:
        """The history is replaced: what replaces it opens a new segment."""
        self._open = None
        self.assembler.segment()
        history = item.payload.replacement_history
        replaced = [
            (entry.get("role"), text_of(entry.get("content"), self._tally))
            for entry in (history if isinstance(history, list) else ())
            if isinstance(entry, dict) and entry.get("type") == "message"
        ]
        summary = item.payload.message
        if isinstance(summary, str) and all(summary.strip() not in text for _, text in replaced):
            self.assembler.message("user", summary, "summary", **self._at)
        for role, text in replaced:
            if role == "assistant":
                self.assembler.message("assistant", text, "summary", **self._at)
            elif role == "user" and not is_injected(text):
                self.assembler.message("user", text, "summary", **self._at)
            else:
                self.assembler.message(
                    "user" if role == "user" else "system", text, "harness", **self._at
                )

    def token_count(self, item: Item) -> None:
        """Tokens of the newest response; repeated without change where nothing new was asked."""
        self._open = None
        info = item.payload.info
        total = info.get("total_token_usage")
        if self._newest is None or total == self._total:
            return
        self._total = total
        known = self.responses[self._newest]
        usage = info.get("last_token_usage")
        if known.input_tokens is None and isinstance(usage, dict):
            self.responses[self._newest] = msgspec.structs.replace(
                known,
                input_tokens=whole(usage.get("input_tokens")),
                output_tokens=whole(usage.get("output_tokens")),
                cached_tokens=whole(usage.get("cached_input_tokens")),
            )

    def _response(self, item: Item) -> str:
        if self._open is None:
            self._open = self._newest = f"r{len(self.responses) + 1:03d}"
            self.responses[self._open] = Response(model=item.turn.model, effort=item.turn.effort)
        return self._open

    def _call(self, item: Item, arguments: Any, tool: str | None = None) -> str:
        payload = item.payload
        return self.assembler.call(
            tool or flat_name(payload.namespace, word(payload.name) or ""),
            arguments,
            call_id=word(payload.call_id),
            response_id=self._response(item),
            **self._at,
        )

    def _result(self, call_id: Any, text: str, report: Report) -> str | None:
        self._open = None
        return self.assembler.observation(
            text,
            call_id=word(call_id),
            status=report.status,
            exit_code=report.code,
            **self._at,
        )


_STEPS = {
    "message": Conversation.message,
    "agent_message": Conversation.from_agent,
    "reasoning": Conversation.reasoning,
    "function_call": Conversation.function_call,
    "function_call_output": Conversation.output,
    "custom_tool_call": Conversation.custom_tool_call,
    "custom_tool_call_output": Conversation.output,
    "local_shell_call": Conversation.local_shell_call,
    "tool_search_call": Conversation.tool_search_call,
    "tool_search_output": Conversation.tool_search_output,
    "web_search_call": Conversation.web_search_call,
    "image_generation_call": Conversation.image_generation_call,
    "error": Conversation.error,
    "compacted": Conversation.compacted,
    "token_count": Conversation.token_count,
}


def flat_name(namespace: Any, name: str) -> str:
    """One name for a tool of a namespace, as Codex writes it where names must be flat."""
    if not isinstance(namespace, str) or not namespace:
        return name
    return f"{namespace.rstrip('_')}__{name.lstrip('_')}"


def _joined(summary: Any) -> str:
    parts = summary if isinstance(summary, list) else ()
    texts = (p.get("text") for p in parts if isinstance(p, dict))
    return "\n\n".join(t for t in texts if isinstance(t, str) and t.strip())


def _without_type(action: Any) -> dict[str, Any]:
    fields = action.items() if isinstance(action, dict) else ()
    return {key: value for key, value in fields if key != "type" and value is not None}


def _spawned_agent(text: str) -> str | None:
    """The thread id in the answer to `spawn_agent`, or None."""
    if not text.startswith('{"agent_id"'):
        return None
    try:
        found = msgspec.json.decode(text, type=dict[str, Any])["agent_id"]
    except (msgspec.DecodeError, RecursionError, KeyError):
        return None
    return found if isinstance(found, str) else None
