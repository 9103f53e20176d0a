"""Who speaks in a text block of a user message, and what remains without the wrapper."""

from __future__ import annotations

import re

from trajset.trajectory import Origin

_WRAPPED = re.compile(r"\s*<(task|user_message|feedback)>\n?(.*?)\n?</\1>\s*", re.DOTALL)
_NEW_MESSAGE = re.compile(
    r"\s*New (?:instructions for task continuation|message to respond to)[^\n]*:\n"
    r"<user_message>\n(.*?)\n</user_message>\s*",
    re.DOTALL,
)
_HARNESS = (
    "<environment_details>",
    "<explicit_instructions",
    "<file_content",
    "<folder_content",
    "<hook_context",
    "[ERROR]",
    "[NOTE]",
    "[[NOTE]",
    "[TASK RESUMPTION]",
    "# task_progress",
    "# TODO LIST",
    "The previous file reads",
)


def prompt_of(text: str) -> tuple[str, Origin]:
    """A block's text and who wrote it. `<task>` and its like stand around what a person typed."""
    match = _WRAPPED.fullmatch(text)
    if match:
        return match[2], "human"
    match = _NEW_MESSAGE.fullmatch(text)
    if match:
        return match[1], "human"
    return text, "harness" if text.lstrip().startswith(_HARNESS) else "human"
