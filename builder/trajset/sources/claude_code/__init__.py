"""Claude Code: `~/.claude/projects/<folder of the project>/<session>.jsonl`.

JSON Lines; a record is a line (each object, where a damaged line holds several). The records of a
conversation form a tree by `parentUuid`; each piece of a streamed response is a record of its own.
Sub-agents stand in files of their own (`agent-<id>.jsonl`, or in a folder `subagents`), in 1.0.x
inside the session's file. Bookkeeping records are skipped under their type names, attachments and
notices that hold no text which the model saw under `attachment_…` and `system_…`, `progress` under
its name; `agent_progress` repeats messages that a sub-agent's own file holds. What was said on an
abandoned branch and never answered is `abandoned_without_answer`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trajset.sources.claude_code.catalog import TOOLS
from trajset.sources.claude_code.read import NAME, read
from trajset.sources.claude_code.session import BOOKKEEPING
from trajset.sources.claude_code.threads import CHAIN
from trajset.sources.head import Head
from trajset.sources.unit import Fields, Store, Unit, single_files

__all__ = [
    "FIELDS",
    "NAME",
    "NAMED_BY_PATH",
    "STORE",
    "TITLE",
    "TOOLS",
    "VERSIONS",
    "claims",
    "read",
    "units",
]

TITLE = "Claude Code"
_PLACES = ("~/.claude/projects", "~/.config/claude/projects", "$CLAUDE_CONFIG_DIR/projects")
STORE = Store(linux=_PLACES, macos=_PLACES, windows=_PLACES)
NAMED_BY_PATH = False
VERSIONS = "1.0.95 – 2.1.219"
FIELDS = Fields(
    reasoning="partly",
    status="yes",
    exit_code="partly",
    ids="yes",
    times="yes",
    model="yes",
    usage="yes",
    tool_schemas="partly",
    branches="yes",
    subagents="yes",
    compaction="yes",
)

_TELLTALE = {
    "summary": "leafUuid",
    "file-history-snapshot": "snapshot",
    "file-history-delta": "snapshotMessageId",
    "attribution-snapshot": "messageId",
}


def claims(head: Head) -> bool:
    """Whether one of the first records is of this format."""
    return any(_is_record(record) for record in head.objects)


def units(files: Sequence[str]) -> list[Unit]:
    """Each file is a unit: sub-agents, forks and slices are joined by the plan."""
    return single_files(NAME, files)


def _is_record(record: dict[str, Any]) -> bool:
    kind = record.get("type")
    if "parentUuid" in record and "isSidechain" in record:
        return True
    if not isinstance(kind, str):
        return False
    if kind in CHAIN:
        message = record.get("message")
        return "uuid" in record and "sessionId" in record and _is_message(message)
    if kind in _TELLTALE:
        return _TELLTALE[kind] in record
    return (kind in BOOKKEEPING or kind in ("custom-title", "ai-title", "pr-link")) and (
        "sessionId" in record
    )


def _is_message(message: Any) -> bool:
    return isinstance(message, dict) and "content" in message
