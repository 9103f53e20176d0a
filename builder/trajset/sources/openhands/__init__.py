"""OpenHands: 0.x event lists and event folders, SDK (1.x) event folders, evaluation rows.

A conversation folder is one unit; every other file is one unit, evaluation files with one
trajectory a row (and one for each delegate). A record is an event; `base_state.json`, an evaluation
row without events, and an event file that cannot be decoded are one record each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from trajset.sources.files import place_name
from trajset.sources.head import Head
from trajset.sources.lenient import items, mapping
from trajset.sources.openhands import v0, v1
from trajset.sources.openhands.catalog import TOOLS
from trajset.sources.openhands.evaluation import is_evaluation_row, outcome, row_session
from trajset.sources.openhands.run import Run
from trajset.sources.records import json_document
from trajset.sources.responses import word
from trajset.sources.rows import rows
from trajset.sources.tally import Tally
from trajset.sources.unit import Fields, SourceError, Store, Unit
from trajset.trajectory import Outcome, Trajectory

__all__ = ["FIELDS", "NAME", "STORE", "TITLE", "TOOLS", "VERSIONS", "claims", "read", "units"]

NAME = "openhands"
TITLE = "OpenHands"
_HOMES = (
    "~/.openhands/conversations",
    "~/.openhands/sessions",
    "~/.openhands-state/sessions",
)
STORE = Store(linux=_HOMES, macos=_HOMES, windows=_HOMES, suffixes=(".json", ".jsonl"))
VERSIONS = "0.9 to 0.21 (events, evaluation rows), SDK 1.8 to 1.11"
FIELDS = Fields(
    reasoning="partly",
    status="yes",
    exit_code="yes",
    ids="yes",
    times="yes",
    model="yes",
    usage="yes",
    tool_schemas="partly",
    branches="never",
    subagents="partly",
    compaction="yes",
)

_SDK_FIELDS = frozenset({"llm_message", "tool_call_id", "forgotten_event_ids", "activated_skills"})
_SDK_SOURCES = frozenset({"agent", "user", "environment", "hook"})
_NUMBER = re.compile(r"\d+")


def claims(head: Head) -> bool:
    """An event, a list of events, evaluation rows with a history, or a conversation's state."""
    for value in head.objects[:4]:
        if _is_event(value) or is_evaluation_row(value) or _is_state(value):
            return True
    return False


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a conversation folder (`base_state.json` and `events/*.json`), else one a file."""
    folders: dict[str, list[str]] = {}
    for file in files:
        parts = file.replace("\\", "/").split("/")
        if len(parts) > 2 and parts[-2] == "events":
            folders.setdefault("/".join(parts[:-2]), []).append(file)
        elif parts[-1].startswith("base_state."):
            folders.setdefault("/".join(parts[:-1]), []).append(file)
        else:
            folders.setdefault(file, []).append(file)
    for path, members in folders.items():
        yield Unit(harness=NAME, path=path, files=tuple(sorted(members, key=_by_number)))


def read(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """Read one conversation, or all rows of an evaluation file.

    Raises:
        SourceError: nothing of the unit can be decoded.
    """
    if unit.files != (unit.path,):
        yield from _read_folder(unit, tally)
        return
    events: list[tuple[int, dict[str, Any]]] = []
    for number, row in rows(unit.path, tally):
        if "history" in row and not _is_event(row):
            yield from _read_row(unit, number, row, tally)
        else:
            events.append((number, row))
    if events:
        run = Run(NAME, place_name(unit.path, 1), tally, fallback_key=place_name(unit.path))
        _add_events(run, events, tally)
        yield from run.trajectories()


def _read_folder(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    run = Run(NAME, place_name(unit.path, 1), tally, fallback_key=place_name(unit.path))
    verdict: Outcome | None = None
    events: list[tuple[int, dict[str, Any]]] = []
    unreadable = 0
    for file in unit.files:
        try:
            found = json_document(file, tally)
        except SourceError:
            tally.skip("undecodable_file")
            unreadable += 1
            continue
        for value in found if isinstance(found, list) else [found]:
            if not isinstance(value, dict):
                tally.skip("no_object")
            elif _is_state(value):
                verdict = v1.add_state(run, value)
                tally.use()
            else:
                events.append((len(events) + 1, value))
    if unreadable == len(unit.files):
        raise SourceError(f"{unit.path}: expected event files in JSON, found none that decodes")
    _add_events(run, events, tally)
    yield from run.trajectories(recorded_outcome=verdict)


def _read_row(unit: Unit, number: int, row: dict[str, Any], tally: Tally) -> Iterator[Trajectory]:
    history = _flat(row.get("history"))
    if not history:
        tally.skip("row_without_history")
        return
    session = row_session(row) or f"{place_name(unit.path, 1)}#{number}"
    place = f"{place_name(unit.path)}/{session}"
    run = Run(NAME, session, tally, fallback_key=place, batch=True)
    metadata = mapping(row.get("metadata"))
    run.model = word(mapping(metadata.get("llm_config") or metadata.get("llm")).get("model"))
    _add_events(run, [(number, event) for event in history], tally)
    repository = mapping(row.get("issue"))
    owner, name = word(repository.get("owner")), word(repository.get("repo"))
    yield from run.trajectories(
        recorded_outcome=outcome(row), repository=f"{owner}/{name}" if owner and name else None
    )


def _flat(history: Any) -> list[Any]:
    """The events of a history: a flat list, or pairs of an action and its observation."""
    found: list[Any] = []
    for entry in items(history):
        if isinstance(entry, list):
            found += entry
        else:
            found.append(entry)
    return found


def _add_events(run: Run, events: Sequence[tuple[int, Any]], tally: Tally) -> None:
    for number, event in events:
        if not isinstance(event, dict):
            tally.skip("no_object")
        elif "kind" in event:
            v1.add_event(run, event, v1.place_of(event, number), tally)
        else:
            v0.add_event(run, event, v0.place_of(event, number), tally)


def _is_event(value: dict[str, Any]) -> bool:
    """Whether this is an event; the `kind` of a long one stands beyond the head."""
    if not {"id", "timestamp", "source"} <= value.keys():
        return False
    if isinstance(value.get("action"), str) or isinstance(value.get("observation"), str):
        return True
    known = word(value.get("kind")) in v1.KINDS or bool(_SDK_FIELDS & value.keys())
    return known or ("kind" in value and word(value.get("source")) in _SDK_SOURCES)


def _is_state(value: dict[str, Any]) -> bool:
    return "execution_status" in value and "agent" in value and "workspace" in value


def _by_number(file: str) -> tuple[bool, int, str]:
    name = file.replace("\\", "/").rsplit("/", 1)[-1]
    number = _NUMBER.search(name)
    return not name.startswith("base_state."), int(number[0]) if number else 0, name
