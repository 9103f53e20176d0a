"""What measurements share: commands run and measured, in turn; tables; goals that are missed."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from msgspec import Struct
from session_corpus import write_store

SCRIPTS = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "trajset"
_LOOK = 0.05
"""Seconds between two looks at the memory of a process and its children."""


class Run(Struct, frozen=True, kw_only=True):
    """One run of one command."""

    seconds: float
    cpu: float
    """CPU seconds of the process and its children."""
    peak: float
    """Most resident memory of the process and its children together, in MB; a page that several
    share counts once. 0 where the system does not tell."""


class Goal(Struct, frozen=True, kw_only=True):
    """What is to be reached, and what was."""

    what: str
    want: str
    found: str
    met: bool


class Failed(RuntimeError):
    """A command ended in an error; the text holds the end of what it said."""


def at_least(what: str, least: float, found: float, unit: str = "×") -> Goal:
    """A goal that wants a number or more."""
    return Goal(
        what=what, want=f"≥ {least:g}{unit}", found=f"{found:.3g}{unit}", met=found >= least
    )


def at_most(what: str, most: float, found: float, unit: str = "") -> Goal:
    """A goal that wants a number or less."""
    return Goal(
        what=what, want=f"≤ {most:.4g}{unit}", found=f"{found:.4g}{unit}", met=found <= most
    )


def options(doc: str | None, mb: float, runs: int = 3) -> argparse.ArgumentParser:
    """A parser with what all measurements of speed take."""
    parser = argparse.ArgumentParser(description=(doc or "").split("\n")[0])
    parser.add_argument("--mb", type=float, default=mb, help=f"size of the corpus (default {mb:g})")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=int, default=runs, help="runs of each, in turn")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def corpus(megabytes: float, seed: int, separators: bool = True) -> tuple[Path, dict[str, Any]]:
    """A synthetic store under the cache folder, made when it is not there, and what it is like.

    Without `separators` it has no raw U+2028 (see `session_corpus`).
    """
    code = blake2b((SCRIPTS / "session_corpus.py").read_bytes(), digest_size=4).hexdigest()
    name = f"{megabytes:g}-{seed}-{'with' if separators else 'without'}-{code}"
    folder = CACHE / "bench" / name
    facts = folder / "facts.json"
    if not facts.exists():
        told = write_store(folder, megabytes, seed, separators=separators)
        facts.write_text(json.dumps(told), encoding="utf-8")
    return folder, json.loads(facts.read_text(encoding="utf-8"))


def run(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    accept: Callable[[], bool] | None = None,
) -> Run:
    """Run a command without input and measure it.

    Args:
        env: variables set beside those of this process.
        accept: says whether it did its work, where its exit code does not.

    Raises:
        Failed: it ended in an error.
    """
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        peak = 0.0
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            peak = max(peak, _resident(process.pid))
            time.sleep(_LOOK)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if not accept() if accept is not None else process.returncode != 0:
            said.seek(0)
            lines = said.read().decode("utf-8", "replace").strip().splitlines()
            raise Failed(f"{Path(command[0]).name}: {' '.join(lines[-2:])[-300:]}")
    return Run(seconds=seconds, cpu=usage.ru_utime + usage.ru_stime, peak=peak)


def _resident(pid: int) -> float:
    """Memory of a process and its descendants now, in MB."""
    total, todo = 0, [pid]
    while todo:
        place = Path("/proc") / str(todo.pop())
        try:
            words = (place / "smaps_rollup").read_text().split()
            total += int(words[words.index("Pss:") + 1])
            for task in (place / "task").iterdir():
                todo += map(int, (task / "children").read_text().split())
        except (OSError, ValueError):  # gone meanwhile, or a system without /proc
            continue
    return total / 1e3 * 1.024


def in_turn(
    contestants: Mapping[str, Callable[[], Run]], runs: int
) -> tuple[dict[str, list[Run]], dict[str, str]]:
    """Run all once, then all again, …; returns the runs of each, and why one was left out."""
    found: dict[str, list[Run]] = {name: [] for name in contestants}
    skipped: dict[str, str] = {}
    for _ in range(runs):
        for name, contestant in contestants.items():
            if name in skipped:
                continue
            try:
                found[name].append(contestant())
            except (Failed, OSError) as error:
                skipped[name] = str(error)
                del found[name]
    return found, skipped


def middle(runs: Iterable[Run]) -> float:
    """Median of the seconds."""
    return statistics.median(run.seconds for run in runs)


def numbers(runs: Sequence[Run], megabytes: float) -> dict[str, Any]:
    """What a table says of the runs of one command."""
    seconds = sorted(run.seconds for run in runs)
    return {
        "seconds": [round(s, 2) for s in (seconds[0], statistics.median(seconds), seconds[-1])],
        "mb_per_second": round(megabytes / statistics.median(seconds), 1),
        "cpu_seconds": round(statistics.median(run.cpu for run in runs), 2),
        "peak_mb": round(max(run.peak for run in runs)),
    }


def compared(
    found: Mapping[str, Sequence[Run]], skipped: Mapping[str, str], ours: str, megabytes: float
) -> dict[str, Any]:
    """Numbers of each contestant, with its time as a multiple of ours."""
    rows: dict[str, Any] = {}
    for name, runs in found.items():
        rows[name] = numbers(runs, megabytes)
        if ours in found:
            rows[name]["times_ours"] = round(middle(runs) / middle(found[ours]), 2)
    return {**rows, **{name: {"skipped": why} for name, why in skipped.items()}}


def machine() -> dict[str, Any]:
    """What the numbers depend on."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return {
        "python": platform.python_version(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "machine": f"{platform.system()} {platform.machine()}",
        "load_at_end": round(load, 1),
    }


def told(main: Callable[[], int]) -> int:
    """Run a measurement; a command that failed is told in a line, and 1 returned."""
    try:
        return main()
    except Failed as error:
        print(f"scripts/bench: {error}", file=sys.stderr)
        return 1


def finish(result: dict[str, Any], goals: Sequence[Goal], as_json: bool) -> int:
    """Print a measurement; returns 1 where a goal is missed."""
    result = {**result, "machine": machine()}
    if as_json:
        told = [{name: getattr(goal, name) for name in Goal.__struct_fields__} for goal in goals]
        print(json.dumps({**result, "goals": told}, indent=1, ensure_ascii=False))
    else:
        _print(result)
        for goal in goals:
            mark = "reached" if goal.met else "MISSED"
            print(f"{mark:<8} {goal.what}: wanted {goal.want}, found {goal.found}")
    return 0 if all(goal.met for goal in goals) else 1


def _print(result: Mapping[str, Any]) -> None:
    """A measurement as lines; what is measured of several commands as a table."""
    for name, value in result.items():
        if name != "measured":
            told = value.items() if isinstance(value, dict) else ((None, value),)
            print(f"{name:<12}", "; ".join(f"{n} {v}" if n else str(v) for n, v in told))
    rows = result.get("measured", {})
    if not rows:
        return
    width = max(map(len, rows)) + 2
    print(
        f"\n{'':<{width}}{'seconds min/median/max':>26}{'MB/s':>9}{'CPU s':>9}"
        f"{'peak MB':>9}{'× ours':>8}"
    )
    for name, row in rows.items():
        if "skipped" in row:
            print(f"{name:<{width}}skipped: {row['skipped']}")
            continue
        seconds = " / ".join(f"{s:.2f}" for s in row["seconds"])
        print(
            f"{name:<{width}}{seconds:>26}{row['mb_per_second']:>9}{row['cpu_seconds']:>9}"
            f"{row['peak_mb']:>9}{row.get('times_ours', ''):>8}"
        )
    print()


def trajset(*arguments: str) -> list[str]:
    """The command line of this checkout's trajset."""
    return [sys.executable, "-c", "from trajset.cli import main; main()", *arguments]
