"""Markdown that holds text of others: nothing in it can break a table or bring in HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!$&@])")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


def plain(text: str) -> str:
    """A text on one line, in which nothing is markup."""
    return _SPECIAL.sub(r"\\\1", one_line(text)).replace(r"\&", "&amp;").replace(r"\<", "&lt;")


def code(text: str) -> str:
    """A text as a code span, in a table as well."""
    line = one_line(text)
    if not line:
        return ""
    ticks = "`" * (_longest(line) + 1)
    blank = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{ticks}{blank}{line}{blank}{ticks}".replace("|", "\\|")


def fenced(text: str, language: str) -> str:
    """A text as a code block, with a fence longer than any run of backticks in it."""
    fence = "`" * max(3, _longest(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table; numbers to the right, with thousands separators. Cells are Markdown."""
    numeric = [rows and all(isinstance(row[at], int) for row in rows) for at in range(len(header))]
    lines = [
        "| " + " | ".join(header) + " |",
        "|" + "|".join(" ---: " if right else " --- " for right in numeric) + "|",
    ]
    for row in rows:
        cells = [f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def folded(summary: str, body: str) -> str:
    """A part that opens with a click; `summary` is HTML of our own."""
    return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"


def some_of(number: int, one: str, more: str | None = None) -> str:
    """A number with its noun: 1 row, 2,000 rows."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def listed(parts: Sequence[str]) -> str:
    """a, b and c."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def one_line(text: str) -> str:
    """A text without line breaks and characters that nobody sees."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def _longest(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
