"""Reading alone, log -> trajectories, on one core, beside its limit: typed decoding of the lines.

`scripts/bench read --mb 100 --runs 5`. The limit decodes blocks of lines into the same typed
records and makes nothing of them. Both read each file anew; neither annotates, redacts or writes.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import msgspec
from measuring import Run, at_least, corpus, finish, middle, numbers, options

from trajset.sources import claude_code
from trajset.sources.claude_code.records import Record
from trajset.sources.tally import Tally

BLOCK = 1 << 20


def main() -> int:
    """Measure and print; returns 1 where a goal is missed."""
    asked = options(__doc__, mb=100, runs=5).parse_args()
    store, facts = corpus(asked.mb, asked.seed)
    files = sorted(map(str, store.rglob("*.jsonl")))
    megabytes = facts["bytes"] / 1e6
    found: dict[str, list[Run]] = {"read": [], "typed decode": []}
    for _ in range(asked.runs):
        for name, work in (("read", read_all), ("typed decode", decode_all)):
            found[name].append(timed(work, files))
    rate = megabytes / middle(found["read"])
    goals = [
        at_least("reading on one core", 300, rate, " MB/s"),
        at_least(
            "share of the limit", 0.4, middle(found["typed decode"]) / middle(found["read"]), ""
        ),
    ]
    measured = {name: numbers(runs, megabytes) for name, runs in found.items()}
    for row in measured.values():
        row["times_ours"] = round(row["seconds"][1] / measured["read"]["seconds"][1], 2)
    result = {
        "corpus": facts,
        "versions": {"msgspec": version("msgspec")},
        "measured": measured,
    }
    return finish(result, goals, asked.json)


def timed(work: Callable[[list[str]], None], files: list[str]) -> Run:
    """One run in this process; its memory is not measured."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    work(files)
    return Run(seconds=time.perf_counter() - wall, cpu=time.process_time() - cpu, peak=0)


def read_all(files: list[str]) -> None:
    """The trajectories of all logs, one log after the other."""
    for unit in claude_code.units(files):
        claude_code.read(unit, Tally())


def decode_all(files: list[str]) -> None:
    """The typed records of all logs, in blocks of whole lines."""
    decode = msgspec.json.Decoder(Record).decode_lines
    for place in files:
        with Path(place).open("rb") as file:
            rest = b""
            while block := file.read(BLOCK):
                whole, newline, tail = block.rpartition(b"\n")
                if newline:
                    decode(rest + whole)
                    rest = tail
                else:
                    rest += block
            if rest:
                decode(rest)


if __name__ == "__main__":
    sys.exit(main())
