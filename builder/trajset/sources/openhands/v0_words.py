"""The words of OpenHands 0.x: its kinds of events, and what it keeps beside a call's arguments."""

from __future__ import annotations

NOISE = {
    "change_agent_state": "agent_state",
    "agent_state_changed": "agent_state",
    "null": "null_event",
    "start": "control",
    "pause": "control",
    "resume": "control",
    "stop": "control",
    "llm_response": "llm_response",
    "condense": "condensation",
    "loop_recovery": "loop_recovery",
    "loop_detection": "loop_detection",
    "download": "download",
}
ACTIONS = frozenset(
    {
        "read",
        "write",
        "edit",
        "run",
        "run_ipython",
        "browse",
        "browse_interactive",
        "call_tool_mcp",
        "delegate",
        "think",
        "finish",
        "reject",
        "push",
        "send_pr",
        "task_tracking",
        "condensation_request",
        "kill",
        "add_task",
        "modify_task",
    }
)
OBSERVATIONS = frozenset(
    {
        "read",
        "write",
        "edit",
        "run",
        "run_ipython",
        "browse",
        "chat",
        "delegate",
        "message",
        "error",
        "success",
        "think",
        "mcp",
        "user_rejected",
        "task_tracking",
    }
)
HARNESS_ARGUMENTS = frozenset(
    {
        "thought",
        "is_confirmed",
        "confirmation_state",
        "action_risk",
        "security_risk",
        "security_level",
        "hidden",
        "blocking",
        "keep_prompt",
        "is_static",
        "impl_source",
        "translated_ipython_code",
        "kernel_init_code",
        "include_extra",
        "wait_for_response",
    }
)
EVENT_FIELDS = frozenset(
    {
        "id",
        "timestamp",
        "source",
        "message",
        "action",
        "observation",
        "cause",
        "timeout",
        "tool_call_metadata",
    }
)
