"""One session for the Hub's trace viewer: redacted, as STS lines, in a repository for sessions.

Only the redacted model is written: a harness's own log is never sent, since nothing redacts it.
Sub-agents are files of their own; branches that the user rewound stay here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from trajset.exports import sts
from trajset.hub.errors import PushError, Refused
from trajset.hub.parcel import Item, Parcel, of_bytes
from trajset.notes import BEGIN, END
from trajset.plan import Decision
from trajset.recipe import Recipe
from trajset.trajectory import Trajectory

MARK = "trajset_sessions"
"""Key in the YAML of a card whose repository holds sessions."""
_CARD = f"""\
---
pretty_name: Sessions of coding agents
tags:
- agent-traces
- trajset
{MARK}: true
---

# Sessions of coding agents

Each file in `sessions/` is one run of an agent, redacted, in the
[Session Trace Simple Format](https://huggingface.co/docs/hub/session-traces-format); the Hub shows
it step by step. No detector finds everything: read a session before you make it public.

{BEGIN}
{END}
"""
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def refuse_unredacted(recipe: Recipe) -> None:
    """Raise Refused for a recipe with `privacy.enabled: false`."""
    if not recipe.privacy.enabled:
        raise Refused(
            "--session: expected a recipe that redacts, found one with privacy.enabled: false"
        )


def session_parcel(found: Iterable[tuple[Trajectory, Decision]], wanted: str) -> Parcel:
    """What of a session goes.

    Args:
        found: the trajectories that were asked for.
        wanted: as the user named it.

    Raises:
        PushError: there is none, or there are several.
    """
    runs = [trajectory for trajectory, decision in found if decision.dropped != "contained"]
    sessions = sorted({run.session_id for run in runs})
    if not sessions:
        raise PushError(
            f"--session: expected a session's id (or its beginning) or its log, found none of "
            f"{wanted}"
        )
    if len(sessions) > 1:
        raise PushError(
            f"--session: expected one session, found {len(sessions)} in {wanted} or that begin so: "
            f"{', '.join(sessions[:5])}{'…' if len(sessions) > 5 else ''}"
        )
    kept = [run for run in runs if not run.branch]
    if not kept:
        raise PushError(f"--session: {sessions[0]} holds only branches that were abandoned")
    names = [_name(run, first=number == 0) for number, run in enumerate(_main_first(kept))]
    items = [_item(name, run) for name, run in zip(names, _main_first(kept), strict=True)]
    return Parcel(
        card=_CARD,
        items=tuple(items),
        title=f"Add session {sessions[0]}",
        mark=MARK,
    )


def _main_first(runs: Sequence[Trajectory]) -> list[Trajectory]:
    return sorted(runs, key=lambda run: (run.parent_id is not None, run.started_at or 0, run.id))


def _name(run: Trajectory, first: bool) -> str:
    name = _UNSAFE.sub("-", run.session_id).strip("-.") or run.id
    return f"sessions/{name}.jsonl" if first else f"sessions/{name}.{run.id}.jsonl"


def _item(name: str, run: Trajectory) -> Item:
    data = b"".join(msgspec.json.encode(line) + b"\n" for line in sts.lines(run))
    return of_bytes(name, data)
