"""OpenClaw: the session format of pi (version 3), with entries of its own.

A record is a line. See `trajset.sources.pi` for how it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trajset.sources.head import Head
from trajset.sources.pi.reading import read_session
from trajset.sources.pi.records import is_lineage, is_openclaw
from trajset.sources.tally import Tally
from trajset.sources.unit import Fields, Store, Unit, single_files
from trajset.trajectory import Trajectory

NAME = "openclaw"
TITLE = "OpenClaw"
STORE = Store(
    linux=("$OPENCLAW_STATE_DIR/agents", "~/.openclaw/agents"),
    macos=("$OPENCLAW_STATE_DIR/agents", "~/.openclaw/agents"),
    windows=("$OPENCLAW_STATE_DIR/agents", "~/.openclaw/agents"),
)
VERSIONS = "session format 3"
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
    subagents="no",
    compaction="yes",
)


def claims(head: Head) -> bool:
    """Whether a file is an OpenClaw session."""
    return is_lineage(head) and is_openclaw(head)


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a file."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterable[Trajectory]:
    """The kept path of a session, then its abandoned branches."""
    return read_session(NAME, unit, tally)
