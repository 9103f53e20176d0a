"""Redaction: planted secrets removed, look-alikes altered, ids broken and MB/s, beside others.

`scripts/bench redaction --samples 6 --sessions ~/logs --json`. The planted corpus is that of the
tests (tests/planted): trajset's detectors were written against it, the others' were not. A secret
counts as removed where nothing of it can be read afterwards, in any spelling. `detect-secrets`
(default plugins) removes the values it finds, driven in both ways that it has: each text as a file,
with its filters, which drop much of what the plugins see; and line by line, as it scans a string.
teich and dataclaw run in an environment of their own, made from the package index under the cache
folder, and are left out with the reason where that fails. Rates are per second of processor time,
and of the clock for the peers in another process. MB are 10^6 characters of ordinary output:
listings, diffs, logs, code; with `--sessions` also 10^6 bytes of whole units, as a build sees them.
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import planted  # noqa: E402
from trajset.privacy import Redactor  # noqa: E402
from trajset.privacy.walk import read_trajectory  # noqa: E402
from trajset.sources import SOURCES  # noqa: E402
from trajset.sources.discover import discover  # noqa: E402
from trajset.sources.tally import Tally  # noqa: E402

Redact = Callable[[str], str]
Clock = Callable[[], float]
TARGETS = {"recall": 0.98, "altered": 0.01, "ids_broken": 0}
_LEAST = 0.5
"""Seconds that a run of the speed measurement takes at least."""
PEERS = ("teich", "dataclaw")
IDS = ("call_{}", "toolu_01{}", "msg_01{}", "req_011{}", "chatcmpl-{}", "fc_{}", "resp_{}")
_ASK = """
import json, sys
name = sys.argv[1]
if name == "teich":
    from teich.anonymize import TraceAnonymizer
    redact = TraceAnonymizer().anonymize_text
else:
    from dataclaw.secrets import redact_text
    redact = lambda text: redact_text(text)[0]
for line in sys.stdin:
    print(json.dumps(redact(json.loads(line))), flush=True)
"""


def main() -> int:
    """Measure and print; returns 1 where trajset misses a target."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--samples", type=int, default=6, help="planted samples of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=int, default=5, help="runs of the speed measurement")
    parser.add_argument("--peers", nargs="*", default=PEERS, choices=PEERS)
    parser.add_argument("--sessions", help="folder of logs, to measure redaction of whole units")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    results: dict[str, Any] = {}
    for name, load in _tools(options.peers):
        try:
            redact, number = load()
        except (OSError, subprocess.CalledProcessError, ImportError) as error:
            results[name] = {"skipped": str(error)}
            continue
        clock = time.perf_counter if name in PEERS else time.process_time
        results[name] = {"version": number, **measure(redact, options, clock)}
    if options.sessions:
        results["trajset"]["units"] = _units(Path(options.sessions), options.runs)
    if options.json:
        print(json.dumps(results, indent=1))
    else:
        _print(results)
    own = results["trajset"]
    met = own["recall"] >= TARGETS["recall"] and own["altered"] <= TARGETS["altered"]
    return 0 if met and own["ids_broken"] == TARGETS["ids_broken"] else 1


def measure(redact: Redact, options: argparse.Namespace, clock: Clock) -> dict[str, Any]:
    """What a redactor removes, alters, breaks, and how fast it is."""
    found = planted.recall(redact, options.seed, options.samples)
    total = sum(number for _, number, _ in found.values())
    alike = planted.over_redaction(redact, options.seed)
    spelled: dict[str, int] = {}
    for _, _, missed in found.values():
        for sample in missed:
            spelled[sample.spelling] = spelled.get(sample.spelling, 0) + 1
    texts = list(_ids(Random(options.seed)))
    return {
        "recall": round(sum(removed for removed, _, _ in found.values()) / total, 4),
        "planted": total,
        "kinds": len(found),
        "kinds_wholly_removed": sum(removed == number for removed, number, _ in found.values()),
        "altered": round(
            sum(changed for changed, _, _ in alike.values())
            / sum(number for _, number, _ in alike.values()),
            4,
        ),
        "look_alikes": sum(number for _, number, _ in alike.values()),
        "ids_broken": sum(redact(text) != text for text in texts),
        "ids": len(texts),
        "megabytes_per_second": _speed(redact, options.runs, clock),
        "missed_by_spelling": dict(sorted(spelled.items())),
    }


def _ids(random: Random) -> Iterator[str]:
    for _ in range(20):
        for form in IDS:
            ident = form.format(planted.chars(planted.ALNUM, 24)(random))
            yield json.dumps({"tool_call_id": ident, "type": "tool_result"})
        yield json.dumps({"sessionId": planted.chars(planted.HEX, 32)(random)})


def _speed(redact: Redact, runs: int, clock: Clock) -> list[float]:
    """Least, median and most MB/s over one text as agents see them, about 0.1 MB."""
    text = "\n".join(_ordinary(Random(3)))
    size = len(text) / 1e6
    redact(text)  # what is compiled once is compiled now
    rates = []
    for _ in range(runs):
        started, times = clock(), 0
        while times == 0 or clock() - started < _LEAST:
            redact(text)
            times += 1
        rates.append(size * times / (clock() - started))
    return _spread(rates)


def _spread(rates: list[float]) -> list[float]:
    return [round(value, 2) for value in (min(rates), statistics.median(rates), max(rates))]


def _units(folder: Path, runs: int) -> dict[str, Any]:
    """MB/s of redaction of whole units, as a build sees them, over the logs below a folder."""
    units = []
    for unit in discover([str(folder)], SOURCES).units:
        source = next(source for source in SOURCES if unit.harness == source.NAME)
        units.append(tuple(source.read(unit, Tally())))
    sizes: list[int] = []

    def take(text: str, name: str = "", stream: str = "") -> None:
        sizes.append(len(text.encode("utf-8", "surrogatepass")))

    for unit in units:
        for trajectory in unit:
            read_trajectory(trajectory, take, lambda: None)
    rates = []
    for _ in range(runs):
        started = time.process_time()
        for unit in units:
            Redactor().redact_unit(unit)
        rates.append(sum(sizes) / 1e6 / (time.process_time() - started))
    return {
        "units": len(units),
        "strings": len(sizes),
        "megabytes": round(sum(sizes) / 1e6, 2),
        "megabytes_per_second": _spread(rates),
    }


def _ordinary(random: Random) -> Iterator[str]:
    """Listings of source files, logs and diffs; the files are those of trajset."""
    for path in sorted((ROOT / "builder" / "trajset").rglob("*.py"))[:24]:
        lines = path.read_text(encoding="utf-8").split("\n")
        yield "\n".join(f"{number:6}\t{line}" for number, line in enumerate(lines, 1))
        yield "\n".join(
            f"2026-05-0{random.randint(1, 9)} 07:08:{random.randint(10, 59)} INFO worker-"
            f"{random.randint(1, 9)} step={number} took={random.randint(1, 999)}ms ok"
            for number in range(40)
        )
        start = random.randrange(max(1, len(lines) - 12))
        yield "@@ -1,6 +1,6 @@\n" + "\n".join("+" + line for line in lines[start : start + 12])


def _tools(peers: list[str]) -> Iterator[tuple[str, Callable[[], tuple[Redact, str]]]]:
    yield "trajset", _trajset
    yield "detect-secrets, files", lambda: _detect_secrets(by_line=False)
    yield "detect-secrets, lines", lambda: _detect_secrets(by_line=True)
    for name in peers:
        yield name, lambda name=name: _peer(name)  # type: ignore[misc]


def _trajset() -> tuple[Redact, str]:
    try:
        number = version("trajset")
    except PackageNotFoundError:
        number = "(checkout)"
    return Redactor().redact_text, number


def _detect_secrets(*, by_line: bool) -> tuple[Redact, str]:
    from detect_secrets.core.scan import scan_file, scan_line
    from detect_secrets.settings import default_settings

    folder = Path(tempfile.mkdtemp(prefix="trajset-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    place = folder / "output.txt"

    def values(text: str) -> list[str]:
        if by_line:
            found = [secret for line in text.splitlines() for secret in scan_line(line)]
        else:
            place.write_text(text, encoding="utf-8", errors="surrogatepass")
            found = list(scan_file(str(place)))
        return [secret.secret_value for secret in found if secret.secret_value]

    def redact(text: str) -> str:
        with default_settings():
            found = sorted(set(values(text)), key=len, reverse=True)
        return re.sub("|".join(map(re.escape, found)), "[removed]", text) if found else text

    return redact, version("detect-secrets")


def _peer(name: str) -> tuple[Redact, str]:
    """A peer in an environment of its own, asked one text at a time over a pipe."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "trajset" / "peers"
    python = cache / "bin" / "python"
    if not python.exists():
        venv.create(cache, with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet", name]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    ask = f"from importlib.metadata import version; print(version('{name}'))"
    asked = [str(python), "-c", ask]
    number = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    running = subprocess.Popen(
        [str(python), "-c", _ASK, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def redact(text: str) -> str:
        if running.stdin is None or running.stdout is None:
            raise OSError(f"{name}: no pipe")
        running.stdin.write(json.dumps(text) + "\n")
        running.stdin.flush()
        return str(json.loads(running.stdout.readline()))

    return redact, number


def _print(results: dict[str, Any]) -> None:
    print(f"{'':<26}{'removed':>9}{'altered':>9}{'ids broken':>12}{'MB/s min/median/max':>24}")
    for name, result in results.items():
        if "skipped" in result:
            print(f"{name:<26}skipped: {result['skipped']}")
            continue
        called = f"{name} {result['version']}"
        least, middle, most = result["megabytes_per_second"]
        broken = f"{result['ids_broken']}/{result['ids']}"
        print(
            f"{called:<26}{result['recall']:>9.1%}{result['altered']:>9.1%}{broken:>12}"
            f"{f'{least} / {middle} / {most}':>24}"
        )
    own = results["trajset"]
    print(
        f"\n{own['planted']} secrets of {own['kinds']} kinds, {own['look_alikes']} look-alikes; "
        f"{own['kinds_wholly_removed']} kinds wholly removed by trajset"
    )
    if "units" in own:
        least, middle, most = own["units"]["megabytes_per_second"]
        print(
            f"{own['units']['units']} units, {own['units']['strings']} strings, "
            f"{own['units']['megabytes']} MB: {least} / {middle} / {most} MB/s"
        )


if __name__ == "__main__":
    sys.exit(main())
