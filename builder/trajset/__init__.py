"""trajset: session logs of coding agents become training data on Hugging Face."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from trajset import teachers as teachers
    from trajset.frames import to_pandas as to_pandas
    from trajset.loader import AgentSessions as AgentSessions
    from trajset.notebook import load as load
    from trajset.notebook import read as read
    from trajset.notebook import trace_states as trace_states
    from trajset.trajectory import Trajectory as Trajectory
    from trajset.views.trace_state import TraceState as TraceState

_LAZY = {
    "AgentSessions": "trajset.loader",
    "TraceState": "trajset.views.trace_state",
    "Trajectory": "trajset.trajectory",
    "load": "trajset.notebook",
    "read": "trajset.notebook",
    "to_pandas": "trajset.frames",
    "trace_states": "trajset.notebook",
}
_MODULES = frozenset({"dspy", "replay", "teachers"})
__all__ = [
    "AgentSessions",
    "TraceState",
    "Trajectory",
    "__version__",
    "load",
    "read",
    "teachers",
    "to_pandas",
    "trace_states",
]


def __getattr__(name: str) -> Any:
    """Import the public names on first use: `datasets` alone takes over a second."""
    from importlib import import_module

    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    if name in _MODULES:
        return import_module(f"trajset.{name}")
    raise AttributeError(f"module 'trajset' has no attribute {name!r}")
