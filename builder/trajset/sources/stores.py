"""Where harnesses keep their logs on this machine."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from trajset.sources.unit import Source

_VARIABLE = re.compile(r"\$(\w+)")


def places(source: Source, platform: str = sys.platform) -> list[str]:
    """The default places of a source on this platform, existing or not, in order."""
    store = source.STORE
    if platform.startswith("win"):
        templates = store.windows
    elif platform == "darwin":
        templates = store.macos
    else:
        templates = store.linux
    found = []
    for template in templates:
        if any(name not in os.environ for name in _VARIABLE.findall(template)):
            continue
        expanded = _VARIABLE.sub(lambda m: os.environ[m.group(1)], template)
        place = str(Path(expanded).expanduser())
        if place not in found:
            found.append(place)
    return found


def existing(source: Source, platform: str = sys.platform) -> list[str]:
    """Those default places that exist."""
    return [place for place in places(source, platform) if Path(place).exists()]
