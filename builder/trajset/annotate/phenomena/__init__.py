"""What goes wrong, as data: tables of phenomena by who says it."""

from __future__ import annotations

from trajset.annotate.phenomena.phenomenon import Phenomenon, Sign, Table, find

__all__ = ["Phenomenon", "Sign", "Table", "find"]
