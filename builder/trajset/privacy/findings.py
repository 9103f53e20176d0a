"""What was found: counts by kind and field, and places, never values."""

from __future__ import annotations

from msgspec import Struct, field

FIELD_NAMES = {
    "message": "messages",
    "reasoning": "reasoning",
    "arguments": "call arguments",
    "tool": "tool names",
    "observation": "results",
    "system_prompt": "system prompts",
    "tools": "tool schemas",
    "cwd": "working directories",
    "project": "projects",
    "repository": "repositories",
    "git_branch": "branches",
    "title": "titles",
    "model": "models",
    "harness_version": "harness versions",
    "why": "annotations",
}
"""Fields of the model -> how people are told of them."""


class Finding(Struct, frozen=True, order=True):
    """One place in a text, in characters: `text[start:end]` is what has to go."""

    start: int
    end: int
    kind: str


class Findings(Struct):
    """Receipts of redaction: how many spans were removed, by kind and by field of the model."""

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    """kind -> field -> number."""

    def saw(self, kind: str, where: str, line: int | None) -> None:
        """Count one span that was removed from a field of what stands at a line of the log."""
        self.count(kind, where)

    def count(self, kind: str, where: str, number: int = 1) -> None:
        """Count spans of one kind that were removed from one field."""
        fields = self.counts.setdefault(kind, {})
        fields[where] = fields.get(where, 0) + number

    def add(self, other: Findings) -> None:
        """Add the counts of another unit."""
        for kind, fields in other.counts.items():
            for where, number in fields.items():
                self.count(kind, where, number)

    def by_kind(self) -> dict[str, int]:
        """kind -> number, over all fields, sorted by kind."""
        return {kind: sum(self.counts[kind].values()) for kind in sorted(self.counts)}

    @property
    def total(self) -> int:
        """How many spans were removed in all."""
        return sum(self.by_kind().values())


class OwnFindings(Findings):
    """Receipts of one trajectory, with the lines where to look."""

    lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    """kind -> first and last line of the log, where lines are known."""

    def saw(self, kind: str, where: str, line: int | None) -> None:
        """See `Findings`."""
        self.count(kind, where)
        if line is not None:
            first, last = self.lines.get(kind, (line, line - 1))
            if line > last:
                self.lines[kind] = first, line
            elif line < first:
                self.lines[kind] = line, last
