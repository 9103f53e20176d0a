"""ATIF (Agent Trajectory Interchange Format, versions 1.x): a JSON document, or one a line.

A record is a step; a document that is no trajectory counts as one. Sub-agents that are embedded are
trajectories of their own. Copied context and steps without a model call behind them are not learnt.
The format has no error flag: what is read is `is_error`, `exit_code` or `status` in a result's
`extra`, and a `reward` in `extra` or `final_metrics`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from trajset.sources.atif.trajectory import Reader
from trajset.sources.head import Head
from trajset.sources.json_rows import json_rows
from trajset.sources.tally import Tally
from trajset.sources.unit import Fields, Store, Unit, single_files
from trajset.trajectory import Trajectory

NAME = "atif"
TITLE = "ATIF"
STORE = Store(suffixes=(".json", ".jsonl"))
VERSIONS = "ATIF-v1.0 to v1.8"
FIELDS = Fields(
    reasoning="yes",
    status="partly",
    exit_code="partly",
    ids="yes",
    times="yes",
    model="yes",
    usage="yes",
    tool_schemas="yes",
    branches="never",
    subagents="yes",
    compaction="no",
)


def claims(head: Head) -> bool:
    """Whether a file holds trajectories whose schema version names ATIF."""
    return any(_is_atif(row.get("schema_version")) for row in head.objects)


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a file."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """Each trajectory, followed by those of its sub-agents.

    Raises:
        SourceError: the file is one JSON document that breaks off.
    """
    name = PurePosixPath(unit.path).stem
    for line, row in json_rows(unit.path, tally):
        if isinstance(row, dict) and isinstance(row.get("steps"), list):
            yield from Reader(NAME, row, f"{name}/{line}", tally).read()
        else:
            tally.skip("malformed_record")


def _is_atif(version: object) -> bool:
    return isinstance(version, str) and version.startswith("ATIF-v1")
