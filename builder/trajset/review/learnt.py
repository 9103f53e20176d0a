"""What is learnt of the responses in a `codeact` row: found again in the rows for training.

`codeact` says what happened, and the other configs what is learnt. A response is the same in both
where its thought, calls and answer are equal; one that is not found (a budget shortened it, or its
config was not built) is left unmarked rather than guessed.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from trajset.review.stored import Row

Json = dict[str, Any]
Said = tuple[str, str, bytes]
"""(thought, answer, calls) of a response."""


class Responses:
    """The responses of one trajectory's training rows.

    Args:
        rows: (config, row) of all of its rows, in the order in which the page has them.
    """

    def __init__(self, rows: Sequence[tuple[str, Row]]) -> None:
        self._learnt: dict[Said, deque[bool]] = defaultdict(deque)
        self._links: dict[bytes, list[tuple[int, str]]] = defaultdict(list)
        happened: Counter[Said] = Counter()
        for number, (config, row) in enumerate(rows):
            if config == "codeact":
                happened.update(said for _, _, said in _responses(row["trajectory"]))
            elif config == "chat":
                for message in row["messages"]:
                    if message["role"] == "assistant":
                        self._learnt[_said(message)].append(message["train"])
            elif config == "error_recovery":
                self._link(row["completion"], number, "repair")
            elif config == "preference":
                self._link(row["chosen"], number, "chosen")
                self._link(row["rejected"], number, "rejected")
        for said, flags in list(self._learnt.items()):
            if len(flags) != happened[said] and len(set(flags)) > 1:
                del self._learnt[said]  # which of them is which cannot be told

    def marks(self, entries: Sequence[Json]) -> tuple[list[bool | None], list[list[Any]]]:
        """(is each entry learnt, None where unknown; [[entry, row, what it is there]…])."""
        learnt: list[bool | None] = [None] * len(entries)
        links: list[list[Any]] = []
        for start, stop, said in _responses(entries):
            if flags := self._learnt.get(said):
                learnt[start:stop] = [flags.popleft()] * (stop - start)
            links += [[stop - 1, row, what] for row, what in self._links.get(said[2], ())]
        return learnt, links

    def _link(self, side: Sequence[Json], row: int, what: str) -> None:
        for message in side:
            if message.get("tool_calls"):
                self._links[_said(message)[2]].append((row, what))


def _said(message: Json) -> Said:
    """What an assistant message says, as `codeact` divides it."""
    calls = [
        (call["function"]["name"], call["function"]["arguments"])
        for call in message.get("tool_calls") or ()
    ]
    reasoning, text = message.get("reasoning_content", ""), message["content"]
    if calls:
        return "\n\n".join(part for part in (reasoning, text) if part), "", _calls(calls)
    return reasoning, text, _calls(calls)


def _calls(calls: Sequence[tuple[str, Any]]) -> bytes:
    return msgspec.json.encode(calls)


def _responses(entries: Sequence[Json]) -> Iterator[tuple[int, int, Said]]:
    """(start, end, what it says) of each response: a thought with its actions, or an answer."""
    at = 0
    while at < len(entries):
        start, thought, answer = at, "", ""
        calls: list[tuple[str, Any]] = []
        if entries[at]["role"] == "thought":
            thought = entries[at]["content"]
            at += 1
        if at < len(entries) and entries[at]["role"] == "response":
            answer = entries[at]["content"]
            at += 1
        else:
            while at < len(entries) and entries[at]["role"] == "action":
                calls.append((entries[at]["tool"], entries[at]["args"]))
                at += 1
        if at > start:
            yield start, at, (thought, answer, _calls(calls))
        else:
            at += 1
