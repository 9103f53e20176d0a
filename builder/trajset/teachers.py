"""Which models may answer a state: not those that would recognise the agent's answer as their own.

teachers = trajset.teachers.eligible(state, ["anthropic/claude-opus-4.7", "gpt-5.5"])
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from trajset.model_family import model_families


def eligible(row: Mapping[str, Any], teachers: Iterable[str]) -> list[str]:
    """The teachers that may answer a state, in order.

    Args:
        row: a row of `trace_state`, or a state of `trajset.trace_states`; its
            `excluded_teacher_families` and `source_model` are looked at.
        teachers: ids of models, in any spelling.

    A teacher is left out if one of its families (a distillate has two) is excluded, or if it is
    the source model itself. One of an unknown family stays: nothing says that it is related.
    """
    excluded = set(row["excluded_teacher_families"])
    source = _plain(row.get("source_model"))
    return [
        teacher
        for teacher in teachers
        if excluded.isdisjoint(model_families(teacher))
        and (not source or _plain(teacher) != source)
    ]


def _plain(model: str | None) -> str:
    """A model's id without its provider, for ids of no known family."""
    return (model or "").rpartition("/")[2].lower()
