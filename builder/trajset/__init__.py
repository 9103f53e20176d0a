"""trajset: session logs of coding agents become training data on Hugging Face."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from trajset.loader import AgentSessions as AgentSessions
    from trajset.trajectory import Trajectory as Trajectory

_LAZY = {
    "AgentSessions": "trajset.loader",
    "Trajectory": "trajset.trajectory",
}
__all__ = ["AgentSessions", "Trajectory", "__version__"]


def __getattr__(name: str) -> Any:
    """Import the public names on first use: `datasets` alone takes over a second."""
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'trajset' has no attribute {name!r}")
