"""The synthetic store of the measurements: the same for a seed, and read without loss."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

from session_corpus import write_store

from trajset.sources import claude_code
from trajset.sources.tally import Tally

SEPARATOR = "\u2028".encode()


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.jsonl")}


def test_a_seed_gives_the_same_store(tmp_path: Path) -> None:
    told = write_store(tmp_path / "one", 3, seed=4)
    write_store(tmp_path / "two", 3, seed=4)
    write_store(tmp_path / "plain", 3, seed=4, separators=False)
    one, plain = content(tmp_path / "one"), content(tmp_path / "plain")
    assert one == content(tmp_path / "two")
    assert sum(map(len, one.values())) == told["bytes"]
    assert any(SEPARATOR in data for data in one.values())
    assert {name: data.replace(SEPARATOR, b" ") for name, data in one.items()} == plain


def test_every_record_is_read(tmp_path: Path) -> None:
    told = write_store(tmp_path, 3, seed=1)
    tally = Tally()
    files = sorted(map(str, tmp_path.rglob("*.jsonl")))
    found = [t for unit in claude_code.units(files) for t in claude_code.read(unit, tally)]
    assert tally.read == tally.used == told["lines"]
    assert sum(t.agent is not None for t in found) == told["subagents"]
    assert len(found) == len(files)
