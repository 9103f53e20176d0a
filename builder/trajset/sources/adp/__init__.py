"""Agent Data Protocol: `std` rows, `sft` rows, and CodeActInstruct's raw rows.

One row is one trajectory; all rows of a file are one unit. A record is an item of a row's `content`
or `conversations`; a row without them is one record. Raw rows of other data sets are the formats of
other sources.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from trajset.sources.adp.conversations import read_conversations
from trajset.sources.adp.std import CLASSES, read_items
from trajset.sources.content import as_json
from trajset.sources.files import place_name
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.lenient import items, mapping
from trajset.sources.responses import word
from trajset.sources.rows import rows
from trajset.sources.tally import Tally
from trajset.sources.unit import Fields, Store, Unit, single_files
from trajset.trajectory import Trajectory

NAME = "adp"
TITLE = "Agent Data Protocol"
STORE = Store(suffixes=(".json", ".jsonl"))
VERSIONS = "std and sft rows of 2025-10, CodeActInstruct raw rows"
FIELDS = Fields(
    reasoning="partly",
    status="never",
    exit_code="never",
    ids="never",
    times="never",
    model="never",
    usage="never",
    tool_schemas="partly",
    branches="never",
    subagents="never",
    compaction="never",
)


def claims(head: Head) -> bool:
    """Rows with items of ADP's classes, or conversations in ADP's or CodeAct's words."""
    return any(_is_std(row) or _is_conversation(row) for row in head.objects[:4])


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
        content, conversation = items(row.get("content")), items(row.get("conversations"))
        if not content and not conversation:
            tally.skip("row_without_items")
            continue
        given = row.get("id")
        session = as_json(given) if given not in (None, "") else place_name(unit.path, 1)
        seen[session] += 1
        first_key = session if seen[session] == 1 else f"{session}#{seen[session]}"
        fields = {
            "id": trajectory_id(NAME, first_key, None, 0),
            "session_id": session,
            "harness": NAME,
        }
        if content:
            trajectory = read_items(content, tally, line=number, **fields)
        else:
            trajectory = read_conversations(
                conversation, row.get("system"), tally, line=number, **fields
            )
        if trajectory is not None:
            yield trajectory


def _is_std(row: dict[str, Any]) -> bool:
    return any(
        word(mapping(item).get("class_")) in CLASSES for item in items(row.get("content"))[:8]
    )


def _is_conversation(row: dict[str, Any]) -> bool:
    turns = [mapping(turn) for turn in items(row.get("conversations"))]
    if "id" not in row or not turns:
        return False
    said = [
        text
        for turn in turns
        if turn.get("role", turn.get("from")) in ("assistant", "gpt", "function_call")
        and isinstance(text := turn.get("content", turn.get("value")), str)
    ]
    if turns[0].get("from") == "human":
        return any("<function=" in text for text in said)
    return turns[0].get("role") == "system" and any("<execute>" in text for text in said)
