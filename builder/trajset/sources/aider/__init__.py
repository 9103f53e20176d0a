"""Aider: `.aider.chat.history.md`, a Markdown file that every session is appended to.

A unit is one session: the bytes from a `# aider chat started at` line to the next. A record is a
run of lines of one speaker: the header, what a person typed (`####`), a console message (`>`), or
text of the model. Aider ends the lines that it writes itself with two spaces; quoted text that only
looks like them has none. Lines are counted from the session's first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from trajset.sources.aider.blocks import HEADER, Block, blocks_of
from trajset.sources.aider.chat import Chat
from trajset.sources.files import open_binary, read_bytes
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.sources.unit import Fields, Store, Unit
from trajset.trajectory import Trajectory

__all__ = ["FIELDS", "NAME", "STORE", "TITLE", "VERSIONS", "claims", "read", "units"]

NAME = "aider"
TITLE = "Aider"
STORE = Store(suffixes=(".md",))  # in each project's folder: no place of its own
VERSIONS = "0.50-0.86"
FIELDS = Fields(
    reasoning="no",
    status="partly",
    exit_code="never",
    ids="never",
    times="partly",
    model="yes",
    usage="partly",
    tool_schemas="never",
    branches="never",
    subagents="never",
    compaction="never",
)
_HEADER = re.compile(rb"^# aider chat started at [0-9: -]{19}[ \t]*\r?$", re.MULTILINE)
_CONSOLE = re.compile(
    rb"^> (?:Aider v\d|Tokens: [\d.,]+k? sent|Applied edit to |Repo-map: )", re.MULTILINE
)
_TYPED = re.compile(rb"^#### .*  \r?$", re.MULTILINE)


def claims(head: Head) -> bool:
    """Whether this is a chat history; one that lost its first header is known by its lines."""
    if head.data.lstrip()[:1] in (b"{", b"<"):
        return False
    if _HEADER.search(head.data):
        return True
    return bool(_CONSOLE.search(head.data) and _TYPED.search(head.data))


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a session; sessions that began in the same second are one."""
    for file in files:
        data = read_bytes(file)
        starts: list[tuple[int, bytes]] = []
        for match in _HEADER.finditer(data):
            if not starts and data[: match.start()].strip():
                starts.append((0, b""))  # the end of a session whose header is gone
            if not starts or starts[-1][1] != match[0].strip():
                starts.append((match.start() if starts else 0, match[0].strip()))
        if not starts:
            starts.append((0, b""))
        for index, (start, _) in enumerate(starts):
            end = starts[index + 1][0] if index + 1 < len(starts) else len(data)
            yield Unit(
                harness=NAME, path=file, files=(file,), start=start, end=end, size=end - start
            )


def read(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """The session, if somebody said something to the model in it."""
    with open_binary(unit.path) as file:
        file.seek(unit.start)
        data = file.read() if unit.end is None else file.read(unit.end - unit.start)
    text = data.decode("utf-8", errors="replace")
    started: str | None = None
    prompt = ""
    counted = Tally()
    chat = Chat(counted)
    blocks: list[Block] = blocks_of(text)
    for index, block in enumerate(blocks):
        if block.kind == "header":
            match = HEADER.match(block.text)
            started = match[1] if match and started is None else started
            chat.header()
        elif block.kind == "typed":
            prompt = prompt or block.text
            chat.typed(block)
        elif block.kind == "console":
            chat.console(block, blocks[index + 1 : index + 2])
        else:
            chat.said(block)
    if not chat.spoken:
        tally.skip("session_without_prompt", counted.read)
        return
    tally.add(counted)
    session_id = started or "before the first header"
    trajectory = chat.build(
        # Sessions have no id, and scripts start many in one second: their prompts differ in length.
        id=trajectory_id(NAME, f"{session_id}#{len(prompt)}", None, 0),
        session_id=session_id,
        harness=NAME,
        started_at=to_ms(started),
    )
    if trajectory is not None:
        yield trajectory
