"""What a log says about its session outside the conversation: title, repository, last leaf."""

from __future__ import annotations

from msgspec import Struct

from trajset.sources.claude_code.records import Record
from trajset.sources.claude_code.threads import CHAIN

_BOOKKEEPING_WORDS = """
agent-color agent-name agent-setting api-request api-request-blob api-request-shape
artifact-autoreact-ledger artifact-comment-monitor atis-latch attribution-snapshot
bridge-session content-replacement continued-in cost-state dev-mods ended-by-model
file-history-delta file-history-snapshot fork-context-ref frame-link history-suppression
isolation-latch last-prompt memory-mode mode observer-ref permission-mode queue-operation
relocated speculation-accept tag task-summary worktree-state
"""
BOOKKEEPING = frozenset(_BOOKKEEPING_WORDS.split())
"""Record types that hold nothing a trajectory needs, skipped under their own names."""


class Session(Struct):
    """Metadata of a log and where it stands (positions of records)."""

    title: str | None = None
    repository: str | None = None
    leaf_uuid: str | None = None
    """Leaf that the log's last word names; None where the conversation goes on after it."""
    used: set[int] = set()
    replaced: set[int] = set()
    """Titles and links that a later record replaces, or that belong to another session."""


def session(records: list[Record]) -> Session:
    """Collect the metadata: of repeated records the last wins; a title that a person gave wins
    over one that a model gave, and that over a summary.
    """
    titles: list[int | None] = [None, None, None]
    link: int | None = None
    leaf: str | None = None
    given: list[int] = []
    uuids: set[str | None] | None = None
    for i, record in enumerate(records):
        kind = record.type
        if kind in CHAIN:
            leaf = None
        elif kind == "last-prompt":
            leaf = record.leaf_uuid
        elif kind == "custom-title" and record.custom_title:
            titles[0] = i
            given.append(i)
        elif kind == "ai-title" and record.ai_title:
            titles[1] = i
            given.append(i)
        elif kind == "summary" and record.summary:
            given.append(i)
            uuids = {r.uuid for r in records} if uuids is None else uuids
            if record.leaf_uuid in uuids:
                titles[2] = i
        elif kind == "pr-link" and record.pr_repository:
            given.append(i)
            link = i
    best = next((i for i in titles if i is not None), None)
    title = None
    if best is not None:
        chosen = records[best]
        title = chosen.custom_title or chosen.ai_title or chosen.summary
    used = {i for i in (best, link) if i is not None}
    return Session(
        title=title,
        repository=records[link].pr_repository if link is not None else None,
        leaf_uuid=leaf,
        used=used,
        replaced=set(given) - used,
    )
