"""Tools other than a shell that say in words only that they did not do what they were asked."""

from __future__ import annotations

import re

from trajset.annotate.attempts import Attempt
from trajset.annotate.causes.cause import Cause, cause_of
from trajset.annotate.causes.frame import frame_sign
from trajset.annotate.phenomena import files, find, options, refusals, tools

_ERROR_MARK = re.compile(
    r"\s*(?:<(?:tool_use_error|error)>|\[?(?:Error|ERROR|error|Failed|failed)\b|Invalid |"
    r"Cannot |Could not |Unable to |"
    r"MCP error |The tool execution failed|The SEARCH block|The LLM did not conform|"
    r"Found \d+ (?:matches|occurrences) of|<file><path>[^<]{1,300}</path>\s*<error>|"
    r"No replacement was|No match found|The user |Your proposed edit|"
    r"apply_patch verification|InputValidation|"
    r"EISDIR|ENOENT|EACCES|Missing |Tool .{1,40} not |File not found|Path does not|"
    r"(?:The )?[Ff]ile .{1,300}(?:does not exist|not found))"
)


def refused(attempt: Attempt) -> Cause | None:
    """The cause where such a tool's result begins with a refusal or an error, or None."""
    head = attempt.result.text[:600]
    lowered = head.lower()
    if attempt.kind == "task":
        sign = find(tools.EXTERNAL, head[:200], lowered[:200])
        return cause_of(sign, category="missing_dependency") if sign is not None else None
    if attempt.kind == "job":
        sign = find(refusals.JOBS, head, lowered)
        return cause_of(sign) if sign is not None else None
    if attempt.kind == "read" and len(head) < 400 and "provided offset" in lowered:
        sign = find(files.FILES, head, lowered)
        return cause_of(sign) if sign is not None else None
    if (
        attempt.kind == "fetch"
        and len(attempt.result.text) < 600
        and head.startswith("The server returned HTTP")
    ):
        sign = find(tools.HTTP, head, lowered)
        return cause_of(sign) if sign is not None else None
    if attempt.kind == "question" or not _ERROR_MARK.match(head):
        return None
    unsure = attempt.kind in ("read", "search", "list", "task", "fetch", "remote", "other")
    if unsure and attempt.observation.status == "ok" and not _is_served_error(attempt):
        return None
    if unsure and len(attempt.result.text) > 600:
        return None
    changes = attempt.kind in ("edit", "write")
    first = head if changes else head.split("\n\n", 1)[0]
    lowered = first.lower()
    if attempt.kind in ("edit", "write", "read", "search", "list"):
        tables = (tools.PERMISSIONS, tools.MALFORMED, files.BROKEN_EDITS, files.FILES)
    else:
        tables = (tools.PERMISSIONS, tools.MALFORMED, tools.HTTP, files.FILES)
    sign = frame_sign(attempt)
    for table in tables:
        sign = sign or find(table, first, lowered)
    if sign is None and _SERVED_ERROR.match(head) and attempt.kind in ("remote", "other"):
        sign = find(options.BELIEFS, first, lowered)
        if sign is None:
            why = f"The result says: {first.strip()[:160]}"
            served = attempt.kind == "remote"
            return Cause("tool_error", "network" if served else "unknown", why, 0.7)
    return cause_of(sign) if sign is not None else None


def _is_served_error(attempt: Attempt) -> bool:
    """An error that a server reports in words only, as many MCP servers do."""
    return attempt.action.remote and bool(_SERVED_ERROR.match(attempt.result.text))


_SERVED_ERROR = re.compile(r"\s*(?:Error|ERROR|MCP error|Failed to)\b[^\n]{0,80}[:.]")


def edit_refused(attempt: Attempt) -> Cause | None:
    """An editing command of SWE-agent's or OpenHands' own that was turned down."""
    head = attempt.result.text[:200]
    sign = find(files.BROKEN_EDITS, head, head.lower())
    return cause_of(sign) if sign is not None else None
