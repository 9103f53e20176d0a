"""Taking a log apart into conversations: the main one, and the sub-agents that run inside it."""

from __future__ import annotations

from msgspec import Struct, field

from trajset.sources.claude_code.records import Record, blocks

CHAIN = frozenset({"user", "assistant", "attachment", "system", "progress"})
"""Record types that stand in the tree."""

_TASK_TOOLS = frozenset({"Task", "Agent"})


class Thread(Struct):
    """One conversation in a log: the positions of its records, in file order."""

    session_id: str
    agent: str | None = None
    """Id of the sub-agent; of one inside the file (1.0.x) the uuid of its first record."""
    inline: bool = False
    """A sub-agent of 1.0.x, which the log links to its call by nothing but the prompt."""
    continues: str | None = None
    """Parent of the first record, where it is not in this file."""
    chain: list[int] = field(default_factory=list)

    @property
    def is_agent(self) -> bool:
        """Whether a sub-agent speaks here."""
        return self.agent is not None


def threads(records: list[Record]) -> tuple[list[Thread], list[int]]:
    """The conversations, main ones first, and the positions of records that repeat another's uuid.

    Records without a known parent go to the main conversation of their session, or to their
    agent's; a sidechain without an agent id begins with each record that has no parent.
    """
    found: dict[tuple[str, str], Thread] = {}
    thread_of: dict[str, Thread] = {}
    repeated: list[int] = []
    for i, record in enumerate(records):
        if record.type not in CHAIN:
            continue
        uuid = record.uuid
        if uuid is not None and uuid in thread_of:
            repeated.append(i)
            continue
        parent = record.parent_uuid or record.logical_parent_uuid
        thread = thread_of.get(parent) if parent is not None else None
        if thread is None or thread.is_agent is not bool(record.is_sidechain):
            thread = _thread(found, record, uuid or f"record {i}")
            if not thread.chain and parent is not None and parent not in thread_of:
                thread.continues = parent
        thread.chain.append(i)
        if uuid is not None:
            thread_of[uuid] = thread
    return sorted(found.values(), key=lambda t: (t.is_agent, t.chain[0])), repeated


def _thread(found: dict[tuple[str, str], Thread], record: Record, name: str) -> Thread:
    session = record.session_id or ""
    if not record.is_sidechain:
        key = ("main", session)
    elif record.agent_id:
        key = ("agent", record.agent_id)
    else:
        key = ("inline", name)
    thread = found.get(key)
    if thread is None:
        agent = None if key[0] == "main" else key[1]
        thread = Thread(session_id=session, agent=agent, inline=key[0] == "inline")
        found[key] = thread
    return thread


def inline_delegations(records: list[Record], found: list[Thread]) -> dict[str, str]:
    """Sub-agent -> id of the call that started it, where only the prompt links the two.

    Calls with the same prompt are given to their sub-agents in order.
    """
    if not any(thread.inline for thread in found):
        return {}
    calls: dict[str, list[str]] = {}
    for record in records:
        if record.type != "assistant":
            continue
        for block in blocks(record):
            prompt = block.input.get("prompt") if isinstance(block.input, dict) else None
            if block.name in _TASK_TOOLS and isinstance(prompt, str) and block.id:
                calls.setdefault(prompt.strip(), []).append(block.id)
    links: dict[str, str] = {}
    for thread in found:
        waiting = calls.get(first_text(records, thread)) if thread.inline else None
        if waiting and thread.agent is not None:
            links[thread.agent] = waiting.pop(0)
    return links


def first_text(records: list[Record], thread: Thread) -> str:
    """What the first user record of a thread says."""
    first = next((records[i] for i in thread.chain if records[i].type == "user"), None)
    return "\n".join(b.text for b in blocks(first) if b.text).strip() if first is not None else ""
