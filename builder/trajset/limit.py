"""`plan.max_rows`: the most rows of a config, chosen by whole trajectories.

Trajectories come in an order by chance (a hash of seed and id, the same in every config), each with
all of its rows if they still fit. More sessions change as little as possible of what is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from trajset.keys import hash64
from trajset.made import Made, merge
from trajset.plan import Plan
from trajset.render import Rendered
from trajset.rowfile import RowFile
from trajset.stats import increase

REASON = "max_rows"

LeftOut = Mapping[str, frozenset[str]]
"""Config -> ids of the trajectories whose rows are left out."""


def left_out(parts: Sequence[Rendered], section: Plan) -> LeftOut:
    """What is over `section.max_rows`."""
    out = {}
    for config, most in section.max_rows.items():
        rows = {id_: n for part in parts for id_, n in part.rows.get(config, {}).items()}
        if sum(rows.values()) > most:
            out[config] = frozenset(rows.keys() - chosen(rows, most, section.seed))
    return out


def chosen(rows: Mapping[str, int], most: int, seed: int) -> set[str]:
    """The trajectories (id -> rows) whose rows stay."""
    left = most
    stay = set()
    for id_ in sorted(rows, key=lambda id_: (hash64(f"{seed}\0rows\0{id_}"), id_)):
        if rows[id_] <= left:
            stay.add(id_)
            left -= rows[id_]
    return stay


def numbers(parts: Sequence[Rendered], out: LeftOut) -> dict[str, Made]:
    """The numbers of all parts by config, rows that are left out counted as such.

    Raises:
        RowFileError: a row file is damaged.
    """
    total: dict[str, Made] = {}
    for part in parts:
        shorter = any(ids & part.rows.get(config, {}).keys() for config, ids in out.items())
        merge(total, _shortened(part, out) if shorter else part.made)
    return total


def _shortened(part: Rendered, out: LeftOut) -> dict[str, Made]:
    total: dict[str, Made] = {}
    for rows in RowFile(Path(part.file)).header.trajectories:
        for config, made in rows.made.items():
            if rows.id in out.get(config, ()):
                increase(made.drops, REASON, sum(blob.rows for blob in rows.blobs[config]))
                made = Made(drops=made.drops, notes=made.notes)
            merge(total, {config: made})
    return total
