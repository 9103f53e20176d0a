"""The card's parts on what is in the dataset: configs, rows, lengths, sources, models, failures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from trajset.card.drawn import in_all
from trajset.card.markdown import code, fenced, folded, listed, plain, some_of, table
from trajset.card.words import CATEGORIES, CONFIGS
from trajset.manifest import Manifest
from trajset.plan import SPLITS
from trajset.views import VIEWS

_MODELS = 20


def summary(manifest: Manifest) -> str:
    """What it is, in two sentences."""
    stats = in_all(manifest)
    configs = sum(1 for config in manifest.configs.values() if config["rows"])
    rows = sum(shard.rows for shard in manifest.shards)
    failed, repaired = sum(stats.failures.values()), sum(stats.recovered.values())
    days = sorted(stats.started)
    when = ""
    if days:
        when = f", begun on {days[0]}" if len(days) == 1 else f", begun {days[0]} to {days[-1]}"
    harnesses = sorted(manifest.kept, key=lambda name: (-manifest.kept[name].trajectories, name))
    named = [code(name) for name in harnesses[:5]]
    if len(harnesses) > 5:
        named = [*named, some_of(len(harnesses) - 5, "other")]
    repairs = "error_recovery"
    trained = ""
    if manifest.configs.get(repairs, {}).get("rows"):
        trained = f", and the config {code(repairs)} is made of the repairs"
    return (
        f"{some_of(stats.trajectories, 'run')} of coding agents ({listed(named)}){when}, as "
        f"{some_of(rows, 'row')} in {some_of(configs, 'config')}. "
        f"{some_of(stats.calls, 'tool call')}; {some_of(failed, 'failure')} found, {repaired:,} of "
        "them repaired later in the run. Each failure has its category and each repair its "
        f"span{trained}."
    )


def configs(manifest: Manifest) -> str:
    """Rows, tokens and length by config."""
    rows: list[list[Any]] = []
    for name, made in _configs(manifest):
        counts, share = made["rows"], made["learnt_share"]
        tokens = sum(made["tokens"].values())
        rows.append(
            [
                code(name),
                *(counts.get(split, 0) for split in SPLITS),
                tokens,
                "–" if share is None else f"{share:.1%}",
                _middle(made["lengths"]),
            ]
        )
    return table(["config", *SPLITS, "tokens", "learnt", "half of the rows are below"], rows)


def rows(manifest: Manifest, examples: Mapping[str, str]) -> str:
    """What a row of each config is, and one of them."""
    parts = []
    for name, _ in _configs(manifest):
        parts.append(f"**{code(name)}**: {CONFIGS[name]}.")
        if name in examples:
            row = fenced(examples[name], "json")
            parts.append(folded(f"A row of <code>{name}</code>", row))
        else:
            parts.append("No row.")
    return "\n\n".join(parts)


def left_out(manifest: Manifest) -> str:
    """What is in no row, by config and reason."""
    found = [
        [code(name), reason.replace("_", " "), count]
        for name, made in _configs(manifest)
        for reason, count in _ordered(made["dropped"])
        if count
    ]
    if not found:
        return "Nothing was left out of a config."
    return folded("Left out of each config, by reason", table(["config", "reason", "rows"], found))


def sources(manifest: Manifest) -> str:
    """What was read of each harness, and what of it is in the dataset."""
    found: list[list[Any]] = []
    for name, harness in sorted(manifest.harnesses.items()):
        kept = manifest.kept.get(name)
        found.append(
            [
                code(name),
                harness.units,
                harness.unread,
                harness.records.read,
                sum(harness.records.skipped.values()),
                kept.trajectories if kept else 0,
                kept.calls if kept else 0,
            ]
        )
    text = table(
        ["harness", "logs", "unread", "records", "skipped", "runs in here", "tool calls"], found
    )
    others = sum(manifest.unclaimed.values())
    if others:
        text += f"\n\n{some_of(others, 'further file')} had a form that no source knows."
    return text


def models(manifest: Manifest) -> str:
    """The models that wrote the runs, those of most runs first."""
    counted = _ordered(in_all(manifest).models)
    cells = [
        ["not recorded" if name == "unknown" else code(name), count]
        for name, count in counted[:_MODELS]
    ]
    text = table(["model, as its log names it", "runs"], cells)
    if len(counted) > _MODELS:
        rest = sum(count for _, count in counted[_MODELS:])
        more = some_of(len(counted) - _MODELS, "further model")
        text += f"\n\nand {more} with {some_of(rest, 'run')}; the manifest names them."
    return text


def failures(manifest: Manifest) -> str:
    """Failures by category, and how many were repaired."""
    stats = in_all(manifest)
    cells = [
        [code(name), CATEGORIES.get(name, ""), count, stats.recovered.get(name, 0)]
        for name, count in _ordered(stats.failures)
    ]
    if not cells:
        return "No failure was found."
    return table(["category", "the cause", "failures", "recovered"], cells)


def outcomes(manifest: Manifest) -> str:
    """How runs ended."""
    counted = in_all(manifest).outcomes
    told = [
        f"{counted[name]:,} {name}" for name in ("success", "failure", "unknown") if name in counted
    ]
    return listed([plain(part) for part in told]) or "none"


def _configs(manifest: Manifest) -> list[tuple[str, dict[str, Any]]]:
    """The configs in the registry's order."""
    made = manifest.configs
    return [(view.NAME, made[view.NAME]) for view in VIEWS if view.NAME in made]


def _middle(lengths: Mapping[str, int]) -> str:
    """The power of two that half of the rows are below."""
    seen, half = 0, sum(lengths.values()) / 2
    for bound in sorted(map(int, lengths)):
        seen += lengths[str(bound)]
        if seen >= half:
            return f"{bound:,} tokens"
    return "–"


def _ordered(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The most frequent first."""
    return sorted(Counter(counts).items(), key=lambda item: (-item[1], item[0]))
