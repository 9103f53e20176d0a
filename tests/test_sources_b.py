"""OpenCode, its session-logger, Cline, Aider and SpecStory: laws, and counts against the raw logs.

The counts of calls, results and errors are taken here a second time, straight from the raw files.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trajset.sources import aider, cline, opencode, opencode_logger, specstory
from trajset.sources.files import read_head, walk
from trajset.sources.tally import Tally
from trajset.sources.unit import Source, SourceError
from trajset.trajectory import Message, Observation, ToolCall, Trajectory

SOURCES: dict[str, Source] = {
    s.NAME: s for s in (aider, cline, opencode, opencode_logger, specstory)
}
FOLDERS = {
    "opencode": "opencode",
    "opencode-dspy": "opencode_logger",
    "cline": "cline",
    "aider": "aider",
    "specstory": "specstory",
}
CASES = Path(__file__).parent / "cases"
INPUTS = sorted(p for name in SOURCES for p in (CASES / name).glob("*/input/**/*") if p.is_file())


def read(source: Source, *files: Path | str) -> tuple[list[Trajectory], Tally]:
    """Everything that a source makes of files; checks the law of counting."""
    tally = Tally()
    trajectories = [
        t for unit in source.units([str(f) for f in files]) for t in source.read(unit, tally)
    ]
    assert tally.read == tally.used + sum(tally.skipped.values())
    return trajectories, tally


def counts(trajectories: list[Trajectory]) -> tuple[int, int, int]:
    """Calls, observations, and observations with the status `error`."""
    steps = [s for t in trajectories for s in t.steps]
    seen = [s for s in steps if isinstance(s, Observation)]
    return (
        sum(isinstance(s, ToolCall) for s in steps),
        len(seen),
        sum(s.status == "error" for s in seen),
    )


# Damage ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", INPUTS, ids=lambda p: str(p.relative_to(CASES)))
def test_a_log_cut_at_any_byte_is_counted_or_refused(path: Path, tmp_path: Path) -> None:
    source = SOURCES[path.relative_to(CASES).parts[0]]
    data = path.read_bytes()
    copy = tmp_path / path.relative_to(CASES)
    copy.parent.mkdir(parents=True)
    for end in range(1, len(data), max(1, len(data) // 12)):
        copy.write_bytes(data[:end])
        source.claims(read_head(str(copy)))
        error = ""
        try:
            read(source, copy)
        except SourceError as refusal:
            error = str(refusal)
        assert not error or str(copy) in error
        assert data[:end].decode("utf-8", "ignore")[-20:] not in error or end < 20


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values inside a JSON value."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, child in inner:
        yield (*at, key)
        yield from places(child, (*at, key))


DOCUMENTS = [p for p in INPUTS if p.suffix == ".json" and "damaged" not in str(p)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(CASES)))
def test_a_wrong_type_in_any_field_is_no_accident(path: Path, tmp_path: Path) -> None:
    source = SOURCES[path.relative_to(CASES).parts[0]]
    text = path.read_text(encoding="utf-8")
    copy = tmp_path / path.relative_to(CASES)
    copy.parent.mkdir(parents=True)
    every = list(places(json.loads(text)))
    for number, where in enumerate(every[:: max(1, len(every) // 30)]):
        document = json.loads(text)
        holder = document
        for key in where[:-1]:
            holder = holder[key]
        holder[where[-1]] = (None, 7, "x", ["x"], {"x": None}, True)[number % 6]
        copy.write_text(json.dumps(document), encoding="utf-8")
        source.claims(read_head(str(copy)))
        try:
            read(source, copy)
        except SourceError:
            assert len(where) == 1, f"one wrong value at {where} made the whole unreadable"


# OpenCode's three stores -------------------------------------------------------------------------


def database(path: Path, exports: list[Path]) -> None:
    """Write `opencode.db` as OpenCode 1.2 does, from exported sessions."""
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE `session` (`id` text PRIMARY KEY, `project_id` text NOT NULL,"
        " `parent_id` text, `slug` text NOT NULL, `directory` text NOT NULL,"
        " `title` text NOT NULL, `version` text NOT NULL, `revert` text,"
        " `time_created` integer NOT NULL, `time_updated` integer NOT NULL);"
        "CREATE TABLE `message` (`id` text PRIMARY KEY, `session_id` text NOT NULL,"
        " `time_created` integer NOT NULL, `time_updated` integer NOT NULL, `data` text NOT NULL);"
        "CREATE TABLE `part` (`id` text PRIMARY KEY, `message_id` text NOT NULL,"
        " `session_id` text NOT NULL, `time_created` integer NOT NULL,"
        " `time_updated` integer NOT NULL, `data` text NOT NULL);"
    )
    for export in exports:
        document = json.loads(export.read_text())
        info = document["info"]
        revert = json.dumps(info["revert"]) if "revert" in info else None
        times = info["time"]
        connection.execute(
            "INSERT INTO session VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                *(info.get(k) for k in ("id", "projectID", "parentID", "slug", "directory")),
                *(info["title"], info["version"], revert, times["created"], times["updated"]),
            ),
        )
        for message in document["messages"]:
            data = dict(message["info"])
            key, session, created = data.pop("id"), data.pop("sessionID"), data["time"]["created"]
            connection.execute(
                "INSERT INTO message VALUES (?,?,?,?,?)",
                (key, session, created, created, json.dumps(data)),
            )
            for part in message["parts"]:
                data = {
                    k: v for k, v in part.items() if not k.lower().endswith("id") or k == "callID"
                }
                connection.execute(
                    "INSERT INTO part VALUES (?,?,?,?,?,?)",
                    (part["id"], key, session, created, created, json.dumps(data)),
                )
    connection.commit()
    connection.close()


EXPORTS = sorted(
    p for p in (CASES / "opencode").glob("*/input/*.json") if p.parent.parent.name != "subagents"
)


@pytest.mark.parametrize("export", EXPORTS, ids=lambda p: p.parent.parent.name)
def test_export_database_and_storage_give_the_same(export: Path, tmp_path: Path) -> None:
    from_export, counted = read(opencode, export)
    store = tmp_path / "opencode.db"
    database(store, [export])
    assert opencode.claims(read_head(str(store)))
    assert read(opencode, store) == (from_export, counted)
    assert [p.name for p in tmp_path.iterdir()] == ["opencode.db"]

    document = json.loads(export.read_text())
    info = document["info"]
    objects = {f"session/p1/{info['id']}": info}
    for message in document["messages"]:
        objects[f"message/{info['id']}/{message['info']['id']}"] = message["info"]
        for part in message["parts"]:
            objects[f"part/{message['info']['id']}/{part['id']}"] = part
    for place, value in objects.items():
        file = tmp_path / "storage" / f"{place}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value, indent=2))
    files = list(walk(str(tmp_path / "storage")))
    assert all(opencode.claims(read_head(f)) for f in files)
    stored, tally = read(opencode, *files)
    assert (tally.read, tally.used) == (counted.read, counted.used)
    order = [[s.key for s in t.steps if s.key] for t in stored]
    assert [sorted(o) for o in order] == [
        sorted(s.key for s in t.steps if s.key) for t in from_export
    ]


def test_a_database_is_one_unit_a_session_and_damage_is_refused(tmp_path: Path) -> None:
    store = tmp_path / "opencode.db"
    folder = CASES / "opencode" / "subagents" / "input"
    database(store, [folder / "ses_main.json", folder / "ses_child.json"])
    units = list(opencode.units([str(store)]))
    assert len(units) == 2
    main, child = (next(iter(opencode.read(u, Tally()))) for u in units)
    assert child.parent_session == main.session_id
    assert main.delegations == {child.agent: "call_a"}
    data = store.read_bytes()
    for end in (20, 100, 4_000, len(data) // 2, len(data) - 4_096):
        store.write_bytes(data[:end])
        with pytest.raises(SourceError, match="SQLite"):
            read(opencode, store)


def test_a_database_that_is_in_use_is_read_with_its_log(tmp_path: Path) -> None:
    store = tmp_path / "opencode.db"
    export = CASES / "opencode" / "export_repair" / "input" / "ses_main.json"
    database(store, [export])
    writer = sqlite3.connect(store)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("UPDATE session SET title = 'renamed'")
    writer.commit()
    assert read(opencode, store)[0][0].title == "renamed"
    writer.close()


# Aider -------------------------------------------------------------------------------------------


def test_sessions_of_a_growing_history_keep_their_ranges_and_ids(tmp_path: Path) -> None:
    history = tmp_path / ".aider.chat.history.md"
    shutil.copy(CASES / "aider" / "quoted_marks" / "input" / history.name, history)
    before = list(aider.units([str(history)]))
    ids = [t.id for t in read(aider, history)[0]]
    with history.open("a", encoding="utf-8") as file:
        file.write("\n# aider chat started at 2026-03-01 10:00:00\n\n#### hello  \n\nHello.\n")
    after = list(aider.units([str(history)]))
    assert after[: len(before) - 1] == before[:-1]
    assert (after[-2].start, len(after)) == (before[-1].start, len(before) + 1)
    assert [u.end for u in after] == [*(u.start for u in after[1:]), history.stat().st_size]
    assert [t.id for t in read(aider, history)[0]][: len(ids)] == ids


# Catalogues --------------------------------------------------------------------------------------

JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def refused(call: ToolCall, tools: tuple[dict[str, Any], ...]) -> str | None:
    """Why a catalogue does not accept a call; None where it does."""
    schema = next((t["function"] for t in tools if t["function"]["name"] == call.tool), None)
    if schema is None:
        return f"{call.tool}: no such tool"
    parameters = schema["parameters"]
    for name in parameters.get("required", ()):
        if name not in call.arguments:
            return f"{call.tool}: {name} is missing"
    for name, value in call.arguments.items():
        kind = parameters["properties"].get(name, {}).get("type")
        if kind is None or not isinstance(value, JSON_TYPES[kind]):
            return f"{call.tool}: {name} is no {kind}"
    return None


@pytest.mark.parametrize("source", [opencode, cline], ids=lambda s: s.NAME)
def test_the_catalogue_accepts_every_call_that_did_not_fail(source: Any, sessions: Path) -> None:
    folder = next(f for f, name in FOLDERS.items() if name == source.NAME)
    trajectories, _ = read(source, *walk(str(sessions / folder)))
    checked = 0
    for trajectory in trajectories:
        failed = {
            s.call_id
            for s in trajectory.steps
            if isinstance(s, Observation) and s.status not in ("ok", "unknown")
        }
        for step in trajectory.steps:
            if isinstance(step, ToolCall) and step.id not in failed:
                assert refused(step, source.TOOLS) is None
                checked += 1
    assert checked > 40


# The real logs -----------------------------------------------------------------------------------


def test_each_real_file_is_claimed_by_its_own_source_alone(sessions: Path) -> None:
    for file in walk(str(sessions)):
        owner = FOLDERS.get(Path(file).relative_to(sessions).parts[0])
        claimed = [name for name, s in SOURCES.items() if s.claims(read_head(file))]
        assert claimed == ([owner] if owner else []), file


def test_opencode_exports_are_read_whole(sessions: Path) -> None:
    for file in sorted((sessions / "opencode").rglob("*.json")):
        trajectories, tally = read(opencode, file)
        messages = json.loads(file.read_text())["messages"]
        states = [p["state"] for m in messages for p in m["parts"] if p["type"] == "tool"]
        failed = [
            s
            for s in states
            if s["status"] == "error" or (s.get("metadata") or {}).get("exit") not in (None, 0)
        ]
        assert counts(trajectories) == (len(states), len(states), len(failed))
        assert tally.read == 1 + sum(1 + len(m["parts"]) for m in messages)
        assert not tally.unknown


def test_session_logger_files_are_paired_and_read_whole(sessions: Path) -> None:
    folder = sessions / "opencode-dspy"
    units = list(opencode_logger.units(list(walk(str(folder)))))
    assert sorted(len(u.files) for u in units) == [1, 2, 2, 2]
    for unit in units:
        trajectories, _ = read(opencode_logger, *unit.files)
        (file,) = (f for f in unit.files if "/session-" in f)
        calls = json.loads(Path(file).read_text())["toolCalls"]
        answered = [c for c in calls if "result" in c]
        invalid = [c for c in calls if c["tool"] == "invalid"]
        assert counts(trajectories) == (len(calls), len(answered), len(invalid))
        expected = "success" if len(unit.files) == 2 else None
        assert [t.recorded_outcome for t in trajectories] == [expected]
        alone = [f for f in unit.files if "/dspy-" in f]
        if alone:
            examples = json.loads(Path(alone[0]).read_text())["examples"]
            actions = [a for e in examples for a in e["actions"]]
            assert counts(read(opencode_logger, *alone)[0])[0] == len(actions)


def test_a_cline_task_is_read_whole(sessions: Path) -> None:
    trajectories, tally = read(cline, *walk(str(sessions / "cline")))
    (file,) = (sessions / "cline").rglob("api_conversation_history.json")
    messages = json.loads(file.read_text())
    blocks = [(m["role"], b) for m in messages for b in m["content"]]
    calls = [b for _, b in blocks if b["type"] == "tool_use"]
    results = [b for r, b in blocks if r == "user" and "] Result:" in b["text"].split("\n# ")[0]]
    assert counts(trajectories)[:2] == (len(calls), len(results))
    assert not tally.repaired
    interface = json.loads((file.parent / "ui_messages.json").read_text())
    assert tally.read == len(messages) + len(interface) + 2


def test_aider_edits_and_their_results_are_found(sessions: Path) -> None:
    (file,) = (sessions / "aider" / "chat-history-part1").iterdir()
    trajectories, _ = read(aider, file)
    text = file.read_text(encoding="utf-8")
    written = re.findall(r"^<<<<<<< SEARCH$", text, re.MULTILINE)
    applied = re.findall(r"^> Applied edit to", text, re.MULTILINE)
    refused_blocks = re.findall(r"^> <<<<<<< SEARCH", text, re.MULTILINE)
    calls, _, errors = counts(trajectories)
    assert calls <= len(written)
    assert calls >= len(written) - 2  # two stand in what a command printed
    assert errors >= len(refused_blocks)
    ok = [
        s.text
        for t in trajectories
        for s in t.steps
        if isinstance(s, Observation) and s.status == "ok"
    ]
    assert len(ok) >= len(applied)  # one line answers all blocks of its file
    headers = re.findall(r"^# aider chat started at", text, re.MULTILINE)
    assert len(list(aider.units([str(file)]))) <= len(headers) + 1
    assert len({t.id for t in trajectories}) == len(trajectories)


def test_specstory_histories_are_read_whole(sessions: Path) -> None:
    for file in sorted((sessions / "specstory").rglob("*.md")):
        text = file.read_text(encoding="utf-8")
        trajectories, tally = read(specstory, file)
        calls = re.findall(r"^<tool-use ", text, re.MULTILINE)
        thoughts = re.findall(r"^<think>", text, re.MULTILINE)
        assert counts(trajectories)[0] == len(calls)
        steps = [s for t in trajectories for s in t.steps]
        assert sum(type(s).__name__ == "Reasoning" for s in steps) == len(thoughts)
        users = re.findall(r"^_\*\*User\*\*_$", text, re.MULTILINE)
        spoken = [s for s in steps if isinstance(s, Message) and s.role == "user"]
        assert len(spoken) == (len(users) if trajectories else 0)
        assert tally.read > 0
