"""Rows of published SWE training sets: SWE-smith, SWE-Gym, Nebius, mini-coder.

One row is one run of an agent on one task: chat messages with `instance_id` beside them, in one of
four dialects (`messages.py`). All rows of a file are one unit. A record is a message; a row without
messages is one record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import jiter

from trajset.sources.files import place_name
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.lenient import items, mapping
from trajset.sources.responses import word
from trajset.sources.rows import decoded, rows
from trajset.sources.swe_smith.messages import read_messages
from trajset.sources.tally import Tally
from trajset.sources.unit import Fields, Store, Unit, single_files
from trajset.trajectory import Outcome, Trajectory

NAME = "swe_smith"
TITLE = "SWE-smith and kin (SWE-Gym, Nebius)"
STORE = Store(suffixes=(".jsonl", ".json"))
VERSIONS = "SWE-smith ft_xml and trajectories, SWE-Gym OpenHands, Nebius SWE-agent, mini-coder"
FIELDS = Fields(
    reasoning="partly",
    status="partly",
    exit_code="partly",
    ids="partly",
    times="never",
    model="partly",
    usage="never",
    tool_schemas="partly",
    branches="never",
    subagents="never",
    compaction="never",
)

_ROLES = frozenset({"system", "user", "assistant", "ai", "tool"})


def claims(head: Head) -> bool:
    """Rows with an `instance_id` and a list of messages (`messages` or `trajectory`).

    A first row longer than the head may hide its `instance_id`: then the messages must be in a
    dialect that only these sets use.
    """
    for row in head.objects[:4]:
        messages = [mapping(message) for message in _shown_messages(row)]
        if not messages or any(word(m.get("role")) not in _ROLES for m in messages[:4]):
            continue
        if isinstance(row.get("instance_id"), str) or (not head.whole and _own_dialect(messages)):
            return True
    return False


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a file."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """One trajectory a row.

    Raises:
        SourceError: the file is one JSON document, and cannot be decoded.
    """
    seen: Counter[str] = Counter()
    for number, row in rows(unit.path, tally):
        messages = _messages(row)
        if not messages:
            tally.skip("row_without_messages")
            continue
        session = _session(row) or place_name(unit.path, 1)
        seen[session] += 1
        first_key = session if seen[session] == 1 else f"{session}#{seen[session]}"
        trajectory = read_messages(
            messages,
            row,
            tally,
            line=number,
            id=trajectory_id(NAME, first_key, None, 0),
            session_id=session,
            harness=NAME,
            model=word(row.get("model")) or word(row.get("model_name")),
            repository=word(row.get("repo")),
            recorded_outcome=_outcome(row),
        )
        if trajectory is not None:
            yield trajectory


def _messages(row: dict[str, Any]) -> list[Any]:
    for name in ("messages", "trajectory"):
        if found := items(decoded(row.get(name))):
            return found
    return []


def _shown_messages(row: dict[str, Any]) -> list[Any]:
    """The messages of a row of the head, whose last value (perhaps JSON text) may be cut off."""
    if isinstance(text := row.get("messages"), str) and text.startswith("["):
        try:
            return items(jiter.from_json(text.encode(), partial_mode="trailing-strings"))
        except ValueError:
            return []
    return _messages(row)


def _own_dialect(messages: list[dict[str, Any]]) -> bool:
    if any("message_type" in m and "agent" in m for m in messages):
        return True
    texts = [(m.get("role"), m.get("content")) for m in messages]
    called = any(r == "assistant" and isinstance(t, str) and "<function=" in t for r, t in texts)
    return called and any(
        r == "user" and isinstance(t, str) and t.startswith("OBSERVATION:") for r, t in texts
    )


def _session(row: dict[str, Any]) -> str | None:
    """The run's own id where the row has one, else the task with what tells its runs apart."""
    for name in ("traj_id", "trajectory_id"):
        if run := word(row.get(name)):
            return run
    parts = (word(row.get(name)) for name in ("instance_id", "run_id", "model_name", "model"))
    return "/".join(part for part in parts if part) or None


def _outcome(row: dict[str, Any]) -> Outcome | None:
    """What the tests said (`resolved`, Nebius' `target`); a mere submission says nothing."""
    report = mapping(mapping(decoded(row.get("test_result"))).get("report"))
    for verdict in (row.get("resolved"), row.get("target"), report.get("resolved")):
        if isinstance(verdict, bool | int) and verdict in (0, 1):
            return "success" if verdict else "failure"
    return None
