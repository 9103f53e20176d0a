"""The sources: one module a log format, and the registry that names them."""

from __future__ import annotations

from trajset.sources import claude_code
from trajset.sources.unit import Source

SOURCES: tuple[Source, ...] = (claude_code,)
