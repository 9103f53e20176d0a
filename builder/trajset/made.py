"""What was made of a config, in numbers: lengths, what was left out and why, what lint saw."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from trajset.lint import Seen
from trajset.stats import increase
from trajset.views.view import Row


class Made(Struct, kw_only=True):
    """Numbers of one config; those of several trajectories add up."""

    drops: dict[str, int] = field(default_factory=dict)
    """Rows (or, where none could be planned, trajectories) left out, by reason."""
    notes: dict[str, int] = field(default_factory=dict)
    """What changed rows without dropping them."""
    lengths: dict[str, int] = field(default_factory=dict)
    """Rows by the power of two that their token length is below."""
    tool_sources: dict[str, int] = field(default_factory=dict)
    """Rows by where the weakest of their tool schemas comes from."""
    seen: Seen = field(default_factory=Seen)
    head: int | None = None
    """Tokens of the shortest head (system prompt, tools, first message) over the budget, where one
    was."""

    def add(self, other: Made) -> None:
        """Add the numbers of further trajectories."""
        for mine, theirs in (
            (self.drops, other.drops),
            (self.notes, other.notes),
            (self.lengths, other.lengths),
            (self.tool_sources, other.tool_sources),
        ):
            for name, count in theirs.items():
                increase(mine, name, count)
        self.seen.add(other.seen)
        self.head = min((h for h in (self.head, other.head) if h is not None), default=None)

    def count(self, row: Row) -> None:
        """Count a row that was made."""
        increase(self.lengths, str(1 << row["n_tokens"].bit_length()))
        if source := row.get("tools_source"):
            increase(self.tool_sources, source)


def merge(into: dict[str, Made], more: Mapping[str, Made]) -> None:
    """Add numbers by config."""
    for config, made in more.items():
        into.setdefault(config, Made()).add(made)
