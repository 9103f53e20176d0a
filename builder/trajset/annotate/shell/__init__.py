"""Command lines: parsed, wrappers taken off, programs known by name."""

from __future__ import annotations

from trajset.annotate.shell.runs import Run, runs

__all__ = ["Run", "runs"]
