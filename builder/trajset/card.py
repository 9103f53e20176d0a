"""Manifest + template -> README.md of the dataset: its YAML names each shard."""

from __future__ import annotations

from string import Template
from typing import Any

import yaml

from trajset.manifest import Manifest
from trajset.plan import SPLITS
from trajset.resources import resource
from trajset.shards import Shard

MARK = "trajset_manifest"
"""Key in the YAML that tells our README.md from somebody else's."""
DEFAULT_CONFIG = "chat"
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def card(manifest: Manifest, manifest_file: str) -> str:
    """The text of README.md."""
    front = yaml.safe_dump(_front(manifest, manifest_file), sort_keys=False, allow_unicode=True)
    template = Template(resource("dataset_card", "template.md").read_text(encoding="utf-8"))
    body = template.substitute(
        title=manifest.recipe["card"]["pretty_name"],
        version=manifest.trajset,
        configs=_configs_table(manifest),
        sources=_sources_table(manifest),
        failures=_failures_table(manifest),
        redaction=_redaction(manifest),
        plan=_plan(manifest),
        budget=_budget(manifest),
        manifest=manifest_file,
        example=_example(manifest),
    )
    return f"---\n{front}---\n\n{body}"


def _front(manifest: Manifest, manifest_file: str) -> dict[str, Any]:
    rows = sum(shard.rows for shard in manifest.shards)
    section = manifest.recipe["card"]
    front: dict[str, Any] = {"pretty_name": section["pretty_name"]}
    if section["license"]:
        front["license"] = section["license"]
    front["language"] = list(section["languages"])
    front["size_categories"] = [next((name for limit, name in _SIZES if rows < limit), "n>1M")]
    front["tags"] = ["agent-traces", "trajset", *section["tags"]]
    front["configs"] = yaml_configs(manifest.shards)
    front[MARK] = manifest_file
    return front


def yaml_configs(shards: list[Shard]) -> list[dict[str, Any]]:
    """The `configs` block: every non-empty split with its files by name."""
    configs: dict[str, dict[str, list[str]]] = {}
    for shard in shards:
        configs.setdefault(shard.config, {}).setdefault(shard.split, []).append(shard.file)
    default = DEFAULT_CONFIG if DEFAULT_CONFIG in configs else next(iter(configs), None)
    block = []
    for name, splits in configs.items():
        entry: dict[str, Any] = {"config_name": name}
        if name == default:
            entry["default"] = True
        entry["data_files"] = [
            {"split": split, "path": sorted(splits[split])} for split in SPLITS if split in splits
        ]
        block.append(entry)
    return block


def table(header: list[str], rows: list[list[Any]]) -> str:
    """A Markdown table; numbers with thousands separators."""
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    for row in rows:
        cells = [f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _configs_table(manifest: Manifest) -> str:
    rows: list[list[Any]] = []
    for name, config in manifest.configs.items():
        counts, tokens = config["rows"], sum(config["tokens"].values())
        left = (
            ", ".join(f"{reason} {n:,}" for reason, n in sorted(config["dropped"].items()))
            or "none"
        )
        rows.append([f"`{name}`", *(counts.get(split, 0) for split in SPLITS), tokens, left])
    return table(["config", "train", "validation", "test", "tokens", "left out"], rows)


def _sources_table(manifest: Manifest) -> str:
    rows: list[list[Any]] = []
    for name, harness in sorted(manifest.harnesses.items()):
        stats, records = harness.stats, harness.records
        models = sorted(stats.models, key=lambda m: (-stats.models[m], m))
        rows.append(
            [
                name,
                harness.units,
                stats.trajectories,
                stats.calls,
                records.read,
                sum(records.skipped.values()),
                ", ".join(models[:4]),
            ]
        )
    return table(
        ["harness", "logs", "trajectories", "tool calls", "records", "skipped", "models"], rows
    )


def _failures_table(manifest: Manifest) -> str:
    failures: dict[str, int] = {}
    recovered: dict[str, int] = {}
    for harness in manifest.harnesses.values():
        for name, count in harness.stats.failures.items():
            failures[name] = failures.get(name, 0) + count
        for name, count in harness.stats.recovered.items():
            recovered[name] = recovered.get(name, 0) + count
    rows: list[list[Any]] = [
        [name, failures[name], recovered.get(name, 0)]
        for name in sorted(failures, key=lambda n: (-failures[n], n))
    ]
    return table(["category", "failures", "recovered"], rows) if rows else "No failure was found."


def _redaction(manifest: Manifest) -> str:
    if not manifest.redacted:
        return "**Nothing was redacted** (`privacy.enabled: false`): not to be published."
    kinds = manifest.findings.by_kind()
    if not kinds:
        return "Nothing that looks like a secret or personal data was found."
    rows: list[list[Any]] = [
        [kind, kinds[kind]] for kind in sorted(kinds, key=lambda k: (-kinds[k], k))
    ]
    return table(["kind", "replaced"], rows)


def _plan(manifest: Manifest) -> str:
    plan = manifest.plan
    dropped = ", ".join(f"{count:,} {reason}" for reason, count in sorted(plan["dropped"].items()))
    text = (
        f"{plan['trajectories']:,} trajectories in {plan['groups']:,} groups "
        f"(by {plan['group_by']}); "
        f"dropped: {dropped or 'none'}; {plan['with_copied_steps']:,} continue steps that another "
        "trajectory owns, which are not repeated. A group is never in two splits."
    )
    near = plan["near"]
    if near["proposed"]:
        text += (
            f"\n\nNear duplicates: {near['proposed']:,} pairs proposed by MinHash, "
            f"{near['verified']:,} verified by exact Jaccard similarity, "
            f"{near['dropped']:,} trajectories dropped"
        )
        examples = ", ".join(
            f"`{dropped}` ({similarity:.2f} with `{kept}`)"
            for dropped, kept, similarity in near["examples"][:3]
        )
        text += f", such as {examples}." if examples else "."
    if plan["single_split"]:
        text += " There are fewer than 3 groups, so everything is in `train`."
    return text


def _budget(manifest: Manifest) -> str:
    training = manifest.training
    exact = (
        "exact"
        if training["lengths_are_exact"]
        else "approximate: your tokenizer may count otherwise"
    )
    return (
        f"No row is longer than {training['max_length']:,} tokens, counted with "
        f"{training['tokenizer']} ({exact})."
    )


def _example(manifest: Manifest) -> str:
    names = [shard.config for shard in manifest.shards]
    return "error_recovery" if "error_recovery" in names else next(iter(names), DEFAULT_CONFIG)
