"""The tools of DeepSeek Harness as its logs show them: names, parameters, JSON types.

A log holds schemas where it holds the head of a request. What runs outside the sandbox says why.
"""

from __future__ import annotations

from typing import Any

from trajset.sources.schema import function_tool as tool

VERSION = "session format 0"

_TEXT = "string"
_SANDBOX = {"sandbox_permissions": _TEXT, "justification": _TEXT}

TOOLS: tuple[dict[str, Any], ...] = (
    tool(
        "bash", "Run a command in the shell.", {"command": _TEXT}, {"description": _TEXT} | _SANDBOX
    ),
    tool("exit_plan_mode", "Show the plan and ask for approval.", {"plan": _TEXT}),
    tool("read", "Read a file.", {"file_path": _TEXT}),
    tool("send_message", "Answer a sub-agent.", {"subagent_id": _TEXT, "message": _TEXT}),
    tool(
        "subagent",
        "Give a task to an agent of its own.",
        {"description": _TEXT, "prompt": _TEXT},
        {"run_in_background": "boolean"},
    ),
    tool(
        "subagent_fork",
        "Give a task to a copy of this agent.",
        {"description": _TEXT, "prompt": _TEXT},
    ),
    tool("write", "Write a whole file.", {"file_path": _TEXT, "content": _TEXT}, _SANDBOX),
)
