"""The tools that Gemini CLI gives its model: names, parameters, JSON types, what is required.

Its recordings do not hold these schemas. `read_file` and `replace` changed their parameters, and
`grep_search` was called `search_file_content`: what any of these versions knew is named, and only
what all of them demanded is required. Facts, in our own words.
"""

from __future__ import annotations

from typing import Any

from trajset.sources.schema import function_tool as tool

VERSION = "Gemini CLI 0.1-0.39"

_TEXT, _NUMBER, _FLAG, _LIST = "string", "number", "boolean", "array"
_FILTER = {"respect_git_ignore": _FLAG, "file_filtering_options": "object"}
_SEARCH = {
    "path": _TEXT,
    "dir_path": _TEXT,
    "include": _TEXT,
    "include_pattern": _TEXT,
    "exclude_pattern": _TEXT,
    "names_only": _FLAG,
    "case_sensitive": _FLAG,
    "fixed_strings": _FLAG,
    "context": _NUMBER,
    "before": _NUMBER,
    "after": _NUMBER,
    "no_ignore": _FLAG,
    "max_matches_per_file": _NUMBER,
    "total_max_matches": _NUMBER,
}

TOOLS: tuple[dict[str, Any], ...] = (
    tool("activate_skill", "Load the instructions of a skill.", {"name": _TEXT}),
    tool("ask_user", "Ask the user questions.", {"questions": _LIST}),
    tool("cli_help", "Answer a question about Gemini CLI.", {"question": _TEXT}),
    tool("codebase_investigator", "Have a sub-agent look through the code.", {"objective": _TEXT}),
    tool("enter_plan_mode", "Begin to plan without changing anything.", {}, {"reason": _TEXT}),
    tool(
        "exit_plan_mode",
        "Show the plan and ask for approval.",
        {},
        {"plan_path": _TEXT, "plan_filename": _TEXT},
    ),
    tool(
        "glob",
        "List files whose path matches a pattern.",
        {"pattern": _TEXT},
        {
            "path": _TEXT,
            "dir_path": _TEXT,
            "case_sensitive": _FLAG,
            "respect_git_ignore": _FLAG,
            "respect_gemini_ignore": _FLAG,
        },
    ),
    tool("google_web_search", "Search the web.", {"query": _TEXT}),
    tool("grep_search", "Search the contents of files.", {"pattern": _TEXT}, _SEARCH),
    tool(
        "list_directory",
        "List a folder.",
        {},
        {"path": _TEXT, "dir_path": _TEXT, "ignore": _LIST} | _FILTER,
    ),
    tool(
        "read_file",
        "Read a file, or a range of its lines.",
        {},
        {
            "file_path": _TEXT,
            "absolute_path": _TEXT,
            "path": _TEXT,
            "offset": _NUMBER,
            "limit": _NUMBER,
            "start_line": _NUMBER,
            "end_line": _NUMBER,
        },
    ),
    tool(
        "read_many_files",
        "Read all files that match patterns.",
        {},
        {
            "paths": _LIST,
            "include": _LIST,
            "exclude": _LIST,
            "recursive": _FLAG,
            "useDefaultExcludes": _FLAG,
        }
        | _FILTER,
    ),
    tool(
        "replace",
        "Replace text in a file.",
        {"file_path": _TEXT, "old_string": _TEXT, "new_string": _TEXT},
        {
            "instruction": _TEXT,
            "expected_replacements": _NUMBER,
            "allow_multiple": _FLAG,
        },
    ),
    tool(
        "run_shell_command",
        "Run a command in the shell.",
        {"command": _TEXT},
        {
            "description": _TEXT,
            "directory": _TEXT,
            "dir_path": _TEXT,
            "is_background": _FLAG,
            "delay_ms": _NUMBER,
        },
    ),
    tool("save_memory", "Keep a fact for later sessions.", {"fact": _TEXT}, {"scope": _TEXT}),
    tool("search_file_content", "Search the contents of files.", {"pattern": _TEXT}, _SEARCH),
    tool(
        "update_topic",
        "Say what the session is about now.",
        {},
        {"title": _TEXT, "summary": _TEXT, "strategic_intent": _TEXT},
    ),
    tool("web_fetch", "Read web pages.", {}, {"prompt": _TEXT, "url": _TEXT}),
    tool("write_file", "Write a whole file.", {"file_path": _TEXT, "content": _TEXT}),
    tool("write_todos", "Keep the list of tasks.", {"todos": _LIST}),
)
