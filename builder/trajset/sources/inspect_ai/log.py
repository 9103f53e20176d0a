"""Inspect's logs as they lie on disk: a JSON document, or a zip of JSON with a file per sample."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from trajset.sources.files import open_binary
from trajset.sources.records import json_document, whole_text
from trajset.sources.tally import Tally
from trajset.sources.unit import SourceError

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    RuntimeError,
    ValueError,
    OSError,
)
_HEADERS = ("header.json", "_journal/start.json")


class ModelEvent(Struct, frozen=True, gc=False):
    """An event of a sample, as far as it is of use (`model` events: tools, usage, time)."""

    event: str | None = None
    timestamp: str | None = None
    tools: Any = None
    output: Any = None


class Sample(Struct, frozen=True, gc=False):
    """One sample: a run of the agent on one task."""

    id: Any = None
    epoch: Any = None
    uuid: str | None = None
    messages: Any = None
    scores: Any = None
    score: Any = None
    error: Any = None
    limit: Any = None
    attachments: Any = None
    events: list[ModelEvent] | None = None
    started_at: Any = None
    completed_at: Any = None


_decoder = msgspec.json.Decoder(Sample)


def samples_of(place: str, tally: Tally) -> Iterator[tuple[dict[str, Any], Sample | None]]:
    """Yield (the `eval` object, sample) for each sample; None for one that cannot be read.

    Raises:
        SourceError: neither a JSON document nor a zip can be read.
    """
    with open_binary(place) as file:
        zipped = file.read(2) == b"PK"
        if zipped:
            file.seek(0)
            yield from _zipped(place, file)
            return
    document = json_document(place, tally)
    log = document if isinstance(document, dict) else {}
    samples = log.get("samples")
    for value in samples if isinstance(samples, list) else ():
        yield _object(log.get("eval")), _converted(value)


def _zipped(place: str, file: Any) -> Iterator[tuple[dict[str, Any], Sample | None]]:
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN:
        raise SourceError(f"{place}: expected a whole zip archive, found a broken one") from None
    names = sorted(archive.namelist())
    header: dict[str, Any] = {}
    for name in _HEADERS:
        if not header and name in names:
            header = _object(_object(_plain(_member(archive, name))).get("eval"))
    for name in names:
        if name.startswith("samples/") and name.endswith(".json"):
            yield header, _sample(_member(archive, name))


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """The content of a member, or nothing where it is damaged."""
    try:
        return archive.read(name)
    except _BROKEN:
        return b""


def _sample(data: bytes) -> Sample | None:
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _converted(_plain(data))


def _converted(value: Any) -> Sample | None:
    """A sample of a plain value; odd events cost its tools and times, not the sample."""
    if not isinstance(value, dict):
        return None
    transcript = value.get("transcript")
    if "events" not in value and isinstance(transcript, dict):  # until 2024-11
        value = {**value, "events": transcript.get("events")}
    for given in (value, {**value, "events": None}):
        try:
            return msgspec.convert(given, Sample)
        except msgspec.ValidationError:
            continue
    return None


def _plain(data: bytes) -> Any:
    """JSON with Python's patience: Inspect writes NaN."""
    try:
        return whole_text(json.loads(data))
    except (ValueError, RecursionError):
        return None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
