"""The card's plots: SVG files beside it, named by what they show, so that caches refresh."""

from __future__ import annotations

import re
from hashlib import sha256

from trajset.manifest import Manifest
from trajset.plots import (
    failures_by_category,
    recoveries_by_distance,
    sessions_over_time,
    token_lengths,
)
from trajset.stats import Stats
from trajset.views import VIEWS

PLOT_NAME = re.compile(r"plots/[a-z-]+-[0-9a-f]{12}\.svg")
"""Path of a plot below the dataset folder."""
LENGTHS, FAILURES, DISTANCES, SESSIONS = "token-lengths", "failures", "recoveries", "sessions"


def plots(manifest: Manifest) -> dict[str, str]:
    """Path below the dataset folder -> SVG; none where there is nothing to show."""
    return {f"plots/{name}-{_digest(svg)}.svg": svg for name, svg in _drawn(manifest).items()}


def plot_of(paths: dict[str, str], name: str, shows: str) -> str:
    """The Markdown that shows a plot; empty where there is none."""
    for path in paths:
        if path.startswith(f"plots/{name}-"):
            return f"![{shows}]({path})"
    return ""


def in_all(manifest: Manifest) -> Stats:
    """The numbers of what is in the dataset, over all harnesses."""
    total = Stats()
    for name in sorted(manifest.kept):
        total.add(manifest.kept[name])
    return total


def _drawn(manifest: Manifest) -> dict[str, str]:
    stats = in_all(manifest)
    made = manifest.configs
    lengths = {view.NAME: made[view.NAME]["lengths"] for view in VIEWS if view.NAME in made}
    drawn = {}
    if any(lengths.values()):
        drawn[LENGTHS] = token_lengths(lengths)
    if stats.failures:
        drawn[FAILURES] = failures_by_category(stats.failures, stats.recovered)
    if stats.distances:
        drawn[DISTANCES] = recoveries_by_distance({int(d): n for d, n in stats.distances.items()})
    if stats.started:
        drawn[SESSIONS] = sessions_over_time(stats.started)
    return drawn


def _digest(svg: str) -> str:
    return sha256(svg.encode()).hexdigest()[:12]
