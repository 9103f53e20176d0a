"""Plots of plain numbers as SVG: for the dataset's card and for the review page.

Each is a text that stands alone: readable in light and dark (the viewer's preference decides),
with a title and a description for those who do not see it. Same numbers, same bytes.
"""

from trajset.plots.counted import (
    failures_by_category,
    recoveries_by_distance,
    sessions_over_time,
    token_lengths,
)

__all__ = [
    "failures_by_category",
    "recoveries_by_distance",
    "sessions_over_time",
    "token_lengths",
]
