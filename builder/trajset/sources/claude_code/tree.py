"""The tree of a conversation: which records lie on the path that was kept, which on abandoned ones.

Records are gathered into nodes first: all pieces of one response with its results and with what the
harness wrote between them (progress, attachments, notices) are one node, so that a tool result
beside the next piece of the response is no branch. A prompt is a node, a compaction is a node.
What then forks is an edited, rewound or repeated turn. The tree only chooses branches; the order
of reading is the order in the file.
"""

from __future__ import annotations

from msgspec import UNSET, Struct

from trajset.sources.claude_code.origins import origin_of
from trajset.sources.claude_code.records import Record, blocks, own_id
from trajset.sources.tally import Tally

MAX_BRANCHES = 64
"""Abandoned branches that are read of one conversation; each repeats its path from the root."""

_NEAR = 64
"""How many nodes up a late piece of a response is looked for."""


class Path(Struct, gc=False):
    """One way through the tree: positions of records, in file order."""

    branch: int
    records: list[int]
    first_own: int
    """Position of the first record that no earlier path holds."""


class _Node:
    __slots__ = ("asks", "children", "last", "model", "parent", "records")

    def __init__(self, parent: int) -> None:
        self.parent = parent
        self.children: list[int] = []
        self.records: list[int] = []
        self.last = -1  # this and the flags: of the node, and after `_sum_up` of its whole subtree
        self.model = False
        self.asks = False


def paths(
    records: list[Record], chain: list[int], leaf_uuid: str | None, tally: Tally
) -> tuple[list[Path], int]:
    """The kept path (branch 0), then the abandoned ones, and how many of those were left out.

    `chain` holds the positions of one conversation's records, in file order. `leaf_uuid` is the
    leaf that the log's last word names. Missing parents are counted as repaired.
    """
    nodes, node_of = _nodes(records, chain, tally)
    _sum_up(nodes)
    last = next((i for i in reversed(chain) if records[i].message is not None), chain[-1])
    leaf = next(n for n in reversed(range(len(nodes))) if last in nodes[n].records)
    named = node_of.get(leaf_uuid) if leaf_uuid is not None else None
    if named is not None and not _is_above(nodes, named, leaf):
        leaf = named
    else:
        leaf = _descend(nodes, leaf)
    kept = _way(nodes, leaf)
    if len(kept) == len(nodes):
        return [Path(branch=0, records=chain, first_own=chain[0])], 0
    found = [Path(branch=0, records=_records(nodes, kept), first_own=chain[0])]
    ends = [
        n
        for n, node in enumerate(nodes)
        if node.model and n not in kept and not any(nodes[c].model for c in node.children)
    ]
    taken = set(kept)
    for end in ends[:MAX_BRANCHES]:
        way = _way(nodes, end)
        first = min(way - taken)
        taken |= way
        found.append(
            Path(
                branch=len(found),
                records=_records(nodes, way),
                first_own=nodes[first].records[0],
            )
        )
    return found, max(0, len(ends) - MAX_BRANCHES)


def _nodes(
    records: list[Record], chain: list[int], tally: Tally
) -> tuple[list[_Node], dict[str | None, int]]:
    """The nodes, parents before children, and the node of each uuid."""
    linear = _is_linear(records, chain)
    nodes: list[_Node] = []
    node_of: dict[str | None, int] = {}
    responses: dict[str, int] = {}
    here = -1
    for i in chain:
        record = records[i]
        kind = record.type
        starts = _starts_a_node(record)
        parent = record.parent_uuid
        if kind == "system" and starts:
            parent = record.logical_parent_uuid or UNSET
        if isinstance(parent, str) and parent in node_of:
            up = node_of[parent]
        elif parent is None and kind == "user" and starts and not linear:
            up = -1
        else:
            up = here
            if isinstance(parent, str) and here != -1:
                tally.repair("missing_parent")
        if kind == "assistant":
            response = own_id(record)
            known = responses.get(response) if response is not None else None
            if known is not None and _is_near(nodes, known, up):
                here = known
            else:
                here = _add(nodes, up)
                if response is not None:
                    responses[response] = here
                nodes[here].model = True
        elif starts or up == -1:
            here = _add(nodes, up)
            nodes[here].asks = starts and kind == "user" and _asks(record)
        else:
            here = up
        node = nodes[here]
        node.records.append(i)
        node.last = i
        node_of[record.uuid] = here
    return nodes, node_of


def _starts_a_node(record: Record) -> bool:
    """Whether a record is a prompt or a compaction."""
    if record.type == "user":
        content = record.message.content if record.message is not None else None
        if isinstance(content, list):
            for block in content:
                if block.type == "tool_result":
                    return False
        return True
    return record.type == "system" and record.subtype == "compact_boundary"


def _add(nodes: list[_Node], parent: int) -> int:
    nodes.append(_Node(parent))
    if parent != -1:
        nodes[parent].children.append(len(nodes) - 1)
    return len(nodes) - 1


def _is_linear(records: list[Record], chain: list[int]) -> bool:
    """Whether a log links nothing: an answer without a parent is never written by Claude Code."""
    return any(records[i].parent_uuid is None and records[i].type == "assistant" for i in chain[1:])


def _asks(record: Record) -> bool:
    return any(
        origin_of(record, block.text or "") in ("human", "environment") for block in blocks(record)
    )


def _sum_up(nodes: list[_Node]) -> None:
    """Turn each node's `last` and flags into those of its subtree."""
    for node in reversed(nodes):
        if node.parent != -1:
            parent = nodes[node.parent]
            parent.last = max(parent.last, node.last)
            parent.model = parent.model or node.model
            parent.asks = parent.asks or node.asks


def _is_near(nodes: list[_Node], above: int, node: int) -> bool:
    for _ in range(_NEAR):
        if node <= above:
            return node == above
        node = nodes[node].parent
    return False


def _is_above(nodes: list[_Node], above: int, node: int) -> bool:
    while node > above:
        node = nodes[node].parent
    return node == above


def _descend(nodes: list[_Node], node: int) -> int:
    """Follow the newest child that somebody or the model speaks in, down to a leaf."""
    while True:
        spoken = [c for c in nodes[node].children if nodes[c].model or nodes[c].asks]
        if not spoken:
            return node
        node = max(spoken, key=lambda c: nodes[c].last)


def _way(nodes: list[_Node], leaf: int) -> set[int]:
    """The nodes from the root to a leaf, with what hangs beside them and says nothing of its own:
    notices and expanded skills that follow one of several results.
    """
    way = set()
    node = leaf
    while node != -1:
        way.add(node)
        node = nodes[node].parent
    for n, node_n in enumerate(nodes):
        if not node_n.model and not node_n.asks and (node_n.parent == -1 or node_n.parent in way):
            way.add(n)
    return way


def _records(nodes: list[_Node], way: set[int]) -> list[int]:
    return sorted(i for n in way for i in nodes[n].records)
