"""What the recipe says stays, although it looks like something that has to go."""

from __future__ import annotations

import re

import hyperscan

from trajset.privacy.detectors.detector import PERSONAL, Span
from trajset.privacy.policy import Privacy
from trajset.privacy.scanner import Automaton


class Allowed:
    """Values that stay, and repositories whose names stay."""

    def __init__(self, policy: Privacy) -> None:
        self._literal = {value.encode("utf-8", "surrogatepass") for value in policy.allow}
        self._patterns = [p for p in map(_whole, policy.allow) if p is not None]
        names = [re.escape(_repository(name)) for name in policy.keep_repositories]
        kept = "|".join(name.replace("/", "[/:]", 1) for name in names if name)
        self._kept = re.compile(kept.encode()) if kept else None

    def stays(self, buffer: bytes, span: Span) -> bool:
        """Whether a span is allowed to stay."""
        if self._literal:
            raw = buffer[span.start : span.end]
            if raw in self._literal or span.value in self._literal:
                return True
            if any(pattern.events(raw) for pattern in self._patterns):
                return True
        if self._kept is not None and span.rank == PERSONAL:
            for found in self._kept.finditer(buffer, max(0, span.start - 200), span.end + 200):
                if found.start() <= span.start and span.end <= found.end():
                    return True
        return False


def _whole(pattern: str) -> Automaton | None:
    """A pattern that has to match a whole value; None where it is no pattern but a plain value."""
    if re.escape(pattern) == pattern:
        return None
    try:
        return Automaton([f"^(?:{pattern})$".encode()], [hyperscan.HS_FLAG_UTF8])
    except hyperscan.HyperscanError:
        return None


def _repository(name: str) -> str:
    """`github.com/me/project` out of any URL of it."""
    plain = re.sub(r"^(?:\w+://)?(?:[^@/]*@)?", "", name.strip())
    return re.sub(r"\.git$", "", plain).replace(":", "/").strip("/")
