"""What the card says of the scan before a push; a build cannot know it yet."""

from __future__ import annotations

from msgspec import Struct, field

from trajset.card.markdown import listed, one_line, plain, some_of


class Scanned(Struct, frozen=True, kw_only=True):
    """What of the receipt of a scan stands on the card."""

    scanners: dict[str, str] = field(default_factory=dict)
    """Name -> version."""
    rows: int = 0
    texts: int = 0
    """Different texts that were read."""
    allowed: int = 0
    """Findings that somebody looked at and let pass."""
    open: int = 0
    """Findings that nobody let pass."""


def told(scanned: Scanned | None) -> str:
    """Who scanned the dataset, and what was found, in sentences."""
    if scanned is None:
        return (
            "These files have not been scanned since they were written: `trajset scan` does it, "
            "and `trajset push` does it before anything leaves."
        )
    who = listed([plain(f"{n} {one_line(v)}".strip()) for n, v in sorted(scanned.scanners.items())])
    found = f"{some_of(scanned.open, 'finding stands', 'findings stand')} open"
    if not scanned.open:
        found = "no open finding"
    if scanned.allowed:
        found += f"; {some_of(scanned.allowed, 'finding')} looked at by a person and let pass"
    return (
        f"The written files were scanned again by {who}: {some_of(scanned.texts, 'different text')}"
        f" in {some_of(scanned.rows, 'row')}, {found}."
    )
