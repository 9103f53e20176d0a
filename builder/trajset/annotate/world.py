"""What a trajectory shows of the project it works on."""

from __future__ import annotations

import re

from trajset.annotate.attempts import Attempt

_SEGMENT = re.compile(r"[\w.-]+")


def names_in(attempts: list[Attempt]) -> frozenset[str]:
    """Names of files and folders that the calls touch, without suffixes.

    A module of such a name is the project's own: that it is not found is no missing dependency.
    """
    names: set[str] = set()
    for attempt in attempts:
        action = attempt.action
        for place in (*action.paths, action.cwd, attempt.call.cwd):
            if place:
                names.update(_SEGMENT.findall(place))
    return frozenset(name.split(".")[0] for name in names)
