"""DeepSeek Harness (dsh): JSON Lines, a header and numbered events.

A record is a line. Chunks repeat what the finished messages say, `tool/call` repeats a call of the
assistant's message (it is used where that line was lost), inbox records repeat user messages. A
compaction is a user message that replaces earlier ones: it starts a segment. The bash tool reports
its exit code in the last line of its output, and no error: that counts as reported. Sub-agents have
a file of their own, whose header names the parent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from trajset.sources.deepseek_harness.catalog import TOOLS as TOOLS
from trajset.sources.deepseek_harness.events import DATA, SKIPPED, again, data_of, decoder
from trajset.sources.deepseek_harness.session import Session
from trajset.sources.head import Head
from trajset.sources.records import json_lines
from trajset.sources.tally import Tally
from trajset.sources.unit import Fields, Store, Unit, single_files
from trajset.trajectory import Trajectory

NAME = "deepseek_harness"
TITLE = "DeepSeek Harness (dsh)"
STORE = Store(
    linux=("$DSH_HOME/sessions", "~/.dsh/sessions"),
    macos=("$DSH_HOME/sessions", "~/.dsh/sessions"),
    windows=("$DSH_HOME/sessions", "~/.dsh/sessions"),
    suffixes=(".jsonl", ".zstd"),
)
VERSIONS = "session format 0"
FIELDS = Fields(
    reasoning="yes",
    status="yes",
    exit_code="partly",
    ids="yes",
    times="yes",
    model="yes",
    usage="yes",
    tool_schemas="yes",
    branches="no",
    subagents="yes",
    compaction="yes",
)


def claims(head: Head) -> bool:
    """Whether a file is a dsh session: its header, or numbered events with data."""
    for record in head.objects:
        if record.get("type") == "session" and isinstance(record.get("createdAt"), int):
            return "timestamp" not in record
        numbered = isinstance(record.get("seq", record.get("seq0")), int)
        timed = isinstance(record.get("time", record.get("time0")), int)
        if numbered and timed and isinstance(record.get("data"), dict) and "type" in record:
            return True
    return False


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a file."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """The one trajectory of a session file."""
    session = Session(NAME, PurePosixPath(unit.path).parent.name, tally)
    for line, typed, value in json_lines(unit.path, tally, decoder):
        event = typed if typed is not None else again(value)
        if event is None:
            tally.skip("malformed_record")
        elif event.type == "session":
            if session.begin(event):
                tally.use()
            else:
                tally.skip("repeated_header")
        elif event.type in SKIPPED:
            tally.skip(SKIPPED[event.type])
        elif event.type not in DATA:
            tally.skip_unknown(event.type)
        elif (data := data_of(event, tally)) is None:
            tally.skip("malformed_record")
        elif session.add(event, data, line):
            tally.use()
        else:
            tally.skip("repeated_call" if event.type == "tool/call" else "empty_message")
    yield from session.build()
