"""The tools that pi gives its model: names, parameters, JSON types, what is required.

Logs do not hold these schemas. `edit` took one `oldText` and `newText` until it took a list of
`edits`; both forms stand in logs, so neither is required here.
"""

from __future__ import annotations

from typing import Any

from trajset.sources.schema import function_tool

VERSION = "pi, session formats 1-3"

TOOLS: tuple[dict[str, Any], ...] = (
    function_tool(
        "read",
        "Read a text file or an image, from a line on and up to a number of lines.",
        {"path": "string"},
        {"offset": "number", "limit": "number"},
    ),
    function_tool(
        "bash",
        "Run a shell command and return what it printed.",
        {"command": "string"},
        {"timeout": "number"},
    ),
    function_tool(
        "edit",
        "Replace exact text in a file.",
        {"path": "string"},
        {"oldText": "string", "newText": "string", "edits": "array"},
    ),
    function_tool(
        "write",
        "Create a file or overwrite it.",
        {"path": "string", "content": "string"},
    ),
    function_tool(
        "grep",
        "Search the contents of files for a pattern.",
        {"pattern": "string"},
        {
            "path": "string",
            "glob": "string",
            "ignoreCase": "boolean",
            "literal": "boolean",
            "context": "number",
            "limit": "number",
        },
    ),
    function_tool(
        "find",
        "Find files whose path matches a glob pattern.",
        {"pattern": "string"},
        {"path": "string", "limit": "number"},
    ),
    function_tool(
        "ls",
        "List a folder.",
        {},
        {"path": "string", "limit": "number"},
    ),
)
