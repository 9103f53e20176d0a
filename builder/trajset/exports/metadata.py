"""What `--include-metadata` adds to a line: where a trajectory comes from and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from trajset.exports.format import Case
from trajset.trajectory import Trajectory


def iso(moment: int | None) -> str | None:
    """Milliseconds since the epoch as ISO 8601 in UTC, with milliseconds only where there are."""
    if moment is None:
        return None
    spec = "milliseconds" if moment % 1000 else "seconds"
    text = datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec=spec)
    return text.replace("+00:00", "Z")


def metadata_of(
    trajectory: Trajectory, case: Case, at: Mapping[int, int] | None = None
) -> dict[str, Any]:
    """Facts about a trajectory; what the log does not tell is null.

    Args:
        at: step -> index in the line's own list, for formats that have one; else failures tell
            only the call.
    """
    return {
        "trajectory_id": case.place.id,
        "parent_id": case.place.parent_id,
        "harness": trajectory.harness,
        "harness_version": trajectory.harness_version,
        "model": trajectory.model,
        "project": trajectory.project,
        "repository": trajectory.repository,
        "git_branch": trajectory.git_branch,
        "started_at": iso(trajectory.started_at),
        "ended_at": iso(trajectory.ended_at),
        "outcome": trajectory.outcome,
        "outcome_source": trajectory.outcome_source,
        "reward": trajectory.reward,
        "branch": trajectory.branch,
        "n_steps": len(trajectory.steps),
        "n_copied_steps": case.place.copied,
        "tokens": tokens_of(trajectory),
        "failures": failures_of(trajectory, at),
    }


def tokens_of(trajectory: Trajectory) -> dict[str, int | None]:
    """Sums of the token counts that the log reports; null where it reports none."""
    sums: dict[str, int | None] = {}
    for name in ("input_tokens", "output_tokens", "cached_tokens"):
        given = [getattr(response, name) for response in trajectory.responses.values()]
        known = [count for count in given if count is not None]
        sums[name] = sum(known) if known else None
    return sums


def failures_of(
    trajectory: Trajectory, at: Mapping[int, int] | None = None
) -> list[dict[str, Any]]:
    """The failures of a trajectory with their category; `at` as in `metadata_of`."""
    return [
        {
            "call_id": failure.call_id,
            **({"index": at.get(failure.step)} if at is not None else {}),
            "category": failure.category,
            "kind": failure.kind,
            "status_source": failure.status_source,
            "recovered_by": failure.recovered_by,
            "why": failure.why,
        }
        for failure in trajectory.failures
    ]
