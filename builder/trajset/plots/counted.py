"""The plots themselves: from counts to bars and columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from trajset.plots.charts import Columns, bars, strips
from trajset.plots.svg import compact

WIDTH = 720
"""Pixels; 340 suits a phone."""
_EXACT = 8
"""Distances up to this have a column each."""


def token_lengths(lengths: Mapping[str, Mapping[str, int]], width: int = WIDTH) -> str:
    """How long rows are, by config.

    Args:
        lengths: config -> power of two that the length is below -> rows, as in the manifest
            (`configs.*.lengths`).
        width: in pixels.
    """
    filled = {name: counts for name, counts in lengths.items() if counts}
    limits = [int(limit) for counts in filled.values() for limit in counts]
    bounds = []
    if limits:
        bounds = [1 << n for n in range(min(limits).bit_length() - 1, max(limits).bit_length())]
    rows, told = [], []
    for name, counts in filled.items():
        columns = [(_tokens(bound), counts.get(str(bound), 0)) for bound in bounds]
        total = sum(counts.values())
        rows.append((f"{name}: {_of(total, 'row')}", columns))
        highest = max(columns, key=lambda column: column[1])
        told.append(f"{name}, {_of(total, 'row')}, most often below {highest[0]}")
    return strips(
        "Tokens in a row",
        f"Histograms of the length of rows. {'; '.join(told) or 'No rows'}.",
        rows,
        "tokens: less than this, and at least half of it",
        width,
    )


def failures_by_category(
    failures: Mapping[str, int], recovered: Mapping[str, int], width: int = WIDTH
) -> str:
    """How many calls failed in each category, and how many of them were repaired.

    Args:
        failures: category -> failures.
        recovered: category -> those of them that were repaired.
        width: in pixels.
    """
    order = sorted(failures, key=lambda name: (-failures[name], name))
    rows = [(name, failures[name], recovered.get(name, 0)) for name in order]
    told = "; ".join(f"{name} {whole:,}, {part:,} recovered" for name, whole, part in rows)
    return bars(
        "Failures by category",
        f"Bars of failed calls. {told or 'No failure was found'}.",
        rows,
        ("recovered (in brackets)", "not recovered"),
        width,
    )


def recoveries_by_distance(distances: Mapping[int, int], width: int = WIDTH) -> str:
    """How many responses a repair took.

    Args:
        distances: responses from the failure to the one that repaired it -> recoveries.
        width: in pixels.
    """
    columns: list[tuple[str, int]] = []
    farthest = max(distances, default=0)
    low, high = 1, 1
    while low <= farthest:
        name = str(low) if low == high else f"{low}–{high}"
        columns.append((name, sum(n for d, n in distances.items() if low <= d <= high)))
        low, high = high + 1, high + 1 if high < _EXACT else high * 2
    total = sum(distances.values())
    told = ", ".join(f"{count:,} at {name}" for name, count in columns if count)
    return strips(
        "Recoveries by distance",
        f"Columns of {_of(total, 'recovery', 'recoveries')} by distance. {told}".rstrip() + ".",
        [("", columns)],
        "responses from the failure to its repair",
        width,
    )


def sessions_over_time(days: Mapping[str, int], width: int = WIDTH) -> str:
    """When the sessions began.

    Args:
        days: ISO date -> sessions that began on it.
        width: in pixels.
    """
    counts = {date.fromisoformat(day): count for day, count in days.items() if count}
    columns, unit = _periods(counts)
    total = sum(counts.values())
    told = ""
    if counts:
        told = f" from {min(counts)} to {max(counts)}, most in one {unit}: "
        told += compact(max(count for _, count in columns))
    return strips(
        "Sessions over time",
        f"Columns of {_of(total, 'session')} by {unit}{told}.",
        [("", columns)],
        f"sessions by {unit} of their start (UTC)",
        width,
    )


def _periods(counts: Mapping[date, int]) -> tuple[Columns, str]:
    """Columns without gaps: days, weeks, months or years, as many as are readable."""
    if not counts:
        return [], "day"
    first, last = min(counts), max(counts)
    span = (last - first).days
    unit = "day" if span <= 31 else "week" if span <= 280 else "month" if span <= 1461 else "year"
    form = {"month": "%Y-%m", "year": "%Y"}.get(unit, "%m-%d" if first.year == last.year else "%F")
    found = {_start(day, unit): 0 for day in _days(first, last)}
    for day, count in counts.items():
        found[_start(day, unit)] += count
    return [(day.strftime(form), count) for day, count in found.items()], unit


def _start(day: date, unit: str) -> date:
    """The first day of the period that a day is in; weeks begin on Monday."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _tokens(bound: int) -> str:
    """A power of two as people say it: 512, 4k, 1M."""
    for size, sign in ((1 << 20, "M"), (1 << 10, "k")):
        if bound >= size:
            return f"{bound // size}{sign}"
    return str(bound)


def _of(count: int, one: str, more: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else more or one + 's'}"
