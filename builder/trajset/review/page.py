"""Writes the review page: one HTML file that needs no network and no server.

Whatever comes from a log stands in the page as base64 of deflated JSON, in script elements of a
type that no browser runs; our own script puts it into the page as text. The content security
policy lets only that script and our style in, by their digests, and nothing from anywhere else.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zlib
from base64 import b64encode
from hashlib import blake2b, sha256
from itertools import islice
from pathlib import Path
from string import Template
from typing import IO, Any

import msgspec
from msgspec import Struct

from trajset.folder import manifest_file, read_manifest
from trajset.resources import resource
from trajset.review.overview import Seen, overview
from trajset.review.shown import shown
from trajset.review.stored import ReviewError, stored

_MARK = "<!-- blocks -->"
_SCRIPTS = ("data", "dom", "marks", "overview", "steps", "trajectory", "list", "main")
"""In the order in which they stand in the page; each uses only those before it."""


class Written(Struct, frozen=True, kw_only=True):
    """What a page holds."""

    path: Path
    shown: int
    limited: bool
    """Whether there are more trajectories than the limit let in."""
    bytes: int


def write_review(folder: Path, output: Path, limit: int | None = None) -> Written:
    """Write the review page of a dataset folder.

    Args:
        folder: what a build wrote.
        output: the page; it is replaced in one step, and only its owner can read it.
        limit: show only the first so many trajectories.

    Raises:
        ReviewError: there is no dataset, or a shard is missing or damaged.
        FolderError: the folder is not ours, or its manifest is damaged.
    """
    manifest = read_manifest(folder) if folder.is_dir() else None
    name = manifest_file(folder) if manifest is not None else None
    if manifest is None or name is None:
        raise ReviewError(
            f"{folder}: expected a dataset folder that a build wrote, found none; "
            "`trajset build` first"
        )
    if not output.parent.is_dir():
        raise ReviewError(f"{output.parent}: expected a folder for the page, found none")
    entries: list[dict[str, Any]] = []
    seen = Seen()
    temporary = output.with_name(f".{output.name}.{os.getpid()}.part")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as page, tempfile.TemporaryFile(dir=output.parent) as blocks:
            shared = _Shared(blocks)
            trajectories = stored(folder, manifest)
            for number, found in enumerate(islice(trajectories, limit)):
                entry, content = shown(found, shared.add)
                blocks.write(_block(f"t{number}", content))
                entries.append({"block": f"t{number}", **entry})
                seen.add(found)
            limited = next(trajectories, None) is not None
            first = overview(manifest, name, seen, len(entries), limited)
            before, after = _page(_block("overview-data", first) + _block("list-data", entries))
            page.write(before)
            blocks.seek(0)
            shutil.copyfileobj(blocks, page)
            page.write(after)
        temporary.replace(output)
    finally:
        temporary.unlink(missing_ok=True)
    return Written(path=output, shown=len(entries), limited=limited, bytes=output.stat().st_size)


class _Shared:
    """Texts that many trajectories have: each is written once, and known by its number."""

    def __init__(self, blocks: IO[bytes]) -> None:
        self._blocks = blocks
        self._known: dict[bytes, int] = {}

    def add(self, text: str) -> int:
        """The number of a text; its block is `s` and the number."""
        data = text.encode()
        digest = blake2b(data, digest_size=16).digest()
        if digest not in self._known:
            self._known[digest] = len(self._known)
            self._blocks.write(_block(f"s{self._known[digest]}", text))
        return self._known[digest]


def _block(name: str, value: Any) -> bytes:
    """A block of data: nothing in base64 can end a script element or begin another."""
    packed = b64encode(zlib.compress(msgspec.json.encode(value), 6))
    return b'<script type="application/octet-stream" id="%s">%s</script>\n' % (
        name.encode(),
        packed,
    )


def _page(data: bytes) -> tuple[bytes, bytes]:
    """The page before and after the blocks of trajectories."""
    style = _text("style.css")
    script = (
        '"use strict";\n(() => {\n'
        + "\n".join(_text(f"{name}.js") for name in _SCRIPTS)
        + "})();\n"
    )
    template = Template(_text("page.html"))
    made = template.substitute(
        style=style,
        script=script,
        style_digest=_digest(style),
        script_digest=_digest(script),
        data=data.decode(),
        blocks=_MARK,
    )
    before, _, after = made.partition(_MARK)
    return before.encode(), after.encode()


def _text(name: str) -> str:
    return resource("dataset_card", f"review/{name}").read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
