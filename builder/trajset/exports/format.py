"""How an export format looks, what it is given, and how it says what it cannot carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Protocol

from msgspec import Struct

from trajset.trajectory import Trajectory
from trajset.views.view import Context, Place

Line = dict[str, Any]
"""One line of an export, before it is encoded."""
Level = Literal["full", "partly", "dropped"]


class Carried(Struct, frozen=True):
    """How much of a field of the model a format holds, and why not all."""

    level: Level
    why: str = ""


FULL = Carried("full")


def partly(why: str) -> Carried:
    """Some of it is in the format's lines."""
    return Carried("partly", why)


def dropped(why: str) -> Carried:
    """Nothing of it is in the format's lines."""
    return Carried("dropped", why)


class Coverage(Struct, frozen=True, kw_only=True):
    """What a format holds of each field of the model: a row of the published table."""

    reasoning: Carried
    call_ids: Carried
    status: Carried
    """Whether a result is an error, and its exit code."""
    failures: Carried
    """Failures, their categories, and spans of recoveries."""
    outcome: Carried
    learn: Carried
    """What must not be learnt."""
    origin: Carried
    """Who spoke as `user`: a person, the harness, the environment, a summary."""
    system_prompt: Carried
    tools: Carried
    model: Carried
    usage: Carried
    times: Carried
    project: Carried
    subagents: Carried
    compaction: Carried


class Case(Struct, kw_only=True):
    """What a format is given beside a trajectory."""

    place: Place
    context: Context
    """The recipe's section and the tools' catalogue; counts what was left out, under reasons."""
    metadata: bool = False
    """Whether `--include-metadata` was asked for."""
    parent_call_id: str | None = None
    agents: tuple[tuple[Trajectory, Case], ...] = ()
    """Kept sub-agents, for formats that embed them."""


class Format(Protocol):
    """A format is a module with these names; the registry is a tuple of such modules."""

    NAME: str
    """As `--format` takes it."""
    LINE: str
    """What a line is, in one sentence."""
    NOTES: tuple[str, ...]
    """What its users should know: what the consumer refuses, how it is read."""
    COVERAGE: Coverage
    METADATA: bool
    """Whether a line has a place for what `--include-metadata` adds."""
    # A module may add FITS = True (it counts tokens, to stay within the recipe's budget),
    # EMBEDS = True (a line holds the sub-agents of its trajectory) and MAIN_ONLY = True
    # (sub-agents give no lines unless asked for).

    def render(self, trajectory: Trajectory, case: Case) -> Iterator[Line]:
        """The lines of one kept trajectory."""
        ...


class RowFormat(Format, Protocol):
    """A format that can also be made of the rows of a built dataset."""

    CONFIG: str
    """The config whose rows it takes."""
    WHOLE: bool
    """Whether a line is a whole trajectory, so that rows which are one window of several give
    none."""

    def render_row(self, row: Mapping[str, Any], context: Context) -> Iterator[Line]:
        """The lines of one row, whose JSON columns are decoded."""
        ...
