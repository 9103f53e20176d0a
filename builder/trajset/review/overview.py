"""What the first page of a review tells of a dataset: its manifest's counts, and plots."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from trajset.manifest import Manifest
from trajset.plan import SPLITS
from trajset.plots import (
    failures_by_category,
    recoveries_by_distance,
    sessions_over_time,
    token_lengths,
)
from trajset.review.stored import Stored
from trajset.views import VIEWS

_WIDTH = 340
"""Of a plot: readable on a phone."""


class Seen:
    """Collects what the plots need of the trajectories that are shown."""

    def __init__(self) -> None:
        self.lengths: dict[str, Counter[str]] = defaultdict(Counter)
        self.failures: Counter[str] = Counter()
        self.recovered: Counter[str] = Counter()
        self.distances: dict[str, int] = {}
        self.started: dict[str, str] = {}

    def add(self, found: Stored) -> None:
        """Take note of a trajectory."""
        for config, row in found.rows:
            self.lengths[config][str(1 << row["n_tokens"].bit_length())] += 1
            if config == "error_recovery":
                self.distances[row["recovery_id"]] = row["distance"]
            for failure in row.get("failures") or ():
                self.failures[failure["category"]] += 1
                self.recovered[failure["category"]] += failure["recovered"]
            if row["started_at"] is not None:
                day = row["started_at"].date().isoformat()
                self.started[row["session_id"]] = min(day, self.started.get(row["session_id"], day))

    def plots(self) -> list[list[str]]:
        """The plots as data URLs, in groups of about one height; none without anything to show."""
        failures = self.failures and failures_by_category(self.failures, self.recovered, _WIDTH)
        distances = Counter(self.distances.values())
        started = Counter(self.started.values())
        return [
            [
                "data:image/svg+xml;base64," + b64encode(plot.encode()).decode()
                for plot in group
                if plot
            ]
            for group in (
                [failures],
                [
                    distances and recoveries_by_distance(distances, _WIDTH),
                    started and sessions_over_time(started, _WIDTH),
                ],
                [token_lengths(self.lengths, _WIDTH) if self.lengths else ""],
            )
        ]


def overview(
    manifest: Manifest, manifest_file: str, seen: Seen, n_shown: int, limited: bool
) -> dict[str, Any]:
    """The first page as JSON: sentences, numbers, tables and plots."""
    plan = manifest.plan
    kept = sum(plan["splits"].values())
    stats = [harness.stats for harness in manifest.harnesses.values()]
    told = {
        "trajectories": kept,
        "rows": sum(shard.rows for shard in manifest.shards),
        "tokens": sum(shard.tokens for shard in manifest.shards),
        "failed calls": sum(sum(s.failures.values()) for s in stats),
        "recovered": sum(sum(s.recovered.values()) for s in stats),
        "redactions": manifest.findings.total,
    }
    return {
        "name": manifest.recipe["card"]["pretty_name"],
        "manifest": manifest_file,
        "version": manifest.trajset,
        "redacted": manifest.redacted,
        "kept": kept,
        "shown": n_shown,
        "limited": limited,
        "numbers": [[name, count] for name, count in told.items()],
        "tables": [table for table in _tables(manifest) if table["rows"]],
        "plots": seen.plots(),
        "excluded": manifest.recipe["plan"].get("exclude", []),
    }


def _tables(manifest: Manifest) -> list[dict[str, Any]]:
    training = manifest.training
    by_config = [(v.NAME, manifest.configs[v.NAME]) for v in VIEWS if v.NAME in manifest.configs]
    configs = [
        [name, *(c["rows"].get(s, 0) for s in SPLITS), sum(c["tokens"].values())]
        for name, c in by_config
    ]
    left_out = [
        [name, reason, count] for name, c in by_config for reason, count in _ordered(c["dropped"])
    ]
    sources = [
        [name, h.units, h.unread, h.stats.trajectories, h.stats.calls, h.records.read]
        for name, h in sorted(manifest.harnesses.items())
    ]
    skipped: Counter[str] = Counter()
    models: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    for harness in manifest.harnesses.values():
        skipped.update(harness.records.skipped)
        models.update(harness.stats.models)
        outcomes.update(harness.stats.outcomes)
    return [
        _table("Rows by config", ["config", *SPLITS, "tokens"], configs),
        _table("Redacted", ["kind", "replaced"], _ordered(manifest.findings.by_kind())),
        _table("Trajectories dropped", ["reason", "dropped"], _ordered(manifest.plan["dropped"])),
        _table("Rows left out", ["config", "reason", "left out"], left_out),
        _table(
            "Sources",
            ["harness", "logs", "unread", "trajectories", "tool calls", "records"],
            sources,
        ),
        _table("Models", ["model", "trajectories"], _ordered(models)),
        _table("Outcomes", ["outcome", "trajectories"], _ordered(outcomes)),
        _table("Records skipped", ["type", "skipped"], _ordered(skipped)),
        _table(
            "Training",
            ["argument", "value"],
            [[name, training[name]] for name in ("max_length", "tokenizer") if name in training],
        ),
    ]


def _table(title: str, head: list[str], rows: list[list[Any]]) -> dict[str, Any]:
    return {"title": title, "head": head, "rows": rows}


def _ordered(counts: Mapping[str, int]) -> list[list[Any]]:
    return [[n, counts[n]] for n in sorted(counts, key=lambda name: (-counts[name], name))]
