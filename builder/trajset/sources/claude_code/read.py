"""Reading one log: records, conversations, paths, steps."""

from __future__ import annotations

from typing import Any

from trajset.sources.claude_code.fates import Fates
from trajset.sources.claude_code.records import Record, load
from trajset.sources.claude_code.session import BOOKKEEPING, Session, session
from trajset.sources.claude_code.steps import Steps
from trajset.sources.claude_code.threads import (
    CHAIN,
    Thread,
    first_text,
    inline_delegations,
    threads,
)
from trajset.sources.claude_code.tree import Path, paths
from trajset.sources.ids import trajectory_id
from trajset.sources.tally import Tally
from trajset.sources.unit import SourceError, Unit
from trajset.trajectory import Trajectory

NAME = "claude_code"


def read(unit: Unit, tally: Tally) -> list[Trajectory]:
    """The trajectories of a log: the main one, its abandoned branches, sub-agents inside it.

    Raises:
        SourceError: the file cannot be read.
    """
    found: list[Trajectory] = []
    for place in unit.files:
        try:
            records, lines = load(place, tally)
        except (OSError, EOFError) as error:
            raise SourceError(
                f"{place}: expected a readable file, found {type(error).__name__}"
            ) from None
        found += _Log(records, lines, tally).trajectories()
    return found


class _Log:
    """The records of one file on their way to trajectories."""

    def __init__(self, records: list[Record], lines: list[int], tally: Tally) -> None:
        self._records = records
        self._lines = lines
        self._tally = tally
        self._fates = Fates(len(records))
        self._session: Session = session(records)
        self._retracted = {u for r in records for u in r.retracted_message_uuids or ()}

    def trajectories(self) -> list[Trajectory]:
        """All trajectories; afterwards every record is counted in the tally."""
        self._set_bookkeeping_aside()
        found, repeated = threads(self._records)
        for position in repeated:
            self._fates.skip(position, "repeated_record")
        if repeated:
            self._tally.repair("repeated_record", len(repeated))
        inline = inline_delegations(self._records, found)
        built: list[Trajectory] = []
        for thread in found:
            if thread.is_agent and first_text(self._records, thread) == "Warmup":
                for position in thread.chain:
                    self._fates.skip(position, "warmup_agent")
                continue
            built += self._thread(thread, {} if thread.is_agent else inline)
        self._fates.count(self._tally, otherwise="abandoned_without_answer")
        return built

    def _set_bookkeeping_aside(self) -> None:
        for position, record in enumerate(self._records):
            kind = record.type
            if kind in CHAIN:
                continue
            if position in self._session.used:
                self._fates.use(position)
            elif position in self._session.replaced:
                self._fates.skip(position, f"replaced_{kind}")
            elif kind in BOOKKEEPING:
                self._fates.skip(position, kind or "")
            else:
                self._fates.unknown(position, kind or "")

    def _thread(self, thread: Thread, inline: dict[str, str]) -> list[Trajectory]:
        leaf = None if thread.is_agent else self._session.leaf_uuid
        ways, left_out = paths(self._records, thread.chain, leaf, self._tally)
        if left_out:
            self._tally.note("branches_left_out", left_out)
        built = [self._trajectory(thread, way, inline) for way in ways]
        return [trajectory for trajectory in built if trajectory is not None]

    def _trajectory(self, thread: Thread, way: Path, inline: dict[str, str]) -> Trajectory | None:
        # What branches share with the kept path has been counted as repaired there.
        steps = Steps(self._lines, self._fates, self._tally if way.branch == 0 else Tally())
        for position in way.records:
            record = self._records[position]
            if self._retracted and record.uuid in self._retracted:
                self._fates.skip(position, "retracted_message")
            else:
                steps.add(position, record)
        own = self._records[way.first_own]
        key = own.uuid or f"{thread.session_id}:{self._lines[way.first_own]}"
        return steps.build(
            inline,
            id=trajectory_id(NAME, key, thread.agent, way.branch),
            harness=NAME,
            branch=way.branch,
            agent=thread.agent,
            parent_session=thread.session_id if thread.is_agent else None,
            continues=thread.continues,
            ends_with=self._ends_with(way),
            **self._described(thread, way),
        )

    def _ends_with(self, way: Path) -> str | None:
        """Key of the path's last record, which a later slice may name as its parent."""
        return next(
            (u for i in reversed(way.records) if (u := self._records[i].uuid) is not None), None
        )

    def _described(self, thread: Thread, way: Path) -> dict[str, Any]:
        """Fields that stand on the records: of the place the first, of the version the last."""
        first = [self._records[i] for i in way.records]
        return {
            "session_id": thread.session_id,
            "project": next((r.cwd for r in first if r.cwd), None),
            "harness_version": next((r.version for r in reversed(first) if r.version), None),
            "git_branch": next((r.git_branch for r in reversed(first) if r.git_branch), None),
            "title": None if thread.is_agent else self._session.title,
            "repository": self._session.repository,
        }
