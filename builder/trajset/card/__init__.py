"""Manifest + template -> the dataset's README.md: its YAML names each shard, its text what is in.

A card depends on the manifest, on one row of each config out of the shards, and on the receipt of a
scan where there is one; so whoever has the dataset folder can make it again.
"""

from trajset.card.card import MARK, card
from trajset.card.drawn import PLOT_NAME, plots
from trajset.card.examples import examples
from trajset.card.front import yaml_configs
from trajset.card.markdown import table
from trajset.card.scanned import Scanned

__all__ = [
    "MARK",
    "PLOT_NAME",
    "Scanned",
    "card",
    "examples",
    "plots",
    "table",
    "yaml_configs",
]
