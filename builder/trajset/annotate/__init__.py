"""What happened in a trajectory: failures, what recovered from them, and the outcome.

`annotate` reads the trajectory alone: no network, no model, no files. The definitions it follows
are those of the documentation; each rule is a row of a table or a small function with a name.
"""

from __future__ import annotations

from trajset.annotate.attempts import attempts_of
from trajset.annotate.failures import find_failures
from trajset.annotate.outcome import outcome_of
from trajset.annotate.recovery import find_recoveries
from trajset.annotate.spans import recoveries_of
from trajset.annotate.turns import unclosed_turns
from trajset.trajectory import Trajectory

__all__ = ["annotate"]


def annotate(trajectory: Trajectory) -> Trajectory:
    """Fill `failures`, `recoveries`, `outcome` and `outcome_source`. Never raises.

    Failures are in the order of their steps; a recovery's `failures` are indices into them.
    """
    attempts = attempts_of(trajectory)
    failed = find_failures(attempts)
    found = find_recoveries(attempts, failed)
    failures = [
        failure.failure(attempts[found[i].index].call.id if i in found else None)
        for i, failure in failed.items()
    ]
    failures = sorted([*failures, *unclosed_turns(trajectory.steps)], key=lambda f: f.step)
    outcome, source = outcome_of(trajectory, attempts, failed, set(found))
    return trajectory.with_(
        failures=tuple(failures),
        recoveries=recoveries_of(trajectory.steps, attempts, found, failures),
        outcome=outcome,
        outcome_source=source,
    )
