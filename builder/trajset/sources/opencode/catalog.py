"""OpenCode's main tools as of 1.2: names, parameters, JSON types. Facts, in our own words."""

from __future__ import annotations

from typing import Any

from trajset.sources.schema import function_tool as tool

VERSION = "opencode 1.2"

_TEXT, _NUMBER, _LIST = "string", "number", "array"
_FILE = {"filePath": _TEXT}

TOOLS: tuple[dict[str, Any], ...] = (
    tool("apply_patch", "Apply a patch to files.", {"patchText": _TEXT}),
    tool(
        "bash",
        "Run a shell command.",
        {"command": _TEXT},
        {"description": _TEXT, "timeout": _NUMBER, "workdir": _TEXT},
    ),
    tool("batch", "Run several tool calls at once.", {"tool_calls": _LIST}),
    tool("codesearch", "Search for code on the web.", {"query": _TEXT}, {"tokensNum": _NUMBER}),
    tool(
        "edit",
        "Replace text in a file.",
        _FILE | {"oldString": _TEXT, "newString": _TEXT},
        {"replaceAll": "boolean"},
    ),
    tool("glob", "List files whose path matches a pattern.", {"pattern": _TEXT}, {"path": _TEXT}),
    tool(
        "grep",
        "Search file contents with a regular expression.",
        {"pattern": _TEXT},
        {"path": _TEXT, "include": _TEXT},
    ),
    tool("list", "List the files of a folder.", {}, {"path": _TEXT, "ignore": _LIST}),
    tool(
        "lsp",
        "Ask the language server about a place in a file.",
        {"operation": _TEXT, "line": _NUMBER, "character": _NUMBER} | _FILE,
    ),
    tool("multiedit", "Make several edits in a file.", _FILE | {"edits": _LIST}),
    tool("patch", "Apply a patch to files.", {"patchText": _TEXT}),
    tool("plan_enter", "Switch to planning."),
    tool("plan_exit", "Leave planning and start the work."),
    tool("question", "Ask the user questions.", {"questions": _LIST}),
    tool("read", "Read a file or folder.", _FILE, {"offset": _NUMBER, "limit": _NUMBER}),
    tool("skill", "Load a skill's instructions.", {"name": _TEXT}),
    tool(
        "task",
        "Hand a task to a sub-agent.",
        {"description": _TEXT, "prompt": _TEXT, "subagent_type": _TEXT},
        {"task_id": _TEXT, "command": _TEXT},
    ),
    tool("todoread", "Read the list of to-dos."),
    tool("todowrite", "Write the list of to-dos.", {"todos": _LIST}),
    tool("webfetch", "Fetch a web page.", {"url": _TEXT}, {"format": _TEXT, "timeout": _NUMBER}),
    tool(
        "websearch",
        "Search the web.",
        {"query": _TEXT},
        {
            "numResults": _NUMBER,
            "livecrawl": _TEXT,
            "type": _TEXT,
            "contextMaxCharacters": _NUMBER,
        },
    ),
    tool("write", "Write a file.", _FILE | {"content": _TEXT}),
)
