"""Reading a rollout: its records in order, which of them speak, and which turns were dropped.

A record is a line. `event_msg` records repeat what `response_item` records say; they are used only
for what is nowhere else: which user messages a person typed, whether a patch or an MCP call
succeeded, token counts, dropped turns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from trajset.sources.codex.outputs import Report
from trajset.sources.codex.rollout import Item, Payload, Record, Rollout, Turn
from trajset.sources.records import json_lines
from trajset.sources.responses import word
from trajset.sources.tally import Tally, plain_word
from trajset.sources.times import to_ms

ITEMS = frozenset(
    {
        "message",
        "agent_message",
        "reasoning",
        "function_call",
        "function_call_output",
        "custom_tool_call",
        "custom_tool_call_output",
        "local_shell_call",
        "tool_search_call",
        "tool_search_output",
        "web_search_call",
        "image_generation_call",
    }
)
"""Types of `response_item` that become steps."""

_SILENT_ITEMS = frozenset(
    {"ghost_snapshot", "compaction", "compaction_summary", "context_compaction", "other"}
)
_SILENT_EVENTS = frozenset(
    {
        "agent_message",
        "agent_reasoning",
        "agent_reasoning_raw_content",
        "agent_reasoning_section_break",
        "background_event",
        "collab_agent_interaction_end",
        "collab_close_end",
        "collab_resume_end",
        "collab_waiting_end",
        "context_compacted",
        "dynamic_tool_call_request",
        "entered_review_mode",
        "exited_review_mode",
        "guardian_assessment",
        "image_generation_end",
        "item_completed",
        "plan_update",
        "stream_error",
        "task_complete",
        "task_started",
        "thread_goal_updated",
        "turn_aborted",
        "turn_diff",
        "view_image_tool_call",
        "warning",
        "web_search_end",
    }
)
"""Events that repeat a response item or only concern the screen: skipped under their own name."""

_INJECTED = (
    "<environment_context>",
    "<user_instructions>",
    "# AGENTS.md instructions for ",
    "<turn_aborted>",
    "<skill>",
    "<user_shell_command>",
    "<subagent_notification>",
)


_decoder = msgspec.json.Decoder(Record)


def scan(path: str, tally: Tally) -> Rollout:
    """Read a rollout file, counting every record.

    Raises:
        OSError: the file cannot be read.
    """
    records: list[tuple[int, Record]] = []
    for line, record, _ in json_lines(path, tally, _decoder):
        if record is None or record.payload is None:
            tally.skip("wrong_type")
        else:
            records.append((line, record))
    return _Scan(typed_prompts(r.payload for _, r in records if r.type == "event_msg"), tally).run(
        records
    )


def typed_prompts(events: Iterable[Payload | None]) -> Counter[str]:
    """The texts that a person typed, as the `user_message` events give them."""
    found: Counter[str] = Counter()
    for event in events:
        if event is not None and event.type == "user_message" and isinstance(event.message, str):
            found[event.message.strip()] += 1
    return found


def is_injected(text: str) -> bool:
    """Whether the harness put this user message in (told by how it begins)."""
    return text.lstrip().startswith(_INJECTED)


class _Scan:
    def __init__(self, prompts: Counter[str], tally: Tally) -> None:
        self.rollout = Rollout()
        self.turn = Turn()
        self.prompts = prompts
        self.without_events = not prompts
        self.tally = tally
        self.met = False
        self.fresh = False

    def run(self, records: list[tuple[int, Record]]) -> Rollout:
        for line, record in records:
            payload = record.payload or Payload()
            kind = record.type
            if kind == "response_item":
                self.item(payload, line, record.timestamp)
            elif kind == "event_msg":
                self.event(payload, line, record.timestamp)
            elif kind == "turn_context":
                self.turn = Turn(word(payload.cwd), word(payload.model), word(payload.effort))
                self.tally.use()
            elif kind == "session_meta":
                self.session_meta(payload)
            elif kind == "compacted":
                self.keep("compacted", payload, line, record.timestamp)
            elif kind == "inter_agent_communication":
                self.keep("agent_message", payload, line, record.timestamp)
            else:
                self.tally.skip_unknown(kind)
        return self.rollout

    def session_meta(self, payload: Payload) -> None:
        if self.met:  # each resume writes it again, and a fork copies its origin's
            self.tally.skip("repeated_session_meta")
            return
        self.met = True
        self.rollout.meta = payload
        self.turn = Turn(cwd=word(payload.cwd))
        self.tally.use()

    def item(self, payload: Payload, line: int, timestamp: Any) -> None:
        kind = payload.type
        if isinstance(kind, str) and kind in ITEMS:
            human = kind == "message" and payload.role == "user" and self.typed(payload.content)
            self.keep(kind, payload, line, timestamp, human)
        elif isinstance(kind, str) and kind in _SILENT_ITEMS:
            self.tally.skip(kind)
        else:
            self.tally.skip_unknown(f"response_item/{plain_word(kind)}")

    def keep(
        self, kind: str, payload: Payload, line: int, timestamp: Any, human: bool = False
    ) -> None:
        self.rollout.items.append(Item(kind, payload, line, to_ms(timestamp), self.turn, human))
        self.fresh = True
        self.tally.use()

    def typed(self, content: Any) -> bool:
        """Whether a person typed this user message; uses up the event that says so."""
        text = _prompt(content)
        if self.without_events:
            return not is_injected(text)
        if self.prompts[text] > 0:
            self.prompts[text] -= 1
            return True
        return False

    def event(self, payload: Payload, line: int, timestamp: Any) -> None:
        kind, rollout = payload.type, self.rollout
        if not isinstance(kind, str):
            self.tally.skip_unknown("event_msg")
        elif kind in _SILENT_EVENTS:
            self.tally.skip(kind)
        elif kind == "token_count":
            if isinstance(payload.info, dict):
                self.keep(kind, payload, line, timestamp)
            else:
                self.tally.skip("token_count_without_info")
        elif kind == "error":
            self.keep(kind, payload, line, timestamp)
        elif kind == "user_message":
            self.tally.use()
        elif kind == "thread_rolled_back":
            self.drop_turns(payload.num_turns)
            self.tally.use()
        elif kind == "thread_name_updated":
            rollout.title = word(payload.thread_name)
            self.tally.use()
        elif kind == "collab_agent_spawn_end":
            if isinstance(payload.new_thread_id, str) and isinstance(payload.call_id, str):
                rollout.spawned[payload.new_thread_id] = payload.call_id
            self.tally.use()
        elif (report := _report(payload)) is not None and isinstance(payload.call_id, str):
            rollout.reports[payload.call_id] = report
            self.tally.use()
        else:
            self.tally.skip_unknown(f"event_msg/{plain_word(kind)}")

    def drop_turns(self, turns: Any) -> None:
        """The user took back the last turns: what they held becomes an abandoned branch."""
        items = self.rollout.items
        starts = [index for index, item in enumerate(items) if item.human]
        if not isinstance(turns, int) or turns < 1 or not starts:
            return
        if self.fresh:  # of two takings-back in a row the first has kept the whole path
            self.rollout.abandoned.append(items)
        self.rollout.items = items[: starts[max(-turns, -len(starts))]]
        self.fresh = False


def _prompt(content: Any) -> str:
    """The typed part of a user message: without images and the tags around them."""
    if not isinstance(content, list):
        return content.strip() if isinstance(content, str) else ""
    parts = [p.get("text") for p in content if isinstance(p, dict)]
    texts = [t for t in parts if isinstance(t, str) and not t.startswith(("<image", "</image>"))]
    return "".join(texts).strip()


def _report(payload: Payload) -> Report | None:
    """What an event says of a call's result; None where it is no such event."""
    if payload.type == "exec_command_end":
        code = payload.exit_code
        if not isinstance(code, int) or isinstance(code, bool):
            return Report()
        return Report("ok" if code == 0 else "error", code)
    if payload.type == "mcp_tool_call_end":
        result = payload.result if isinstance(payload.result, dict) else {}
        if "Err" in result:
            return Report("error")
        ok = result.get("Ok")
        if not isinstance(ok, dict):
            return Report()
        return Report("error" if ok.get("isError") is True else "ok")
    if payload.type in ("patch_apply_end", "dynamic_tool_call_response"):
        if payload.status == "declined":
            return Report("rejected")
        if not isinstance(payload.success, bool):
            return Report()
        return Report("ok" if payload.success else "error")
    return None
