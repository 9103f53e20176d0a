"""The tools that Copilot CLI gives its model: names, parameters, JSON types, what is required.

Its event log does not hold these schemas.
"""

from __future__ import annotations

from typing import Any

from trajset.sources.schema import function_tool

VERSION = "copilot 1.0.64-1.0.68"

TOOLS: tuple[dict[str, Any], ...] = (
    function_tool(
        "bash",
        "Run a command in a shell session.",
        {"command": "string"},
        {
            "description": "string",
            "shellId": "string",
            "mode": "string",
            "initial_wait": "number",
            "detach": "boolean",
        },
    ),
    function_tool(
        "write_bash",
        "Send input to a running shell session and return what it printed.",
        {"shellId": "string"},
        {"input": "string", "delay": "number"},
    ),
    function_tool(
        "read_bash",
        "Read what a running shell session printed.",
        {"shellId": "string"},
        {"delay": "number"},
    ),
    function_tool("stop_bash", "End a shell session.", {"shellId": "string"}),
    function_tool("list_bash", "List the shell sessions."),
    function_tool(
        "powershell",
        "Run a command in a PowerShell session.",
        {"command": "string"},
        {
            "description": "string",
            "shellId": "string",
            "mode": "string",
            "initial_wait": "number",
            "detach": "boolean",
        },
    ),
    function_tool(
        "view",
        "Show a file, an image or a folder.",
        {"path": "string"},
        {"view_range": "array", "forceReadLargeFiles": "boolean"},
    ),
    function_tool("create", "Write a new file.", {"path": "string"}, {"file_text": "string"}),
    function_tool(
        "edit",
        "Replace one passage of a file.",
        {"path": "string"},
        {"old_str": "string", "new_str": "string"},
    ),
    function_tool("apply_patch", "Add, change, move or delete files.", {"input": "string"}),
    function_tool(
        "grep",
        "Search the contents of files.",
        {"pattern": "string"},
        {
            "path": "string",
            "glob": "string",
            "type": "string",
            "output_mode": "string",
            "multiline": "boolean",
            "head_limit": "number",
            "-A": "number",
            "-B": "number",
            "-C": "number",
            "-i": "boolean",
            "-n": "boolean",
        },
    ),
    function_tool("glob", "Find files by name.", {"pattern": "string"}, {"path": "string"}),
    function_tool(
        "task",
        "Give a task to a sub-agent.",
        {"prompt": "string"},
        {
            "agent_type": "string",
            "description": "string",
            "name": "string",
            "model": "string",
            "mode": "string",
        },
    ),
    function_tool(
        "read_agent",
        "Read the state or result of a sub-agent.",
        {"agent_id": "string"},
        {"wait": "boolean", "timeout": "number"},
    ),
    function_tool("list_agents", "List the sub-agents.", {}, {"include_completed": "boolean"}),
    function_tool(
        "web_fetch",
        "Read a web page.",
        {"url": "string"},
        {"max_length": "number", "start_index": "number", "raw": "boolean"},
    ),
    function_tool("web_search", "Search the web.", {"query": "string"}),
    function_tool("report_intent", "Say in a few words what comes next.", {"intent": "string"}),
    function_tool("update_todo", "Write down the list of tasks.", {"todos": "string"}),
    function_tool(
        "ask_user",
        "Ask the user a question.",
        {"question": "string"},
        {"choices": "array", "allow_freeform": "boolean"},
    ),
    function_tool(
        "sql",
        "Query the database of the session.",
        {"query": "string"},
        {"description": "string", "database": "string"},
    ),
    function_tool("skill", "Load a skill.", {"skill": "string"}),
    function_tool("task_complete", "Say that the task is done.", {}, {"summary": "string"}),
)
