"""Cline and Roo Code: a task folder with the API conversation, the messages of the interface and
metadata.

A record is a message of `api_conversation_history.json`, an entry of `ui_messages.json` (used only
for times and, in older versions, usage), or one of the other files as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Any

from trajset.sources.cline.catalog import TOOLS
from trajset.sources.cline.conversation import Conversation
from trajset.sources.cline.task import Task
from trajset.sources.files import open_binary
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.lenient import items
from trajset.sources.records import json_document
from trajset.sources.tally import Tally
from trajset.sources.unit import Fields, SourceError, Store, Unit
from trajset.trajectory import Trajectory

__all__ = ["FIELDS", "NAME", "STORE", "TITLE", "TOOLS", "VERSIONS", "claims", "read", "units"]

NAME = "cline"
TITLE = "Cline, Roo Code"
_EXTENSIONS = ("saoudrizwan.claude-dev", "rooveterinaryinc.roo-cline")
_EDITORS = ("Code", "Code - Insiders", "Cursor", "Windsurf", "VSCodium")


def _stores(home: str) -> tuple[str, ...]:
    return tuple(
        f"{home}/{editor}/User/globalStorage/{extension}/tasks"
        for editor in _EDITORS
        for extension in _EXTENSIONS
    )


STORE = Store(
    linux=(*_stores("~/.config"), "~/.cline/data/tasks"),
    macos=(*_stores("~/Library/Application Support"), "~/.cline/data/tasks"),
    windows=(*_stores("$APPDATA"), "~/.cline/data/tasks"),
    suffixes=(".json", ".md"),
)
VERSIONS = "Cline 3.51; Cline and Roo Code with XML calls by their source"
FIELDS = Fields(
    reasoning="yes",
    status="partly",
    exit_code="partly",
    ids="partly",
    times="partly",
    model="yes",
    usage="yes",
    tool_schemas="never",
    branches="never",
    subagents="no",
    compaction="partly",
)
_FOCUS_CHAIN = b"# Focus Chain List for Task "
_HISTORY = frozenset({"api_conversation_history.json", "claude_messages.json"})
_OTHERS = ("ui_messages.json", "task_metadata.json", "focus_chain_taskid_")
_WRAPPERS = ("<task>", "<user_message>", "<environment_details>", "[TASK RESUMPTION]")


def claims(head: Head) -> bool:
    """Whether this is one of the files of a task folder."""
    if head.data.startswith(_FOCUS_CHAIN):
        return True
    if isinstance(head.document, dict):
        return _is_metadata(head.document)
    return isinstance(head.document, list) and _kind(list(head.objects)) is not None


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a task folder; a file with another name is a unit of its own."""
    groups: dict[str, list[str]] = {}
    for file in files:
        path = PurePath(file)
        folder = str(path.parent) if _is_known(path.name) else file
        groups.setdefault(folder, []).append(file)
    for folder, group in groups.items():
        yield Unit(harness=NAME, path=folder, files=tuple(group))


def read(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """The task as one trajectory; none where only the side files of a task are at hand.

    Raises:
        SourceError: the conversation is no JSON, or no list.
    """
    task = Task()
    history: list[Any] | None = None
    for file in unit.files:
        if _is_focus_chain(file):
            tally.skip("focus_chain")
            continue
        document = _document(file, tally)
        objects = [o for o in items(document) if isinstance(o, dict)]
        kind = _kind(objects)
        if isinstance(document, dict) and _is_metadata(document):
            task.metadata(document)
            tally.use()
        elif kind == "ui":
            task.interface(document, tally)
        elif kind == "api" or (history is None and PurePath(file).name in _HISTORY):
            if not isinstance(document, list):
                raise SourceError(f"{file}: expected a list of messages, found another value")
            history = document
        elif document is not None:
            tally.skip("other_file")
    if history is None:
        return
    first = PurePath(unit.files[0])
    session_id = first.parent.name if _is_known(first.name) else first.stem
    conversation = Conversation(task, tally)
    for index, message in enumerate(history):
        conversation.add(index, message)
    trajectory = conversation.build(
        id=trajectory_id(NAME, f"{session_id}#1", None, 0),
        session_id=session_id,
        harness=NAME,
        harness_version=task.version,
    )
    if trajectory is not None:
        yield trajectory


def _is_known(name: str) -> bool:
    return name in _HISTORY or name.startswith(_OTHERS)


def _is_focus_chain(file: str) -> bool:
    with open_binary(file) as opened:
        return opened.read(len(_FOCUS_CHAIN)) == _FOCUS_CHAIN


def _document(file: str, tally: Tally) -> Any:
    """A file's JSON. A damaged side file is counted, a damaged conversation is an error."""
    try:
        return json_document(file, tally)
    except SourceError:
        if PurePath(file).name.startswith(_OTHERS):
            tally.skip("undecodable_file")
            return None
        raise


def _is_metadata(document: dict[str, Any]) -> bool:
    return isinstance(document.get("files_in_context"), list) and "messages" not in document


def _kind(objects: list[dict[str, Any]]) -> str | None:
    """`api` or `ui`, by the first objects of a list."""
    first = objects[0] if objects else {}
    if first.get("type") in ("say", "ask") and "ts" in first:
        return "ui"
    for message in objects[:4]:
        content = message.get("content")
        if message.get("role") != "user":
            continue
        for block in content if isinstance(content, list) else ():
            text = block.get("text") if isinstance(block, dict) else None
            if isinstance(text, str) and text.lstrip().startswith(_WRAPPERS):
                return "api"
    return None
