"""An OpenCode session, wherever it was stored, made into trajectories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field

from trajset.sources.assemble import Assembler
from trajset.sources.ids import trajectory_id
from trajset.sources.lenient import mapping
from trajset.sources.opencode.parts import Reader
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.trajectory import Trajectory

Parts = list[dict[str, Any]]


class Session(Struct):
    """The objects of one session: its info, and each message's info with its parts, in order."""

    info: dict[str, Any]
    messages: list[tuple[dict[str, Any], Parts]] = field(default_factory=list)


def trajectories(harness: str, session: Session, tally: Tally) -> Iterator[Trajectory]:
    """The kept path, then the whole path where the user reverted its end. Counts every message and
    part once.
    """
    kept = _before_revert(session)
    paths = [session.messages] if kept is None else [kept, session.messages]
    for branch, messages in enumerate(paths):
        counted = tally if branch == len(paths) - 1 else Tally()
        trajectory = _trajectory(harness, session.info, messages, branch, counted)
        if trajectory is not None:
            yield trajectory


def _before_revert(session: Session) -> list[tuple[dict[str, Any], Parts]] | None:
    """The messages before the point that the user went back to; None where there is no such."""
    revert = session.info.get("revert")
    if not isinstance(revert, dict):
        return None
    for index, (info, parts) in enumerate(session.messages):
        if info.get("id") != revert.get("messageID"):
            continue
        kept = session.messages[:index]
        cut = [i for i, part in enumerate(parts) if part.get("id") == revert.get("partID")]
        return [*kept, (info, parts[: cut[0]])] if cut else kept
    return None


def _trajectory(
    harness: str,
    info: dict[str, Any],
    messages: list[tuple[dict[str, Any], Parts]],
    branch: int,
    tally: Tally,
) -> Trajectory | None:
    assembler = Assembler(tally)
    reader = Reader(assembler, tally, prompts="harness" if info.get("parentID") else "human")
    for number, (message, parts) in enumerate(messages, 1):
        reader.message(number, message, parts)
    first = messages[0][0] if messages else {}
    session_id = _id(info.get("id")) or _id(first.get("sessionID")) or "unknown"
    parent = _id(info.get("parentID"))
    agent = session_id if info.get("parentID") else None
    models = Counter(r.model for r in reader.responses.values() if r.model)
    first_key = _id(first.get("id")) or f"{session_id}#1"
    started = to_ms(mapping(info.get("time")).get("created"))
    fields: dict[str, Any] = {} if started is None else {"started_at": started}
    return assembler.build(
        id=trajectory_id(harness, first_key, agent, branch),
        session_id=session_id,
        harness=harness,
        agent=agent,
        parent_session=parent,
        delegations=reader.delegations,
        branch=branch,
        harness_version=_text(info.get("version")),
        model=models.most_common(1)[0][0] if models else None,
        responses=reader.responses,
        project=_text(info.get("directory")) or reader.cwd,
        title=_text(info.get("title")),
        system_prompt=reader.system_prompt,
        **fields,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _id(value: Any) -> str | None:
    """An id, or None where it is missing or was blanked out (then it names nothing)."""
    return value if isinstance(value, str) and value not in ("", "REDACTED") else None
