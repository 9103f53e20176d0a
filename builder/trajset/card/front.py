"""The YAML at the top of the card, which the Hub and `datasets` read."""

from __future__ import annotations

from typing import Any

from trajset.manifest import Manifest
from trajset.plan import SPLITS
from trajset.shards import Shard
from trajset.views import VIEWS
from trajset.views.view import ColumnType

MARK = "trajset_manifest"
"""Key in the YAML that tells our README.md from somebody else's."""
DEFAULT_CONFIG = "chat"
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
)
_NAMES = {"timestamp": "timestamp[ms, tz=UTC]"}
_FEATURES = {view.NAME: view.FEATURES for view in VIEWS}


def front(manifest: Manifest, manifest_file: str) -> str:
    """The YAML block, made by `huggingface_hub`'s class for it."""
    from huggingface_hub import DatasetCardData

    rows = sum(shard.rows for shard in manifest.shards)
    section = manifest.recipe["card"]
    size = next((name for limit, name in _SIZES if rows < limit), "100M<n<1B")
    fields: dict[str, Any] = {MARK: manifest_file}
    data = DatasetCardData(
        pretty_name=section["pretty_name"],
        license=section["license"],
        language=list(section["languages"]),
        task_categories=["text-generation"],
        annotations_creators=["machine-generated"],
        size_categories=[size],
        tags=list(dict.fromkeys(["agent-traces", "trajset", *section["tags"]])),
        dataset_info=yaml_info(manifest.shards),
        configs=yaml_configs(manifest.shards),
        **fields,
    )
    return f"{data.to_yaml().rstrip()}\n"


def yaml_configs(shards: list[Shard]) -> list[dict[str, Any]]:
    """The `configs` block: every non-empty split with its files by name."""
    by_config = _by_config(shards)
    default = DEFAULT_CONFIG if DEFAULT_CONFIG in by_config else next(iter(by_config), None)
    block = []
    for name, splits in by_config.items():
        entry: dict[str, Any] = {"config_name": name}
        if name == default:
            entry["default"] = True
        entry["data_files"] = [
            {"split": split, "path": sorted(shard.file for shard in found)}
            for split, found in splits.items()
        ]
        block.append(entry)
    return block


def yaml_info(shards: list[Shard]) -> list[dict[str, Any]]:
    """The `dataset_info` block: columns and sizes of every config, as `datasets` writes them."""
    block = []
    for name, splits in _by_config(shards).items():
        sizes = [
            {
                "name": split,
                "num_bytes": sum(shard.arrow_bytes for shard in found),
                "num_examples": sum(shard.rows for shard in found),
            }
            for split, found in splits.items()
        ]
        block.append(
            {
                "config_name": name,
                "features": [
                    {"name": column, **_feature(kind)} for column, kind in _FEATURES[name].items()
                ],
                "splits": sizes,
                "download_size": sum(s.bytes for found in splits.values() for s in found),
                "dataset_size": sum(s.arrow_bytes for found in splits.values() for s in found),
            }
        )
    return block


def _by_config(shards: list[Shard]) -> dict[str, dict[str, list[Shard]]]:
    """Config -> split -> its shards, without empty ones, configs and splits in their order."""
    configs: dict[str, dict[str, list[Shard]]] = {}
    for shard in sorted(shards, key=lambda s: SPLITS.index(s.split)):
        configs.setdefault(shard.config, {}).setdefault(shard.split, []).append(shard)
    return {name: configs[name] for name in _FEATURES if name in configs}


def _feature(kind: ColumnType) -> dict[str, Any]:
    """A column's type in the YAML of `datasets` (`Features._to_yaml_list`)."""
    name: str = kind
    depth = 0
    while name.startswith("list<"):
        name, depth = name[len("list<") : -1], depth + 1
    plain = _NAMES.get(name, name)
    if not depth:
        return {"dtype": plain}
    inner: dict[str, Any] = {"list": plain}
    for _ in range(depth - 1):
        inner = {"list": inner}
    return inner
