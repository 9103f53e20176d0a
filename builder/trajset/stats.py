"""Numbers of what was read and found, for the manifest, the card and the summary."""

from __future__ import annotations

from msgspec import Struct, field

from trajset.trajectory import Observation, ToolCall, Trajectory


class Stats(Struct, kw_only=True):
    """Numbers of trajectories, for the manifest and the card."""

    trajectories: int = 0
    subagents: int = 0
    branches: int = 0
    steps: int = 0
    calls: int = 0
    observations: int = 0
    errors: int = 0
    """Observations that the log reports as an error or a rejection."""
    compactions: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    """By category."""
    recovered: dict[str, int] = field(default_factory=dict)
    """By category."""
    recoveries: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    models: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    """Trajectories that the recipe's `read` section leaves out, by its key."""

    def add(self, other: Stats) -> None:
        """Add another unit's numbers."""
        for name in self.__struct_fields__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, dict):
                for key, count in theirs.items():
                    increase(mine, key, count)
            else:
                setattr(self, name, mine + theirs)


def stats_of(trajectory: Trajectory) -> Stats:
    """The numbers of one trajectory."""
    stats = Stats(
        trajectories=1,
        subagents=int(trajectory.agent is not None),
        branches=int(trajectory.branch > 0),
        steps=len(trajectory.steps),
        compactions=len(trajectory.segments) - 1,
        recoveries=len(trajectory.recoveries),
        outcomes={trajectory.outcome: 1},
        models={trajectory.model or "unknown": 1},
    )
    for step in trajectory.steps:
        if isinstance(step, ToolCall):
            stats.calls += 1
        elif isinstance(step, Observation):
            stats.observations += 1
            stats.errors += step.status in ("error", "rejected")
    for failure in trajectory.failures:
        increase(stats.failures, failure.category)
        if failure.recovered_by is not None:
            increase(stats.recovered, failure.category)
    return stats


def increase(counts: dict[str, int], name: str, by: int = 1) -> None:
    """Add to a count that may not be there yet."""
    counts[name] = counts.get(name, 0) + by
