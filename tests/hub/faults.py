"""What goes wrong on demand: statuses, dropped connections, answers that get lost."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field


@dataclass
class Fault:
    """A fault for requests that match, a number of times.

    `status` answers with it; `drop` closes the connection without an answer: `before` what was
    asked is done, or `after` it; `cut` drops it in the middle of the body that the client sends.
    """

    method: str
    path: str
    """A regular expression, searched in the path."""
    status: int = 0
    drop: str = ""
    times: int = 1
    skip: int = 0
    """How many matching requests pass first."""
    error: str = "on demand"
    headers: dict[str, str] = field(default_factory=dict)

    def matches(self, method: str, path: str) -> bool:
        """Whether the fault is for a request."""
        return method == self.method and re.search(self.path, path) is not None


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Plan a fault."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Plan none."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for a request, if there is one, counted."""
        with self._lock:
            for fault in self._waiting:
                if not fault.matches(method, path):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                if fault.times:
                    fault.times -= 1
                    return fault
        return None
