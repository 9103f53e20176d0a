"""What Aider prints: announcements, usage, noise, and what is worth keeping."""

from __future__ import annotations

import re

_MODEL = re.compile(r"^(?:Models?|Main model): (\S+?)(?: with .*)?,?$", re.MULTILINE)
_VERSION = re.compile(r"^Aider v(\S+)$", re.MULTILINE)
_TOKENS = re.compile(r"^Tokens: ([\d.,]+)(k?) sent.*?,? ([\d.,]+)(k?) received", re.MULTILINE)
_NOISE = re.compile(
    r"\s*$|\^C|Aider v\d|(?:Models?|Main model|Weak model|Editor model): |Git repo: |Repo-map: "
    r"|Tokens: "
    r"|Use /help|You can use /undo|You can skip this check|Add \.aider|Initial repo scan"
    r"|Error checking pypi|Newer aider version|VSCode terminal detected|Cost: \$"
    r"|https://aider\.chat/|For more info, see: https://aider\.chat|Update git "
    r"|\S*/aider(?:\.exe)?(?: |$)"
)


def announced(text: str) -> tuple[str | None, str | None]:
    """Model and version, where a console block announces them."""
    models, version = _MODEL.findall(text), _VERSION.search(text)
    return (models[-1] if models else None), (version[1] if version else None)


def tokens_of(text: str) -> tuple[int, int] | None:
    """Tokens sent and received, as Aider rounds them (`2.1k`)."""
    match = _TOKENS.search(text)
    return (_number(match[1], match[2]), _number(match[3], match[4])) if match else None


def without_noise(text: str) -> str:
    """A console block without the lines that say nothing about the work."""
    return "\n".join(line for line in text.split("\n") if not _NOISE.match(line))


def _number(digits: str, thousands: str) -> int:
    digits = digits.replace(",", "").rstrip(".")
    try:
        value = float(digits)
    except ValueError:
        return 0
    return round(value * 1000) if thousands else round(value)
