"""Reading JSON records that may be damaged: glued, cut off, with NUL bytes or broken encoding."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from trajset.sources.files import open_binary, read_bytes
from trajset.sources.tally import Tally
from trajset.sources.unit import SourceError

T = TypeVar("T")

_raw = json.JSONDecoder(strict=False)


def json_lines(
    place: str, tally: Tally, decoder: msgspec.json.Decoder[T]
) -> Iterator[tuple[int, T | None, Any]]:
    """Yield (line number, typed record, None) for each record of a JSON Lines file.

    Where a record is JSON but not of the decoder's type, yields (line, None, the plain value): the
    source decides. What is no JSON at all is counted as skipped (`undecodable_line`,
    `truncated_line` for the last one). Lines are split at b"\\n" only: U+2028 stands raw in logs.

    Raises:
        OSError: the file cannot be read.
    """
    decode = decoder.decode
    with open_binary(place) as file:
        for number, line in enumerate(file, 1):
            try:
                yield number, decode(line), None
                continue
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass  # looked at again below, more patiently
            for value in _patient(line, tally):
                try:
                    yield number, msgspec.convert(value, decoder.type), None
                except msgspec.ValidationError:
                    yield number, None, value


def _patient(line: bytes, tally: Tally) -> Iterator[Any]:
    """The JSON values of one damaged line; counts what it repairs and what it gives up."""
    if b"\x00" in line:
        line = line.replace(b"\x00", b"")
        tally.repair("nul_bytes")
    text = line.decode("utf-8", errors="replace").removeprefix("\ufeff").strip()
    if not text:
        return
    values: list[Any] = []
    at = 0
    while at < len(text):
        try:
            value, end = _raw.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        values.append(value)
        at = end
        while at < len(text) and text[at].isspace():
            at += 1
    if len(values) > 1:
        tally.repair("glued_line")
    if "\\ud" in text or "\\uD" in text:
        values = [whole_text(value) for value in values]
    if "\ufffd" in text and b"\xef\xbf\xbd" not in line:
        tally.repair("broken_encoding")
    yield from values
    if at < len(text):
        tally.skip("undecodable_line" if line.endswith(b"\n") else "truncated_line")


def whole_text(value: Any) -> Any:
    """The value with half surrogate pairs (cut text) replaced: they cannot be written as UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [whole_text(item) for item in value]
    if isinstance(value, dict):
        return {whole_text(name): whole_text(item) for name, item in value.items()}
    return value


def json_document(place: str, tally: Tally) -> Any:
    """The one JSON value of a file.

    Raises:
        SourceError: the file is no JSON (truncated, say).
        OSError: the file cannot be read.
    """
    data = read_bytes(place).removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # looked at again below, more patiently
    if b"\x00" in data:
        data = data.replace(b"\x00", b"")
        tally.repair("nul_bytes")
    try:
        return whole_text(_raw.decode(data.decode("utf-8", errors="replace")))
    except (ValueError, RecursionError):
        raise SourceError(
            f"{place}: expected one JSON document, found text that ends or breaks before it closes"
        ) from None
