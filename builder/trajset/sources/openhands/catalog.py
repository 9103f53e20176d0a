"""The tools of OpenHands, where a log names calls without schemas: facts of versions 0.x and 1.x.

0.x: the functions offered to the model, and the actions that text-style agents wrote (`run`,
`run_ipython`…). 1.x: the SDK's default tools; it adds `security_risk` and `summary` to each.
"""

from __future__ import annotations

from typing import Any

from trajset.sources.schema import function_tool

VERSION = "0.9-0.62, SDK 1.0-1.11"

_RISK = {"security_risk": "string", "summary": "string"}
_EDITOR = {
    "file_text": "string",
    "old_str": "string",
    "new_str": "string",
    "insert_line": "integer",
    "view_range": "array",
}

TOOLS: tuple[dict[str, Any], ...] = (
    # 0.x, functions
    function_tool(
        "execute_bash",
        "Run a command in the terminal.",
        {"command": "string"},
        {"is_input": "string", "timeout": "number", **_RISK},
    ),
    function_tool(
        "execute_ipython_cell", "Run Python code in a notebook cell.", {"code": "string"}, _RISK
    ),
    function_tool(
        "str_replace_editor",
        "View, create and edit text files.",
        {"command": "string", "path": "string"},
        {**_EDITOR, **_RISK},
    ),
    function_tool(
        "edit_file",
        "Edit a file by giving a draft of the changed part.",
        {"path": "string", "content": "string"},
        {"start": "integer", "end": "integer", **_RISK},
    ),
    function_tool("browser", "Act in a web browser by code.", {"code": "string"}, _RISK),
    function_tool("web_read", "Read a web page as text.", {"url": "string"}),
    function_tool(
        "delegate_to_browsing_agent", "Hand a task to the browsing agent.", {"task": "string"}
    ),
    function_tool("request_condensation", "Ask for a summary of the conversation so far."),
    function_tool(
        "task_tracker",
        "View or set the list of tasks.",
        {"command": "string"},
        {"task_list": "array", **_RISK},
    ),
    # both
    function_tool(
        "finish",
        "End the task.",
        None,
        {"message": "string", "task_completed": "string", "outputs": "object", **_RISK},
    ),
    function_tool("think", "Write down a thought.", {"thought": "string"}, _RISK),
    # 0.x, actions of text-style agents
    function_tool("run", "Run a command.", {"command": "string"}),
    function_tool("run_ipython", "Run Python code in a notebook cell.", {"code": "string"}),
    function_tool("browse", "Open a web page.", {"url": "string"}),
    function_tool("browse_interactive", "Act in a web browser.", {"browser_actions": "string"}),
    function_tool(
        "delegate", "Hand a task to another agent.", {"agent": "string"}, {"inputs": "object"}
    ),
    # 1.x
    function_tool(
        "terminal",
        "Run a command in a persistent shell.",
        {"command": "string"},
        {"is_input": "boolean", "timeout": "number", "reset": "boolean", **_RISK},
    ),
    function_tool(
        "file_editor",
        "View, create and edit text files.",
        {"command": "string", "path": "string"},
        {**_EDITOR, **_RISK},
    ),
)
