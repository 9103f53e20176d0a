"""How a view looks, and what it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Protocol

from msgspec import Struct, field

from trajset.fit.counter import Counter
from trajset.fit.section import Fit
from trajset.trajectory import Trajectory
from trajset.views.section import Views

ColumnType = Literal[
    "string",
    "int32",
    "int64",
    "float64",
    "bool",
    "timestamp",
    "json",
    "list<json>",
    "list<string>",
    "list<int32>",
    "list<list<int32>>",
]
Row = dict[str, Any]

COMMON: dict[str, ColumnType] = {
    "id": "string",
    "trajectory_id": "string",
    "session_id": "string",
    "parent_id": "string",
    "harness": "string",
    "model": "string",
    "project": "string",
    "started_at": "timestamp",
    "outcome": "string",
    "n_tokens": "int32",
    "window": "int32",
    "n_windows": "int32",
}


class Place(Struct, frozen=True, kw_only=True):
    """What the plan decided about a trajectory, as far as rows need it."""

    id: str
    copied: int = 0
    parent_id: str | None = None


class DoesNotFit(ValueError):
    """Something is over the budget, and the recipe says `over: error`."""


class Once(Struct, kw_only=True):
    """What was worked out for a trajectory, so that all its views share it."""

    trajectory: Trajectory | None = None
    place: Place | None = None
    made: Any = None
    notes: dict[str, int] = field(default_factory=dict)
    """What was noted on the way; it counts for each view."""


class Context(Struct, kw_only=True):
    """What `render` is given beside the trajectory. `drops` counts rows that were not made."""

    section: Views
    fit: Fit
    counter: Counter
    catalog: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """Tool name -> schema of the harness's own tools, from its source module."""
    branches: tuple[Trajectory, ...] = ()
    """Abandoned branches of the same session, for pairs."""
    place: str = ""
    """What is rendered, for messages: the trajectory's id."""
    drops: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    once: Once = field(default_factory=Once)
    """The same for all views of a trajectory."""
    smallest_head: int | None = None
    """Tokens of the shortest pinned head that was over the budget, if one was."""

    def drop(self, reason: str, rows: int = 1) -> None:
        """Count rows (or, where none could be planned, trajectories) left out, under a reason."""
        self.drops[reason] = self.drops.get(reason, 0) + rows

    def too_long(self, rows: int = 1, tokens: int | None = None) -> None:
        """Count rows left out because they do not fit; `tokens` is what they would have.

        Raises:
            DoesNotFit: the recipe wants an error instead.
        """
        self._refuse("more" if tokens is None else f"{tokens:,}")
        self.drop("over_budget", rows)

    def head_too_long(self, tokens: int) -> None:
        """Count a trajectory whose pinned head (system prompt, tools, first message) does not fit.

        Raises:
            DoesNotFit: the recipe wants an error instead.
        """
        self._refuse(f"{tokens:,} in system prompt, tools and first message alone")
        self.smallest_head = min(tokens, self.smallest_head or tokens)
        self.drop("head_over_budget")

    def _refuse(self, found: str) -> None:
        if self.fit.over == "error":
            raise DoesNotFit(
                f"{self.place}: expected at most {self.fit.max_tokens:,} tokens (fit.max_tokens), "
                f"found {found}; `fit.over: error` stops here, `window` and `drop` do not"
            )

    def note(self, what: str, times: int = 1) -> None:
        """Count something that changed a row without dropping it."""
        self.notes[what] = self.notes.get(what, 0) + times


class View(Protocol):
    """A view is a module with these names; the registry is a tuple of such modules."""

    NAME: str
    """The config's name; also the folder of its shards."""
    FEATURES: dict[str, ColumnType]
    """Column -> type, in order."""

    def render(self, trajectory: Trajectory, place: Place, context: Context) -> Iterator[Row]:
        """The rows of one kept trajectory, none over the budget."""
        ...


def common(
    trajectory: Trajectory,
    place: Place,
    config: str,
    ordinal: int,
    n_tokens: int,
    window: int = 0,
    n_windows: int = 1,
) -> Row:
    """The common columns of a row."""
    return {
        "id": f"{place.id}-{config}-{ordinal}",
        "trajectory_id": place.id,
        "session_id": trajectory.session_id,
        "parent_id": place.parent_id,
        "harness": trajectory.harness,
        "model": trajectory.model,
        "project": trajectory.project,
        "started_at": trajectory.started_at,
        "outcome": trajectory.outcome,
        "n_tokens": n_tokens,
        "window": window,
        "n_windows": n_windows,
    }
