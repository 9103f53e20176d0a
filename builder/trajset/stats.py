"""Numbers of what was read and found, for the manifest, the card and the summary."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime

from msgspec import Struct, field

from trajset.trajectory import Observation, ToolCall, Trajectory, response_spans


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
    distances: dict[str, int] = field(default_factory=dict)
    """Recoveries by the number of responses that they took."""
    started: dict[str, int] = field(default_factory=dict)
    """Sessions by the day (UTC) of their start; sub-agents, abandoned branches and later slices of
    a session are none."""
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


def stats_of(trajectory: Trajectory, copied: int = 0) -> Stats:
    """The numbers of one trajectory without its first `copied` steps, which another one owns."""
    failures = [failure for failure in trajectory.failures if failure.step >= copied]
    recoveries = [recovery for recovery in trajectory.recoveries if recovery.end >= copied]
    stats = Stats(
        trajectories=1,
        subagents=int(trajectory.agent is not None),
        branches=int(trajectory.branch > 0),
        steps=len(trajectory.steps) - copied,
        compactions=sum(start >= max(copied, 1) for start in trajectory.segments),
        recoveries=len(recoveries),
        outcomes={trajectory.outcome: 1},
        models={trajectory.model or "unknown": 1},
    )
    for step in trajectory.steps[copied:]:
        if isinstance(step, ToolCall):
            stats.calls += 1
        elif isinstance(step, Observation):
            stats.observations += 1
            stats.errors += step.status in ("error", "rejected")
    for failure in failures:
        increase(stats.failures, failure.category)
        if failure.recovered_by is not None:
            increase(stats.recovered, failure.category)
    if recoveries:
        starts = [start for start, _ in response_spans(trajectory.steps)]
        for recovery in recoveries:
            after = bisect_right(starts, recovery.end) - bisect_right(starts, recovery.start)
            increase(stats.distances, str(after))
    session = trajectory.agent is None and not trajectory.branch and not trajectory.continues
    if session and trajectory.started_at is not None:
        increase(stats.started, _day(trajectory.started_at))
    return stats


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()


def increase(counts: dict[str, int], name: str, by: int = 1) -> None:
    """Add to a count that may not be there yet."""
    counts[name] = counts.get(name, 0) + by
