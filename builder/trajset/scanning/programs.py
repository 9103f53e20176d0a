"""Scanners on the PATH: trufflehog, gitleaks, betterleaks; without verification, off the network.

They read the texts from a private folder that is removed afterwards. What they print holds values:
it is read from a pipe and dropped. Their environment has no configuration of the user and no
token, and what proxies they would use leads nowhere, so that no value can leave. A program that
fails stops the scan: an unread text is not a clean one.

Formats: trufflehog prints a JSON object a line (`pkg/output/json.go`), gitleaks writes one array
(`report/finding.go`); betterleaks 2 spells the same keys in lower case, with the line below
`location`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from trajset.scanning.strings import Text

_NAMES = ("trufflehog", "gitleaks", "betterleaks")
_FOUND = 42
"""Exit code that means findings, and nothing else."""
_LEAKS = (
    *("--no-banner", "--log-level", "error", "--ignore-gitleaks-allow"),
    *("--exit-code", str(_FOUND), "--report-format", "json", "--report-path", "-"),
)
_SECONDS = 3600
_ALLOWS = re.compile(r"(trufflehog|gitleaks|betterleaks):(ignore|allow)")
"""Comments by which a text could hide itself from a scanner."""


class ProgramError(RuntimeError):
    """A scanner on the PATH failed. The text names it, and holds nothing that it printed."""


class Program(Struct, frozen=True):
    """A scanner that is installed."""

    name: str
    path: str
    version: str


class Alarm(Struct, frozen=True):
    """What a program takes for a secret."""

    kind: str
    value: str
    text: int
    """Number of the text, from 0."""


def installed() -> list[Program]:
    """The programs on the PATH, with their versions.

    Raises:
        ProgramError: one is there and does not run.
    """
    found = []
    for name in _NAMES:
        path = shutil.which(name)
        if path is not None:
            option = "--version" if name == "trufflehog" else "version"
            with tempfile.TemporaryDirectory(prefix="trajset-scan-") as folder:
                done = _run(name, [path, option], folder, (0,))
            version = re.search(rb"\d+(?:\.\w+)+[\w.+-]*", done.stdout + done.stderr)
            found.append(Program(name, path, version[0].decode() if version else "unknown"))
    return found


def alarms(program: Program, texts: Sequence[Text]) -> Iterator[Alarm]:
    """What a program finds in texts.

    Raises:
        ProgramError: it fails, or what it prints is not understood.
    """
    with tempfile.TemporaryDirectory(prefix="trajset-scan-") as private:  # made with mode 0700
        folder = Path(private) / "texts"
        folder.mkdir(mode=0o700)
        starts = _write(folder / "texts.txt", texts)
        if program.name == "trufflehog":
            command = ["filesystem", str(folder), "--json", "--no-verification", "--no-update"]
            done = _run(program.name, [program.path, *command], private, (0,))
            entries = [_trufflehog(line) for line in done.stdout.splitlines() if line.strip()]
        else:
            done = _run(
                program.name, [program.path, "dir", str(folder), *_LEAKS], private, (0, _FOUND)
            )
            entries = [_leak(item) for item in _items(done.stdout)]
            if bool(entries) != (done.returncode == _FOUND):
                raise ProgramError(f"{program.name}: expected findings and exit code to agree")
    for entry in entries:
        if entry is None:
            raise ProgramError(f"{program.name}: expected findings with a line and a value")
        kind, value, line = entry
        yield Alarm(kind, value, max(0, bisect_right(starts, max(line, 1)) - 1))


def _write(path: Path, texts: Sequence[Text]) -> list[int]:
    """One after the other, with the names of values; returns the first line of each."""
    starts = []
    line = 1
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        for text in texts:
            starts.append(line)
            whole = f'{text.name} = "{text.text}"' if text.name else text.text
            whole = _ALLOWS.sub(r"\1 \2", whole) + "\n"
            file.write(whole)
            line += whole.count("\n")
    return starts


def _run(
    name: str, command: list[str], folder: str, good: tuple[int, ...]
) -> subprocess.CompletedProcess[bytes]:
    nowhere = "http://127.0.0.1:9"
    environment = {
        key: os.environ[key] for key in ("PATH", "SYSTEMROOT", "TMPDIR") if key in os.environ
    }
    environment |= {"HOME": folder, "HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProgramError(f"{name}: expected it to run, found {type(error).__name__}") from None
    if done.returncode not in good:
        raise ProgramError(
            f"{name}: expected exit code {' or '.join(map(str, good))}, found {done.returncode}; "
            "update it or take it off the PATH"
        )
    return done


def _items(report: bytes) -> list[Any]:
    try:
        items = msgspec.json.decode(report) if report.strip() else []
    except msgspec.DecodeError:
        return [None]
    return items if isinstance(items, list) else [] if items is None else [None]


def _leak(item: Any) -> tuple[str, str, int] | None:
    if not isinstance(item, dict):
        return None
    item = {str(key).lower(): value for key, value in item.items()}
    place = item.get("location")
    line = item.get("startline", place.get("startLine") if isinstance(place, dict) else None)
    return _entry(item.get("ruleid"), item.get("secret"), line)


def _trufflehog(line: bytes) -> tuple[str, str, int] | None:
    try:
        item = msgspec.json.decode(line)
        place = item["SourceMetadata"]["Data"]["Filesystem"]
        return _entry(item["DetectorName"], item["Raw"], place.get("line", 1))
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        return None


def _entry(kind: Any, value: Any, line: Any) -> tuple[str, str, int] | None:
    if isinstance(kind, str) and isinstance(value, str) and isinstance(line, int):
        return kind, value, line
    return None
