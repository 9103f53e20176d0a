"""pi (`pi-coding-agent`): JSON Lines, a header and records that form a tree.

A record is a line. Versions 2 and 3 link records by `id` and `parentId`; in version 1 they follow
each other. The kept path ends at the last record of the file (or where a `leaf` record points).
A compaction starts a segment with its summary; what pi kept of the conversation before it is not
repeated there. `!commands` of the user are environment messages. Turns that were aborted or failed
are not learnt; the error of a failed one is a message of its response.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trajset.sources.head import Head
from trajset.sources.pi.catalog import TOOLS as TOOLS
from trajset.sources.pi.reading import read_session
from trajset.sources.pi.records import is_lineage, is_openclaw
from trajset.sources.tally import Tally
from trajset.sources.unit import Fields, Store, Unit, single_files
from trajset.trajectory import Trajectory

NAME = "pi"
TITLE = "pi"
STORE = Store(
    linux=("$PI_CODING_AGENT_DIR/sessions", "~/.pi/agent/sessions"),
    macos=("$PI_CODING_AGENT_DIR/sessions", "~/.pi/agent/sessions"),
    windows=("$PI_CODING_AGENT_DIR/sessions", "~/.pi/agent/sessions"),
)
VERSIONS = "session formats 1 and 3"
FIELDS = Fields(
    reasoning="yes",
    status="yes",
    exit_code="partly",
    ids="yes",
    times="yes",
    model="yes",
    usage="yes",
    tool_schemas="never",
    branches="yes",
    subagents="never",
    compaction="yes",
)


def claims(head: Head) -> bool:
    """Whether a file is a pi session."""
    return is_lineage(head) and not is_openclaw(head)


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a file."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterable[Trajectory]:
    """The kept path of a session, then its abandoned branches."""
    return read_session(NAME, unit, tally)
