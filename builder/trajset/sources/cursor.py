"""Cursor: agent transcripts, one message a line (`{role, message: {content: [...]}}`).

A record is a line, a unit is a file. Transcripts as Cursor writes them hold calls without results,
and neither times nor a model; exports add a header (`cursor_session_meta`), the tools and results.
A record of the assistant is a response of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

import msgspec

from trajset.sources.assemble import Assembler
from trajset.sources.content import text_of
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.lenient import items, mapping
from trajset.sources.records import json_lines
from trajset.sources.responses import word
from trajset.sources.schema import recorded_tool
from trajset.sources.tally import Tally
from trajset.sources.unit import Fields, Store, Unit, single_files
from trajset.trajectory import Origin, Response, Status, Trajectory

NAME = "cursor"
TITLE = "Cursor"
STORE = Store(
    linux=("~/.cursor/projects",),
    macos=("~/.cursor/projects",),
    windows=("$USERPROFILE/.cursor/projects",),
)
VERSIONS = "transcripts of 2026 (they name no version)"
FIELDS = Fields(
    reasoning="partly",
    status="partly",
    exit_code="no",
    ids="partly",
    times="never",
    model="partly",
    usage="never",
    tool_schemas="partly",
    branches="no",
    subagents="no",
    compaction="no",
)

_OWN_TYPES = frozenset({"cursor_session_meta", "cursor_available_tools"})
_ENVELOPE = frozenset({"role", "message"})
_OPENING, _CLOSING = "<user_query>", "</user_query>"

_decoder = msgspec.json.Decoder(dict[str, Any])


def claims(head: Head) -> bool:
    """Whether the file has Cursor's header, or messages in its bare envelope."""
    return any(
        word(record.get("type")) in _OWN_TYPES
        or (
            set(record) == _ENVELOPE
            and word(record["role"]) in ("user", "assistant")
            and set(mapping(record["message"])) == {"content"}
        )
        for record in head.objects
    )


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a transcript."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterable[Trajectory]:
    """The conversation of a transcript.

    Raises:
        OSError: the file cannot be read.
    """
    transcript = _Transcript(tally)
    for line, record, _ in json_lines(unit.path, tally, _decoder):
        if record is None:
            tally.skip("wrong_type")
        else:
            transcript.add(record, line)
    session = transcript.session or PurePath(unit.path).name.split(".", 1)[0]
    trajectory = transcript.assembler.build(
        id=trajectory_id(NAME, session, None, 0),
        session_id=session,
        harness=NAME,
        model=transcript.model,
        responses=transcript.responses,
        tools=tuple(transcript.tools),
    )
    if trajectory is not None:
        tally.note("trajectories")
        yield trajectory


class _Transcript:
    def __init__(self, tally: Tally) -> None:
        self.assembler = Assembler(tally)
        self.session: str | None = None
        self.model: str | None = None
        self.tools: list[dict[str, Any]] = []
        self.responses: dict[str, Response] = {}
        self._tally = tally

    def add(self, record: dict[str, Any], line: int) -> None:
        """Take one record and count it."""
        kind, role = record.get("type"), word(record.get("role"))
        if kind == "cursor_session_meta":
            self.session = word(record.get("session_id")) or self.session
            self.model = word(record.get("model")) or self.model
            self._tally.use()
        elif kind == "cursor_available_tools":
            self._offer(items(record.get("tools")))
            self._tally.use()
        elif kind == "turn_ended":
            self._tally.skip("turn_ended")
        elif role not in ("user", "assistant"):
            self._tally.skip_unknown(kind if role is None else role)
        else:
            content = mapping(record.get("message")).get("content")
            blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
            taken = [b for b in items(blocks) if isinstance(b, dict)]
            if role == "user":
                self._user(taken, line)
            else:
                self._assistant(taken, line)
            self._tally.use()

    def _offer(self, tools: list[Any]) -> None:
        for tool in tools:
            function = mapping(mapping(tool).get("function"))
            if (name := word(function.get("name"))) is not None:
                schema = recorded_tool(
                    name, function.get("description"), function.get("parameters")
                )
                self.tools.append(schema)

    def _user(self, blocks: list[dict[str, Any]], line: int) -> None:
        """A typed prompt stands in `user_query` tags where the harness adds text around it."""
        texts = [text_of([b], self._tally) for b in blocks if b.get("type") != "tool_result"]
        tagged = any(_OPENING in text for text in texts)
        for block in blocks:
            if block.get("type") == "tool_result":
                self.assembler.observation(
                    text_of(block.get("content"), self._tally),
                    call_id=word(block.get("tool_use_id")),
                    status=_status(block.get("is_error")),
                    line=line,
                )
        for text in texts:
            origin: Origin = "human" if not tagged or _OPENING in text else "harness"
            self.assembler.message("user", _unwrapped(text), origin, line=line)

    def _assistant(self, blocks: list[dict[str, Any]], line: int) -> None:
        response = f"line{line}"
        self.responses[response] = Response(model=self.model)
        for block in blocks:
            kind = block.get("type")
            if kind == "tool_use":
                self.assembler.call(
                    word(block.get("name")) or "",
                    block.get("input"),
                    call_id=word(block.get("id")),
                    response_id=response,
                    line=line,
                )
            elif kind in ("thinking", "reasoning"):
                text = word(block.get("thinking")) or word(block.get("text")) or ""
                self.assembler.reasoning(text, response_id=response, line=line)
            else:
                self.assembler.message(
                    "assistant",
                    text_of([block], self._tally),
                    "model",
                    response_id=response,
                    line=line,
                )


def _status(is_error: Any) -> Status:
    if not isinstance(is_error, bool):
        return "unknown"
    return "error" if is_error else "ok"


def _unwrapped(text: str) -> str:
    """A prompt without the tags that stand around the whole of it."""
    inner = text.strip()
    if inner.startswith(_OPENING) and inner.endswith(_CLOSING):
        return inner.removeprefix(_OPENING).removesuffix(_CLOSING).strip()
    return text
