"""Which files an agent changed: targets of the edits, writes and patches that succeeded."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from trajset.annotate.tools import action_of
from trajset.trajectory import Observation, ToolCall, Trajectory

_DRIVE = re.compile(r"^[A-Za-z]:")


def modified_files(trajectory: Trajectory, calls: Iterable[ToolCall]) -> set[str]:
    """The files that some of a trajectory's calls changed, one spelling each."""
    failed = {failure.call_id for failure in trajectory.failures}
    done = {
        step.call_id
        for step in trajectory.steps
        if isinstance(step, Observation) and step.status in ("ok", "unknown")
    }
    found: set[str] = set()
    for call in calls:
        if call.id not in done or call.id in failed:
            continue
        action = action_of(call)
        if action.kind in ("edit", "write"):
            base = action.cwd or call.cwd or trajectory.project or ""
            found.update(_normal(path, base) for path in action.paths)
    return found


def _normal(path: str, base: str) -> str:
    """Absolute where the folder is known, slashes forward."""
    path = path.replace("\\", "/")
    if not path.startswith(("/", "~")) and not _DRIVE.match(path) and "://" not in path:
        path = posixpath.join(base.replace("\\", "/"), path)
    return posixpath.normpath(path)
