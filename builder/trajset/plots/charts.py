"""The two forms of our plots: rows of bars, and strips of columns."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from trajset.plots.svg import (
    LINE,
    PAD,
    TEXT,
    TITLE,
    box,
    compact,
    frame,
    rule,
    shortened,
    text,
    width_of,
)

_TOP = PAD + TITLE + 14
_STRIP = 72
"""Height of the columns of a strip."""
_THICK = 14
"""Height of a bar."""
_PHONE = 480
"""Below this width, labels stand above their bars."""

Bars = Sequence[tuple[str, int, int]]
"""(label, whole, first part of it)."""
Columns = Sequence[tuple[str, int]]
"""(label below, height)."""


def bars(title: str, description: str, rows: Bars, parts: tuple[str, str], width: int) -> str:
    """Horizontal bars of two parts, each with its numbers at the end, and a legend.

    Args:
        title: the heading.
        description: what the plot shows, in words.
        rows: from top to bottom.
        parts: what the first part and the rest are called.
        width: in pixels.
    """
    most = max((whole for _, whole, _ in rows), default=0)
    told = [f"{whole:,} ({part:,})" for _, whole, part in rows]
    above = width < _PHONE
    left = 0.0 if above else min(max((width_of(r[0]) for r in rows), default=0.0), width * 0.42)
    start = PAD + (left + 8 if left else 0)
    room = width - PAD - start - 8 - max(map(width_of, told), default=0)
    drawn = _legend(parts, _TOP)
    y = _TOP + LINE + 8
    for (label, whole, part), numbers in zip(rows, told, strict=True):
        scale = room / most if most else 0
        if above:
            drawn.append(text(PAD, y + TEXT - 1, shortened(label, width - 2 * PAD), "strong"))
            y += LINE - 2
        else:
            drawn.append(text(PAD + left, y + TEXT - 1, shortened(label, left), "strong", "end"))
        drawn += [
            box(start, y, part * scale, _THICK, "one"),
            box(start + part * scale, y, (whole - part) * scale, _THICK, "two"),
            text(start + whole * scale + 8, y + TEXT - 1, numbers),
        ]
        y += _THICK + 10
    return frame(title, description, width, y + PAD - 10, drawn)


def _legend(parts: tuple[str, str], y: float) -> list[str]:
    drawn, x = [], float(PAD)
    for kind, name in zip(("one", "two"), parts, strict=True):
        drawn += [box(x, y + 2, 11, 11, kind), text(x + 17, y + TEXT - 1, name)]
        x += 17 + width_of(name) + 18
    return drawn


def strips(
    title: str, description: str, rows: Sequence[tuple[str, Columns]], below: str, width: int
) -> str:
    """Strips of columns above one another, each scaled to its own highest column.

    Args:
        title: the heading.
        description: what the plot shows, in words.
        rows: (label above the strip, its columns); all strips have the same labels below.
        below: what the labels below mean.
        width: in pixels.
    """
    drawn: list[str] = []
    y = float(_TOP)
    room = width - 2 * PAD
    for label, columns in rows:
        if label:
            drawn.append(text(PAD, y + TEXT, shortened(label, room), "strong"))
            y += LINE
        drawn += _columns(columns, y + LINE, room)
        y += LINE + _STRIP + 14
    drawn += _labels([name for name, _ in rows[0][1]] if rows else [], y + 2, room)
    drawn.append(text(PAD, y + LINE + 4, shortened(below, room)))
    return frame(title, description, width, int(y + LINE + 4 + PAD), drawn)


def _labels(labels: Sequence[str], y: float, room: float) -> list[str]:
    """The labels below columns: each where there is room, else every second, third…"""
    slot = room / max(1, len(labels))
    every = ceil((max(map(width_of, labels), default=0) + 6) / slot)
    drawn, taken = [], 0.0
    for at in range(0, len(labels), every):
        half = width_of(labels[at]) / 2
        x = min(max(PAD + (at + 0.5) * slot, PAD + half), PAD + room - half)
        if x - half >= taken:
            drawn.append(text(x, y, labels[at], anchor="middle"))
            taken = x + half + 4
    return drawn


def _columns(columns: Columns, y: float, room: float) -> list[str]:
    """The columns of a strip, with numbers on top: of all where there is room, else the highest."""
    most = max((height for _, height in columns), default=0)
    slot = room / max(1, len(columns))
    thick = min(max(1.0, slot * 0.82), 64.0)
    all_told = all(width_of(compact(height)) <= slot - 2 for _, height in columns)
    drawn = []
    told = False
    for at, (_, height) in enumerate(columns):
        if not height:
            continue
        middle = PAD + (at + 0.5) * slot
        tall = max(1.5, height / most * _STRIP)
        drawn.append(box(middle - thick / 2, y + _STRIP - tall, thick, tall, "one"))
        if all_told or (height == most and not told):
            number = compact(height)
            half = width_of(number) / 2
            x = min(max(middle, PAD + half), PAD + room - half)
            drawn.append(text(x, y + _STRIP - tall - 5, number, anchor="middle"))
            told = True
    drawn.append(rule(PAD, y + _STRIP + 0.5, room))
    return drawn
