"""Reading a session file of pi's lineage: records, tree, and one trajectory a path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

import msgspec

from trajset.sources.branching import parents, paths
from trajset.sources.ids import trajectory_id
from trajset.sources.pi.path import PathReader
from trajset.sources.pi.records import ROLES, Record
from trajset.sources.records import json_lines
from trajset.sources.tally import Tally
from trajset.sources.unit import Unit
from trajset.trajectory import Trajectory

_decoder = msgspec.json.Decoder(Record)

_PLAIN = frozenset({"model_change", "thinking_level_change", "session_info", "leaf"})
_SKIPPED = frozenset({"custom", "label", "context_transform", "ephemeral"})
_SUMMARIES = frozenset({"compaction", "branch_summary"})


class _File:
    """The records of one file that form its tree, with their lines."""

    def __init__(self) -> None:
        self.header: Record | None = None
        self.records: list[Record] = []
        self.lines: list[int] = []
        self.solid: list[bool] = []

    def add(self, line: int, record: Record, solid: bool) -> None:
        self.lines.append(line)
        self.records.append(record)
        self.solid.append(solid)


def read_session(harness: str, unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """The kept path of a session file, then its abandoned branches."""
    file = _load(unit.path, tally)
    if not file.records:
        return
    records = file.records
    parent = parents([(r.id, r.parentId) for r in records], tally)
    for branch, path in enumerate(paths(parent, _leaf(records), file.solid)):
        # What the shared prefix needed repairing is counted once, with the kept path.
        reader = PathReader(file.header, Tally() if branch else tally)
        for index in path:
            reader.add(records[index], file.lines[index])
        yield from _trajectory(harness, unit, file, reader, path, branch)


def _load(place: str, tally: Tally) -> _File:
    """Read and count every record."""
    file = _File()
    for line, record, _ in json_lines(place, tally, _decoder):
        if record is None:
            tally.skip("malformed_record")
        elif record.type == "session":
            if file.header is None:
                file.header = record
                tally.use()
            else:
                tally.skip("repeated_header")
        elif record.type == "message":
            solid = _count_message(record, tally)
            file.add(line, record, solid)
        elif record.type in _SUMMARIES or record.type == "custom_message":
            solid = bool((record.summary or "").strip() or record.content)
            _count(solid, tally)
            file.add(line, record, solid)
        else:
            if record.type in _PLAIN:
                tally.use()
            elif record.type in _SKIPPED:
                tally.skip(record.type)
            else:
                tally.skip_unknown(record.type)
            file.add(line, record, False)
    return file


def _count_message(record: Record, tally: Tally) -> bool:
    said = record.message
    if said is None:
        tally.skip("malformed_record")
        return False
    if said.role in ("branchSummary", "compactionSummary"):
        tally.skip("summary_copy")
        return False
    if said.role not in ROLES:
        tally.skip_unknown(f"message/{said.role}")
        return False
    if said.excludeFromContext:
        tally.skip("excluded_from_context")
        return False
    solid = (
        said.role in ("toolResult", "bashExecution")
        or bool(said.errorMessage)
        or (said.content.strip() != "" if isinstance(said.content, str) else _says(said.content))
    )
    _count(solid, tally)
    return solid


def _says(blocks: object) -> bool:
    """Whether blocks of content hold anything that becomes a step."""
    if not isinstance(blocks, list):
        return False
    for block in blocks:
        if block.type == "text" and not (block.text or "").strip():
            continue
        if block.type == "thinking" and not (block.thinking or "").strip():
            continue
        return True
    return False


def _count(solid: bool, tally: Tally) -> None:
    if solid:
        tally.use()
    else:
        tally.skip("empty_message")


def _leaf(records: list[Record]) -> int:
    """The end of the kept path: the last record, or where a `leaf` record moved it to."""
    last = len(records) - 1
    if records[last].type == "leaf" and records[last].targetId is not None:
        for index in range(last, -1, -1):
            if records[index].id == records[last].targetId:
                return index
    return last


def _trajectory(
    harness: str, unit: Unit, file: _File, reader: PathReader, path: list[int], branch: int
) -> Iterator[Trajectory]:
    header = file.header
    first = file.records[path[0]]
    session = header.id if header and header.id else PurePosixPath(unit.path).stem
    # Ids of records have 8 hex digits: the time beside it makes the first one's unique.
    own_key = f"{first.id}@{first.timestamp}" if first.id else f"{session}/0"
    found = reader.build(
        id=trajectory_id(harness, own_key, None, branch),
        session_id=session,
        harness=harness,
        branch=branch,
        project=header.cwd if header else None,
        parent_session=_parent(header),
    )
    if found is not None:
        yield found


def _parent(header: Record | None) -> str | None:
    """Id of the session that this one was forked from: the log names its file."""
    if header is None:
        return None
    named = header.parentSession or header.branchedFrom
    if not named:
        return None
    stem = PurePosixPath(named.replace("\\", "/")).name.removesuffix(".jsonl")
    return stem.rpartition("_")[2] or None
