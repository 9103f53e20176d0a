"""Claude Code's own tools: names, parameters, JSON types, what is required.

The logs seldom hold tool schemas, so these facts stand in for them (`tools_source: catalog`). They
cover versions 1.0.95 to 2.1.219 at once: a parameter that any of these versions knew is named, and
only what all of them demanded is required. Parameters that are not named are not refused.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
OBJECT: Schema = {"type": "object"}
TEXTS: Schema = {"type": "array", "items": TEXT}


def _object(required: str = "", **properties: Schema) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required.split()
    return schema


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _tool(name: str, description: str, parameters: Schema) -> Schema:
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


_SHELL = _object(
    "command",
    command=TEXT,
    description=TEXT,
    timeout=NUMBER,
    run_in_background=FLAG,
    dangerouslyDisableSandbox=FLAG,
)
_AGENT = _object(
    "description prompt",
    description=TEXT,
    prompt=TEXT,
    subagent_type=TEXT,
    model=TEXT,
    resume=TEXT,
    run_in_background=FLAG,
    max_turns=NUMBER,
    name=TEXT,
    team_name=TEXT,
    mode=TEXT,
    isolation=TEXT,
)
_GREP = _object(
    "pattern", pattern=TEXT, path=TEXT, glob=TEXT, type=TEXT, output_mode=TEXT, multiline=FLAG
)
_GREP["properties"] |= {
    "-A": NUMBER,
    "-B": NUMBER,
    "-C": NUMBER,
    "-i": FLAG,
    "-n": FLAG,
    "-o": FLAG,
    "context": NUMBER,
    "head_limit": NUMBER,
    "offset": NUMBER,
}
_TODO = _object(
    "content status", content=TEXT, status=TEXT, activeForm=TEXT, id=TEXT, priority=TEXT
)
_EDIT = _object("old_string new_string", old_string=TEXT, new_string=TEXT, replace_all=FLAG)
_OPTION = _object("label", label=TEXT, description=TEXT, preview=TEXT, markdown=TEXT)
_QUESTION = _object(
    "question options", question=TEXT, header=TEXT, options=_list(_OPTION), multiSelect=FLAG
)

TOOLS: tuple[Schema, ...] = (
    _tool("Bash", "Run a shell command.", _SHELL),
    _tool("PowerShell", "Run a PowerShell command.", _SHELL),
    _tool(
        "BashOutput",
        "Read new output of a background shell.",
        _object(bash_id=TEXT, filter=TEXT, block=FLAG, wait_up_to=NUMBER),
    ),
    _tool("KillShell", "Stop a background shell.", _object("shell_id", shell_id=TEXT)),
    _tool("KillBash", "Stop a background shell.", _object("shell_id", shell_id=TEXT)),
    _tool(
        "Read",
        "Read a file, or a part of it.",
        _object("file_path", file_path=TEXT, offset=NUMBER, limit=NUMBER, pages=TEXT),
    ),
    _tool(
        "Edit",
        "Replace text in a file.",
        _object(
            "file_path old_string new_string",
            file_path=TEXT,
            old_string=TEXT,
            new_string=TEXT,
            replace_all=FLAG,
        ),
    ),
    _tool(
        "MultiEdit",
        "Make several replacements in one file.",
        _object("file_path edits", file_path=TEXT, edits=_list(_EDIT)),
    ),
    _tool(
        "Write",
        "Write a whole file.",
        _object("file_path content", file_path=TEXT, content=TEXT),
    ),
    _tool(
        "NotebookEdit",
        "Change a cell of a notebook.",
        _object(
            "notebook_path new_source",
            notebook_path=TEXT,
            new_source=TEXT,
            cell_id=TEXT,
            cell_type=TEXT,
            edit_mode=TEXT,
        ),
    ),
    _tool("Grep", "Search the content of files.", _GREP),
    _tool("Glob", "Find files by pattern.", _object("pattern", pattern=TEXT, path=TEXT)),
    _tool("LS", "List a folder.", _object("path", path=TEXT, ignore=TEXTS)),
    _tool("Task", "Start a sub-agent.", _AGENT),
    _tool("Agent", "Start a sub-agent.", _AGENT),
    _tool("TodoWrite", "Replace the to-do list.", _object("todos", todos=_list(_TODO))),
    _tool(
        "TaskCreate",
        "Add a task to the task list.",
        _object("subject", subject=TEXT, description=TEXT, activeForm=TEXT, metadata=OBJECT),
    ),
    _tool(
        "TaskUpdate",
        "Change a task of the task list.",
        _object(
            "taskId",
            taskId=TEXT,
            subject=TEXT,
            description=TEXT,
            activeForm=TEXT,
            status=TEXT,
            owner=TEXT,
            addBlocks=TEXTS,
            addBlockedBy=TEXTS,
            metadata=OBJECT,
        ),
    ),
    _tool("TaskList", "Show the task list.", _object()),
    _tool("TaskGet", "Show one task of the task list.", _object("taskId", taskId=TEXT)),
    _tool(
        "TaskOutput",
        "Read the output of a background task.",
        _object("task_id", task_id=TEXT, block=FLAG, timeout=NUMBER),
    ),
    _tool("TaskStop", "Stop a background task.", _object(task_id=TEXT, shell_id=TEXT)),
    _tool(
        "WebFetch",
        "Fetch a page and answer a question about it.",
        _object("url prompt", url=TEXT, prompt=TEXT),
    ),
    _tool(
        "WebSearch",
        "Search the web.",
        _object("query", query=TEXT, allowed_domains=TEXTS, blocked_domains=TEXTS),
    ),
    _tool(
        "AskUserQuestion",
        "Ask the user to choose.",
        _object(
            "questions",
            questions=_list(_QUESTION),
            answers=OBJECT,
            annotations=OBJECT,
            metadata=OBJECT,
        ),
    ),
    _tool("EnterPlanMode", "Ask to plan before working.", _object()),
    _tool(
        "ExitPlanMode",
        "Show the plan and ask to begin.",
        _object(plan=TEXT, allowedPrompts=_list(_object(tool=TEXT, prompt=TEXT))),
    ),
    _tool("Skill", "Load a skill.", _object(skill=TEXT, command=TEXT, args=TEXT)),
    _tool(
        "ToolSearch",
        "Find tools that are not loaded yet.",
        _object("query", query=TEXT, max_results=NUMBER),
    ),
    _tool("SlashCommand", "Run a slash command.", _object("command", command=TEXT)),
)
"""`{"type": "function", "function": {…}}` each."""
