"""Attachments: context that the harness put before the model in mid-session (2.1.77 and later).

Newer versions record the very text (`rendered`). Older ones record the parts it was made of: for
the types in `TEXTS` those parts are the text, and are used with the file's name before them. What
the harness words itself out of numbers and flags (reminders, modes) is not in the log: such types
are in `SILENT`, and counted as skipped under their names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trajset.sources.claude_code.records import Record

QUEUED = "queued_command"
PROMPT = "prompt_snapshot"
DEFERRED_TOOLS = "deferred_tools_record"

TEXTS: dict[str, tuple[str, ...]] = {
    "agent_listing_delta": ("addedLines",),
    "already_read_file": ("content", "file", "content"),
    "async_hook_response": ("response", "hookSpecificOutput", "additionalContext"),
    "batching_reminder_sent": ("text",),
    "critical_system_reminder": ("content",),
    "deferred_tools_delta": ("addedLines",),
    "diagnostics": ("files", "diagnostics", "message"),
    "directory": ("content",),
    "edited_text_file": ("snippet",),
    "file": ("content", "file", "content"),
    "hook_additional_context": ("content",),
    "hook_blocking_error": ("blockingError", "blockingError"),
    "hook_stopped_continuation": ("message",),
    "hook_success": ("content",),
    "instructions": ("files", "content"),
    "invoked_skills": ("skills", "content"),
    "mcp_instructions_delta": ("addedBlocks",),
    "model": ("text",),
    "nested_memory": ("content", "content"),
    "output_style_instructions": ("style", "prompt"),
    "plan_file_reference": ("planContent",),
    "relevant_memories": ("memories", "content"),
    "selected_lines_in_ide": ("content",),
    "silent_turn_reminder": ("text",),
    "skill_listing": ("content",),
    "total_tokens_reminder": ("text",),
}
"""Attachment type -> the way to its text; lists on the way are walked."""

_SILENT_WORDS = """
advisor_stripped advisor_tool agent_mention artifact_opening_prefetch
async_hook_response_batch attention_budget auto_mode auto_mode_exit bash_output_audience_note
batching_reminder budget_usd command_permissions compact_file_reference companion_intro
compaction_reminder context_efficiency context_sections coordinator_context
cowork_memory_context credential_org date date_change deferred_tools_record dir_sync_notice
dynamic_skill edited_image_file environment fork_briefing goal_status hook_cancelled
hook_error_during_execution hook_non_blocking_error hook_permission_decision
hook_system_message inlined_image_paths language max_turns_reached mcp_dropped_tools_delta
mcp_resource memory_update opened_file_in_ide output_style output_token_usage pdf_reference
peer_mention plan_mode plan_mode_exit plan_mode_reentry poll_events prefix_delta proactivity
prompt_render_point prompt_snapshot read_truncation_notice remote_session_change
sandbox_instructions secondary_reminder secondary_reminder_sent session_context
session_settings skill_mention structured_output task_reminder task_status team_context
teammate_mailbox teammate_shutdown_batch thinking_drop thinking_stripped thread_state
todo_reminder token_usage tool_search_usage_reminder ultra_effort_enter ultra_effort_exit
ultrathink_effort unknown_command_fallback verify_plan_reminder workflow_keyword_request
workflow_size_guideline_change
"""
SILENT = frozenset(_SILENT_WORDS.split())

_NAMED = frozenset(
    {
        "already_read_file",
        "directory",
        "edited_text_file",
        "file",
        "nested_memory",
        "plan_file_reference",
        "selected_lines_in_ide",
    }
)
_HOOKS_HEARD = frozenset({"SessionStart", "UserPromptSubmit"})
"""Only what these hooks print on success reaches the model."""


def kind_of(record: Record) -> str:
    """The type of an attachment as the log names it; empty where it has none."""
    kind = record.attachment.get("type") if record.attachment is not None else None
    return kind if isinstance(kind, str) else ""


def seen_text(record: Record) -> str:
    """The text that the model saw of an attachment, as far as the log holds it; else empty."""
    kind, body = kind_of(record), record.attachment or {}
    if kind in (PROMPT, DEFERRED_TOOLS):
        return ""
    if record.rendered:
        return "\n".join(_strings([part.content for part in record.rendered], ()))
    if kind not in TEXTS:
        return ""
    if kind == "hook_success" and body.get("hookEvent") not in _HOOKS_HEARD:
        return ""
    text = "\n".join(_strings(body, TEXTS[kind]))
    name = body.get("filename") or body.get("path") or body.get("planFilePath")
    if text and kind in _NAMED and isinstance(name, str):
        return f"{name}\n{text}"
    return text


def queued_prompt(record: Record) -> str:
    """The prompt of a `queued_command`: typed while the model was at work."""
    prompt = (record.attachment or {}).get("prompt")
    if isinstance(prompt, list):
        texts = [_part(part) for part in prompt if isinstance(part, dict)]
        return "\n".join(text for text in texts if text)
    return prompt if isinstance(prompt, str) else ""


def queued_by_person(record: Record) -> bool:
    """Whether a person typed a queued prompt (background tasks report in the same way)."""
    body = record.attachment or {}
    origin = body.get("origin")
    kind = origin.get("kind", "human") if isinstance(origin, dict) else "human"
    mode = body.get("commandMode", "prompt")
    return kind == "human" and mode in ("prompt", "bash") and not body.get("isMeta")


def recorded_tools(record: Record) -> Iterator[dict[str, Any]]:
    """The tool schemas in a `prompt_snapshot` or `deferred_tools_record`, in our shape."""
    body = record.attachment or {}
    entries = body.get("tools") or body.get("entries")
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or not isinstance(name := entry.get("name"), str):
            continue
        schema = entry.get("schema") or entry.get("input_schema")
        if not isinstance(schema, dict):
            continue
        description = entry.get("description")
        function = {
            "name": name,
            "description": description if isinstance(description, str) else "",
            "parameters": schema,
        }
        yield {"type": "function", "function": function}


def system_prompt(record: Record) -> str | None:
    """The system prompt in a `prompt_snapshot`, or None."""
    return "\n\n".join(_strings(record.attachment, ("systemPrompt",))) or None


def _part(part: dict[str, Any]) -> str:
    text = part.get("text")
    if isinstance(text, str):
        return text
    source = part.get("source")
    media = source.get("media_type") if isinstance(source, dict) else None
    kind = "image" if part.get("type") == "image" else "attachment"
    return f"[{kind}: {media}]" if isinstance(media, str) else f"[{kind}]"


def _strings(value: Any, way: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _strings(item, way)
    elif not way:
        if isinstance(value, str) and value:
            yield value
    elif isinstance(value, dict):
        yield from _strings(value.get(way[0]), way[1:])
