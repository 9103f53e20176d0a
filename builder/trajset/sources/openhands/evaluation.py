"""Rows of an evaluation's `output.jsonl`: one task each, its events under `history`."""

from __future__ import annotations

from typing import Any

from trajset.sources.lenient import items, mapping
from trajset.sources.responses import word
from trajset.trajectory import Outcome

_MARKS = frozenset({"instance_id", "issue", "git_patch", "test_result", "instruction", "metrics"})


def is_evaluation_row(row: dict[str, Any]) -> bool:
    """Whether a row of a file's head is one: a history of events beside an evaluation's fields.

    The history may be cut off by the head, so one event has to do.
    """
    if list(row)[:2] == ["instance_id", "test_result"] and "history" not in row:
        return "messages" not in row  # a long patch hides the rest
    first = next(iter(items(row.get("history"))), None)
    if isinstance(first, list):
        first = next(iter(first), None)
    event = mapping(first)
    named = any(isinstance(event.get(n), str) for n in ("action", "observation", "kind"))
    return named and "role" not in event and len(_MARKS & row.keys()) >= 2


def row_session(row: dict[str, Any]) -> str | None:
    """The task's id, as the row has it."""
    issue = mapping(row.get("issue"))
    if instance := word(row.get("instance_id")):
        return instance
    parts = [issue.get("owner"), issue.get("repo"), issue.get("number")]
    return "/".join(str(p) for p in parts) if all(isinstance(p, str | int) for p in parts) else None


def outcome(row: dict[str, Any]) -> Outcome | None:
    """What tests said, else what the resolver recorded, or that the run broke off with an error."""
    result = mapping(row.get("test_result"))
    reports = (row.get("report"), result.get("report"), row)
    for report in reports:
        if isinstance(verdict := mapping(report).get("resolved"), bool):
            return "success" if verdict else "failure"
    if word(row.get("error")):
        return "failure"
    if isinstance(verdict := row.get("success"), bool):
        return "success" if verdict else "failure"
    return None
