"""The tools of SWE-agent, whose logs record no schemas: facts of the bundles of 1.0.

Text-style runs of every version write shell lines: there all calls are `bash`. The editing bundles
share the name `edit` and exclude one another, so it has the parameters of all of them.
"""

from __future__ import annotations

from typing import Any

from trajset.sources.schema import function_tool

VERSION = "0.5-1.1"

TOOLS: tuple[dict[str, Any], ...] = (
    function_tool("bash", "Run a command in the shell.", {"command": "string"}),
    function_tool(
        "open", "Open a file in the viewer.", {"path": "string"}, {"line_number": "integer"}
    ),
    function_tool("goto", "Move the viewer to a line.", {"line_number": "integer"}),
    function_tool("scroll_up", "Move the viewer up by one window."),
    function_tool("scroll_down", "Move the viewer down by one window."),
    function_tool("create", "Create a file and open it.", {"filename": "string"}),
    function_tool(
        "edit",
        "Replace text, or a range of lines, in the open file.",
        None,
        {
            "search": "string",
            "replace": "string",
            "replace-all": "boolean",
            "start_line": "integer",
            "end_line": "integer",
            "replacement_text": "string",
        },
    ),
    function_tool(
        "insert", "Insert text into the open file.", {"text": "string"}, {"line": "integer"}
    ),
    function_tool("find_file", "Find files by name.", {"file_name": "string"}, {"dir": "string"}),
    function_tool(
        "search_dir", "Search all files of a folder.", {"search_term": "string"}, {"dir": "string"}
    ),
    function_tool("search_file", "Search one file.", {"search_term": "string"}, {"file": "string"}),
    function_tool("filemap", "Show an outline of a Python file.", {"file_path": "string"}),
    function_tool(
        "str_replace_editor",
        "View, create and edit text files.",
        {"command": "string", "path": "string"},
        {
            "file_text": "string",
            "old_str": "string",
            "new_str": "string",
            "insert_line": "integer",
            "view_range": "array",
        },
    ),
    function_tool("submit", "Submit the work and end the run."),
    function_tool("exit_forfeit", "Give up the task and end the run."),
)
