"""The card's part on training: TRL's arguments out of the manifest's training block."""

from __future__ import annotations

from trajset.card.markdown import code, fenced, table
from trajset.card.words import TRAINERS
from trajset.manifest import Manifest
from trajset.views import VIEWS

PLACEHOLDER = "PATH_OR_NAME"
"""Stands for what `load_dataset` is given; a push puts the repository's name there."""
_FIRST = ("error_recovery", "sft", "chat", "tokenized")


def example(manifest: Manifest) -> str:
    """The config that code on the card loads."""
    names = {shard.config for shard in manifest.shards}
    order = (*_FIRST, *(view.NAME for view in VIEWS))
    return next((name for name in order if name in names), "chat")


def training(manifest: Manifest) -> str:
    """How to train on it: code for one config, and a table of all."""
    names = {shard.config for shard in manifest.shards}
    rows = [[code(name), *TRAINERS[name]] for name in TRAINERS if name in names]
    if not rows:
        return "No config of this dataset is made for a trainer."
    parts = []
    name = example(manifest)
    if name in _FIRST:
        parts.append(fenced(_code(name, manifest), "python"))
    most = manifest.training["max_length"]
    parts.append(
        f"TRL cuts at 1,024 tokens unless `max_length` says otherwise: give it {most:,}. Without "
        "`assistant_only_loss=True` it would learn the results of tools as well."
    )
    parts.append(table(["config", "trainer", "arguments beside `max_length`"], rows))
    return "\n\n".join(parts)


def _code(name: str, manifest: Manifest) -> str:
    block = manifest.training.get(name, {})
    arguments = {"max_length": manifest.training["max_length"], **dict(sorted(block.items()))}
    lines = [
        "from datasets import load_dataset",
        "from trl import SFTConfig, SFTTrainer",
        "",
        f'rows = load_dataset("{PLACEHOLDER}", "{name}", split="train")',
    ]
    if name == "chat":
        lines.append('rows = rows.filter(lambda row: not row["needs_mask"])')
    lines += [
        "arguments = SFTConfig(",
        *(f"    {key}={value}," for key, value in arguments.items()),
        '    output_dir="my-model",',
        ")",
        'SFTTrainer("YOUR_MODEL", args=arguments, train_dataset=rows).train()',
    ]
    return "\n".join(lines)
