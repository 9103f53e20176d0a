"""The tools that Codex CLI gives its model: names, parameters, JSON types, what is required.

Logs do not hold these schemas (only those of dynamic and searched tools). Free-text tools take one
parameter `input`; hosted searches are written as the calls that this source makes of them.
"""

from __future__ import annotations

from typing import Any

from trajset.sources.schema import function_tool

VERSION = "codex-cli 0.39-0.142"

_SANDBOX = {"sandbox_permissions": "string", "justification": "string", "prefix_rule": "array"}
_WAIT = {"yield_time_ms": "number", "max_output_tokens": "number"}
_AGENT_INPUT = {"message": "string", "items": "array"}

TOOLS: tuple[dict[str, Any], ...] = (
    function_tool(
        "exec_command",
        "Run a command, and return its output or the id of the session that goes on.",
        {"cmd": "string"},
        {"workdir": "string", "shell": "string", "login": "boolean", "tty": "boolean"}
        | _WAIT
        | _SANDBOX,
    ),
    function_tool(
        "write_stdin",
        "Send text to a running session (none to poll it) and return what it printed since.",
        {"session_id": "number"},
        {"chars": "string"} | _WAIT,
    ),
    function_tool(
        "shell",
        "Run a program with its arguments and return the output.",
        {"command": "array"},
        {"workdir": "string", "timeout_ms": "number", "with_escalated_permissions": "boolean"}
        | _SANDBOX,
    ),
    function_tool(
        "shell_command",
        "Run a shell script and return the output.",
        {"command": "string"},
        {"workdir": "string", "timeout_ms": "number", "login": "boolean"} | _SANDBOX,
    ),
    function_tool(
        "local_shell",
        "Run a program with its arguments in the hosted form of the shell tool.",
        {"command": "array"},
        {"timeout_ms": "number", "working_directory": "string", "env": "object", "user": "string"},
    ),
    function_tool("apply_patch", "Add, change, move or delete files.", {"input": "string"}),
    function_tool(
        "update_plan",
        "Write down the steps of the plan and the state of each.",
        {"plan": "array"},
        {"explanation": "string"},
    ),
    function_tool(
        "view_image", "Show the model an image file.", {"path": "string"}, {"detail": "string"}
    ),
    function_tool(
        "web_search",
        "Search the web, open a page, or find text in one.",
        {},
        {
            "type": "string",
            "query": "string",
            "queries": "array",
            "url": "string",
            "pattern": "string",
        },
    ),
    function_tool(
        "tool_search",
        "Find tools that are not loaded yet.",
        {"query": "string"},
        {"limit": "number"},
    ),
    function_tool("image_generation", "Make an image.", {}, {"prompt": "string"}),
    function_tool(
        "request_user_input", "Ask the user to choose between answers.", {"questions": "array"}
    ),
    function_tool(
        "read_file",
        "Read lines of a file.",
        {"file_path": "string"},
        {"offset": "number", "limit": "number", "mode": "string", "indentation": "object"},
    ),
    function_tool(
        "list_dir",
        "List a folder.",
        {"dir_path": "string"},
        {"offset": "number", "limit": "number", "depth": "number"},
    ),
    function_tool(
        "grep_files",
        "List the files whose content matches a pattern.",
        {"pattern": "string"},
        {"include": "string", "path": "string", "limit": "number"},
    ),
    function_tool(
        "list_mcp_resources",
        "List the resources of the connected servers.",
        {},
        {"server": "string", "cursor": "string"},
    ),
    function_tool(
        "read_mcp_resource",
        "Read one resource of a connected server.",
        {"server": "string", "uri": "string"},
    ),
    function_tool(
        "spawn_agent",
        "Start a sub-agent on a task.",
        {},
        {"agent_type": "string", "model": "string", "reasoning_effort": "string"}
        | {"fork_context": "boolean"}
        | _AGENT_INPUT,
    ),
    function_tool(
        "send_input",
        "Send a sub-agent a further message.",
        {},
        {"id": "string", "target": "string", "interrupt": "boolean"} | _AGENT_INPUT,
    ),
    function_tool(
        "wait_agent",
        "Wait until sub-agents are done.",
        {},
        {"ids": "array", "targets": "array", "timeout_ms": "number"},
    ),
    function_tool("close_agent", "End a sub-agent.", {}, {"id": "string", "target": "string"}),
)
