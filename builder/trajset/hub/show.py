"""What people see before and after a push."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from trajset.hub.connection import Connection
from trajset.hub.parcel import Parcel
from trajset.hub.push import Plan, Pushed
from trajset.manifest import Manifest
from trajset.plan import SPLITS
from trajset.scanning import Receipt

_LISTED = 20


def size_text(size: int) -> str:
    """A size for people."""
    value = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def show_dataset(manifest: Manifest, receipt: Receipt) -> None:
    """Rows by config and split, sizes, and what was scanned."""
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False)
    table.add_column("config")
    for name in (*(f"{split} rows" for split in SPLITS), "files", "size"):
        table.add_column(name, justify="right")
    for name, config in manifest.configs.items():
        shards = [shard for shard in manifest.shards if shard.config == name]
        if not shards:
            continue
        table.add_row(
            name,
            *(f"{config['rows'].get(split, 0):,}" for split in SPLITS),
            f"{len(shards):,}",
            size_text(sum(shard.bytes for shard in shards)),
        )
    console.print(table)
    text = f"redacted: {manifest.findings.total:,} places; {_scanned(receipt)}"
    console.print(text, soft_wrap=True)


def show_session(parcel: Parcel, receipt: Receipt) -> None:
    """What of a session goes, and what was scanned."""
    console = Console(highlight=False)
    lines = sum(item.data().count(b"\n") for item in parcel.items)
    console.print(f"{parcel.title}: {_files(len(parcel.items))}, {lines:,} lines", soft_wrap=True)
    console.print(f"redacted; {_scanned(receipt)}", soft_wrap=True)


def _scanned(receipt: Receipt) -> str:
    scanners = ", ".join(f"{name} {version}" for name, version in receipt.scanners.items())
    allowed = len(receipt.findings) - len(receipt.blocking)
    found = f"{allowed:,} that you allowed" if allowed else "nothing"
    return f"scanned by {scanners}: found {found}"


def show_plan(hub: Connection, plan: Plan, public: bool) -> None:
    """Where it goes, who sees it, what is sent and what is removed.

    Args:
        public: whether a public repository was said to be fine.
    """
    console = Console(highlight=False)
    changes = plan.changes
    if not plan.remote.exists:
        state = "will be created, [bold]private[/bold]"
    else:
        state = "[bold red]PUBLIC: everybody sees it[/bold red]" if plan.public else "private"
    console.print(f"\n[bold]{escape(hub.repo)}[/bold]: {state}", soft_wrap=True)
    if public and not plan.public:
        console.print("--public makes nothing public: it only accepts what is so already")
    stranger = "" if hub.member else " (in no organisation of that name: the Hub may refuse)"
    console.print(f"account: {escape(hub.account)}{stranger}", soft_wrap=True)
    if plan.nothing_new:
        return
    there = len(changes.items) - len(changes.added)
    total = size_text(sum(item.size for item in changes.added))
    console.print(
        f"goes: {_files(len(changes.added))}, {total}"
        + (f"; {there:,} there already" if there else "")
    )
    for item in changes.added[:_LISTED]:
        replaces = "  (replaces the one there)" if item.path in plan.remote.files else ""
        line = f"  + {escape(item.path)}  {size_text(item.size)}{replaces}"
        console.print(line, soft_wrap=True)
    _more(console, len(changes.added))
    if changes.removed:
        console.print(f"is removed: {_files(len(changes.removed))} of an earlier push")
        for path in changes.removed[:_LISTED]:
            console.print(f"  - {escape(path)}", soft_wrap=True)
        _more(console, len(changes.removed))
    if changes.others:
        console.print(f"stays: {_files(changes.others, 'other')}")
    if changes.keeps_notes:
        console.print("stays: the notes on the Hub's README.md")
    if changes.tag is not None:
        console.print(f"tag: {changes.tag}")
    if changes.other_notes:
        console.print(
            "does not go: the notes on the README.md here, since the Hub's has others; edit those "
            "there",
            soft_wrap=True,
        )


def show_pushed(hub: Connection, pushed: Pushed) -> None:
    """What was done, and where it is."""
    console = Console(highlight=False)
    seen = "private" if pushed.private else "public"
    url = f"{hub.api.endpoint}/datasets/{hub.repo}"
    if pushed.commit is not None:
        console.print(
            f"pushed: commit {pushed.commit[:8]}, checked on the Hub: {seen}, all files whole",
            soft_wrap=True,
        )
    if pushed.tag is not None:
        console.print(f"tagged: {pushed.tag}")
    console.print(escape(url), soft_wrap=True)


def _files(count: int, which: str = "") -> str:
    name = f"{which} file".strip()
    return f"1 {name}" if count == 1 else f"{count:,} {name}s"


def _more(console: Console, count: int) -> None:
    if count > _LISTED:
        console.print(f"  … and {count - _LISTED:,} more")
