"""What people see of a scan: counts and places, never a value."""

from __future__ import annotations

import datetime

import msgspec
from rich.console import Console
from rich.table import Table

from trajset.privacy.findings import FIELD_NAMES
from trajset.scanning.logs import Handle, LogScan
from trajset.scanning.receipt import Receipt, ScanFinding

_MOST = 40
"""Findings that are listed."""
_FIELDS = 3
"""Fields that are named in a row."""
_WIDTH = 180


def logs_json(scan: LogScan) -> str:
    """The scan of logs as one JSON object."""
    return msgspec.json.format(msgspec.json.encode(scan), indent=1).decode()


def receipt_json(receipt: Receipt) -> str:
    """The receipt as one JSON object, as it lies in the folder."""
    return msgspec.json.format(msgspec.json.encode(receipt), indent=1).decode()


def _console() -> Console:
    """Wide where nobody's terminal says how wide."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH)


def show_logs(scan: LogScan) -> None:
    """Print what sessions hold."""
    console = _console()
    if not scan.kinds:
        console.print(
            f"{scan.sessions:,} sessions in {scan.logs:,} logs: nothing that looks like a secret "
            "or personal data was found. No detector finds everything."
        )
        return
    table = _table("kind", "harness", "found", "sessions", "where", "oldest", "newest")
    for kind in scan.kinds:
        table.add_row(
            kind.kind,
            kind.harness,
            f"{kind.found:,}",
            f"{kind.sessions:,}",
            _where(kind.fields),
            _handle(kind.oldest),
            _handle(kind.newest),
        )
    console.print(table)
    total = sum(kind.found for kind in scan.kinds)
    console.print(
        f"{total:,} findings in {scan.sessions:,} sessions ({scan.logs:,} logs). A place is "
        "session:line. A build replaces all of these; the logs stay as they are."
    )


def _where(fields: dict[str, int]) -> str:
    """The fields where most was found."""
    order = sorted(fields, key=lambda name: (-fields[name], name))
    named = [f"{FIELD_NAMES.get(name, name)} {fields[name]:,}" for name in order[:_FIELDS]]
    more = sum(fields[name] for name in order[_FIELDS:])
    return ", ".join([*named, f"others {more:,}"] if more else named)


def _handle(handle: Handle | None) -> str:
    if handle is None:
        return ""
    place = handle.session if handle.line is None else f"{handle.session}:{handle.line}"
    if not handle.time:
        return place
    day = datetime.datetime.fromtimestamp(handle.time / 1000, datetime.UTC).date()
    return f"{place} ({day})"


def show_receipt(receipt: Receipt, written: str) -> None:
    """Print what the scan of a dataset found, and what to do about it."""
    console = _console()
    scanners = ", ".join(f"{name} {version}" for name, version in receipt.scanners.items())
    console.print(
        f"{receipt.rows:,} rows in {len(receipt.files):,} files, {receipt.texts:,} different "
        f"texts; scanned with {scanners}",
        soft_wrap=True,
    )
    allowed = len(receipt.findings) - len(receipt.blocking)
    if receipt.clean:
        note = f" ({allowed:,} allowed by the recipe)" if allowed else ""
        console.print(f"No finding stands in the way of a push{note}. Receipt: {written}")
        return
    table = _table("scanner", "kind", "config", "row", "field", "texts", "hash")
    for finding in receipt.blocking[:_MOST]:
        table.add_row(*_row(finding))
    console.print(table)
    if len(receipt.blocking) > _MOST:
        console.print(f"… and {len(receipt.blocking) - _MOST:,} more: `trajset scan --json`")
    console.print(
        f"{len(receipt.blocking):,} findings block a push. Look at the rows. Where it is a secret: "
        "name it in the recipe (privacy.patterns, privacy.names) or in an --env-file, and build "
        "again. Where it is none: put its hash into privacy.allow_findings.",
        soft_wrap=True,
    )


def _row(finding: ScanFinding) -> list[str]:
    return [
        finding.scanner,
        finding.kind,
        "/".join(part for part in (finding.config, finding.split) if part),
        finding.row or finding.file,
        finding.field,
        f"{finding.texts:,}",
        finding.hash,
    ]


def _table(*header: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in header:
        right = name in ("found", "sessions", "texts")
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    return table
