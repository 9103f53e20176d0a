"""Why a call of a tool other than a shell failed."""

from __future__ import annotations

import re

from trajset.annotate.attempts import Attempt
from trajset.annotate.causes.cause import Cause, cause_of
from trajset.annotate.causes.frame import frame_sign
from trajset.annotate.phenomena import Table, files, find, options, refusals, tools
from trajset.trajectory import Category


def tool_cause(attempt: Attempt) -> Cause:
    """The cause of a reported failure of such a tool; always one."""
    sign = frame_sign(attempt)
    if sign is not None:
        return cause_of(sign)
    if attempt.observation.status == "rejected":
        return Cause(
            "user_rejected", "sandbox_approval", "The log records that the call was rejected.", 0.9
        )
    if attempt.observation.status == "cancelled":
        return Cause(
            "cancelled", "sandbox_approval", "The log records that the call was cancelled.", 0.7
        )
    text = attempt.result.text[:2_000]
    lowered = text.lower()
    for table in _TABLES.get(attempt.kind, _TABLES["other"]):
        sign = find(table, text, lowered)
        if sign is not None:
            return cause_of(sign)
    sign = find(options.BELIEFS, text, lowered) if attempt.kind in ("remote", "other") else None
    if sign is not None:
        return cause_of(sign)
    if _SAYS_NOTHING.fullmatch(text):
        return Cause("tool_error", "unknown", "The log reports an error without words.", 0.6)
    kind, category, confidence = _DEFAULTS.get(attempt.kind, ("tool_error", "unknown", 0.5))
    return Cause(kind, category, "The log reports an error of this tool.", confidence)


_SAYS_NOTHING = re.compile(r"\s*\W*(?:error|failed|failure|fail)?\W*\s*", re.IGNORECASE)

_TABLES: dict[str, tuple[Table, ...]] = {
    "edit": (
        tools.PERMISSIONS,
        tools.SPAWN,
        tools.MALFORMED,
        files.FILES,
        files.BROKEN_EDITS,
    ),
    "read": (tools.PERMISSIONS, tools.SPAWN, tools.MALFORMED, files.FILES),
    "fetch": (tools.HTTP, tools.MALFORMED, tools.PERMISSIONS),
    "remote": (tools.PERMISSIONS, tools.HTTP, tools.SPAWN, tools.MALFORMED, files.FILES),
    "job": (refusals.JOBS, tools.MALFORMED),
    "task": (tools.HTTP, tools.MALFORMED, files.FILES, refusals.JOBS),
    "other": (
        refusals.JOBS,
        tools.PERMISSIONS,
        tools.SPAWN,
        tools.MALFORMED,
        tools.HTTP,
        files.FILES,
    ),
}
_TABLES |= dict.fromkeys(("write", "search", "list", "skill"), _TABLES["edit"])
_TABLES["websearch"] = _TABLES["fetch"]

_DEFAULTS: dict[str, tuple[str, Category, float]] = {
    "edit": ("edit_failed", "model", 0.8),
    "write": ("write_failed", "model", 0.7),
    "read": ("read_failed", "model", 0.8),
    "search": ("search_failed", "model", 0.7),
    "list": ("list_failed", "model", 0.7),
    "fetch": ("fetch_failed", "network", 0.8),
    "websearch": ("search_failed", "network", 0.8),
    "remote": ("remote_tool_failed", "network", 0.5),
    "job": ("job_failed", "background_job", 0.8),
    "plan": ("not_accepted", "sandbox_approval", 0.6),
    "question": ("not_answered", "sandbox_approval", 0.6),
    "skill": ("skill_failed", "model", 0.6),
    "todo": ("tool_error", "model", 0.5),
}
