"""`plan.max_rows`: the most rows of a config, chosen by whole trajectories.

Trajectories come in an order by chance (a hash of seed and id, the same in every config), each with
all of its rows if they still fit. More sessions change as little as possible of what is chosen.
Shards that lose rows are written again; nothing is rendered twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from trajset.keys import hash64
from trajset.plan import Plan
from trajset.render import Rendered
from trajset.shards import Shard, ShardWriter
from trajset.stats import increase
from trajset.views import VIEWS

REASON = "max_rows"


def limit_rows(parts: Sequence[Rendered], section: Plan, folder: Path) -> None:
    """Take the rows over `section.max_rows` out of the shards in a folder, and count them."""
    for config, most in section.max_rows.items():
        made = {id_: n for part in parts for id_, n in part.made.get(config, {}).items()}
        if sum(made.values()) <= most:
            continue
        out = made.keys() - chosen(made, most, section.seed)
        for part in parts:
            if out & part.made.get(config, {}).keys():
                _shorten(part, config, out, folder)


def chosen(made: Mapping[str, int], most: int, seed: int) -> set[str]:
    """The trajectories (id -> rows) whose rows stay."""
    left = most
    stay = set()
    for id_ in sorted(made, key=lambda id_: (hash64(f"{seed}\0rows\0{id_}"), id_)):
        if made[id_] <= left:
            stay.add(id_)
            left -= made[id_]
    return stay


def _shorten(part: Rendered, config: str, out: Collection[str], folder: Path) -> None:
    shards = []
    for shard in part.shards:
        shorter = _without(shard, out, folder, part) if shard.config == config else shard
        if shorter is not None:
            shards.append(shorter)
    part.shards = shards


def _without(shard: Shard, out: Collection[str], folder: Path, part: Rendered) -> Shard | None:
    """The shard without some trajectories; None where nothing stays."""
    path = folder / Path(shard.file).relative_to("data")
    table = pq.read_table(path)
    leaves = pc.is_in(table["trajectory_id"], value_set=pa.array(sorted(out), pa.string()))
    removed = table.filter(leaves)
    if not removed.num_rows:
        return shard
    _uncount(part, shard.config, removed)
    path.unlink()
    if removed.num_rows == table.num_rows:
        return None
    view = next(view for view in VIEWS if shard.config == view.NAME)
    writer = ShardWriter(folder, shard.config, view.FEATURES, shard.split, shard.bucket)
    writer.write_table(table.filter(pc.invert(leaves)))
    return writer.close()


def _uncount(part: Rendered, config: str, removed: pa.Table) -> None:
    increase(part.drops.setdefault(config, {}), REASON, removed.num_rows)
    for length in removed["n_tokens"].to_pylist():
        _decrease(part.lengths[config], str(1 << length.bit_length()))
    if "tools_source" in removed.column_names:
        for source in removed["tools_source"].to_pylist():
            if source:
                _decrease(part.tool_sources[config], source)


def _decrease(counts: dict[str, int], name: str) -> None:
    counts[name] -= 1
    if not counts[name]:
        del counts[name]
