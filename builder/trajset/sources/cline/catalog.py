"""Tools of Cline 3.51 and Roo Code 3: names, parameters, JSON types. Facts, in our own words."""

from __future__ import annotations

from typing import Any

from trajset.sources.schema import function_tool as tool

VERSION = "Cline 3.51, Roo Code 3"

_TEXT, _FLAG = "string", "boolean"
_PROGRESS = {"task_progress": _TEXT}
_PATHS = {"path": _TEXT, "absolutePath": _TEXT}  # one of the two, by version

TOOLS: tuple[dict[str, Any], ...] = (
    tool(
        "access_mcp_resource",
        "Read a resource of an MCP server.",
        {"server_name": _TEXT, "uri": _TEXT},
        _PROGRESS,
    ),
    tool("apply_diff", "Change a file by a diff.", {"path": _TEXT, "diff": _TEXT}),
    tool("apply_patch", "Apply a patch to files.", {}, {"input": _TEXT, "patch": _TEXT}),
    tool(
        "ask_followup_question",
        "Ask the user a question.",
        {"question": _TEXT},
        {"options": _TEXT, "follow_up": _TEXT} | _PROGRESS,
    ),
    tool(
        "attempt_completion",
        "Present the result of the task.",
        {"result": _TEXT},
        {"command": _TEXT} | _PROGRESS,
    ),
    tool(
        "browser_action",
        "Drive a browser.",
        {"action": _TEXT},
        {"url": _TEXT, "coordinate": _TEXT, "text": _TEXT, "size": _TEXT} | _PROGRESS,
    ),
    tool("codebase_search", "Search the code by meaning.", {"query": _TEXT}, {"path": _TEXT}),
    tool("condense", "Condense the conversation.", {"context": _TEXT}),
    tool(
        "execute_command",
        "Run a shell command.",
        {"command": _TEXT},
        {"requires_approval": _FLAG, "timeout": "number", "cwd": _TEXT} | _PROGRESS,
    ),
    tool("fetch_instructions", "Get instructions for a task.", {"task": _TEXT}),
    tool(
        "insert_content",
        "Insert lines into a file.",
        {"path": _TEXT, "line": "integer", "content": _TEXT},
    ),
    tool(
        "list_code_definition_names",
        "List the definitions in the files of a folder.",
        {},
        _PATHS | _PROGRESS,
    ),
    tool(
        "list_files", "List the files of a folder.", {}, _PATHS | {"recursive": _FLAG} | _PROGRESS
    ),
    tool("load_mcp_documentation", "Load the documentation of MCP.", {}, _PROGRESS),
    tool("new_rule", "Write a rule file.", {"path": _TEXT, "content": _TEXT}),
    tool(
        "new_task",
        "Start a new task.",
        {},
        {"context": _TEXT, "mode": _TEXT, "message": _TEXT, "todos": _TEXT},
    ),
    tool(
        "plan_mode_respond",
        "Answer the user while planning.",
        {"response": _TEXT},
        {"needs_more_exploration": _FLAG, "options": _TEXT} | _PROGRESS,
    ),
    tool("read_file", "Read a file.", {}, _PATHS | {"args": _TEXT} | _PROGRESS),
    tool(
        "replace_in_file",
        "Change a file by search and replace blocks.",
        {"diff": _TEXT},
        _PATHS | _PROGRESS,
    ),
    tool(
        "search_and_replace",
        "Replace text in a file.",
        {"path": _TEXT, "search": _TEXT, "replace": _TEXT},
        {
            "use_regex": _FLAG,
            "ignore_case": _FLAG,
            "start_line": "integer",
            "end_line": "integer",
        },
    ),
    tool(
        "search_files",
        "Search files with a regular expression.",
        {"regex": _TEXT},
        _PATHS | {"file_pattern": _TEXT} | _PROGRESS,
    ),
    tool("summarize_task", "Sum up the conversation so far.", {"context": _TEXT}, _PROGRESS),
    tool("switch_mode", "Switch to another mode.", {"mode_slug": _TEXT}, {"reason": _TEXT}),
    tool("update_todo_list", "Write the list of to-dos.", {"todos": _TEXT}),
    tool(
        "use_mcp_tool",
        "Call a tool of an MCP server.",
        {"server_name": _TEXT, "tool_name": _TEXT},
        {"arguments": _TEXT} | _PROGRESS,
    ),
    tool("use_skill", "Load a skill's instructions.", {"skill_name": _TEXT}, _PROGRESS),
    tool("web_fetch", "Fetch a web page.", {"url": _TEXT}, {"prompt": _TEXT} | _PROGRESS),
    tool("web_search", "Search the web.", {"query": _TEXT}, _PROGRESS),
    tool(
        "write_to_file",
        "Write a file.",
        {"content": _TEXT},
        _PATHS | {"line_count": "integer"} | _PROGRESS,
    ),
)
