"""Images in text: data URIs and long base64 of image files. A picture can show anything."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trajset.privacy.detectors.detector import FORM, Detector, Span
from trajset.privacy.placeholders import IMAGE

_URI = re.compile(
    rb"data:image/[a-z0-9.+-]{2,20}(?:;[a-z0-9=.-]{1,40}){0,4},[^\s\"'`<>()\\\x00]{16,}+"
)
_BLOB = re.compile(rb"[A-Za-z0-9+/]{160,}+={0,2}")
_LINES = re.compile(rb"(?:(?:\\+r)?\\+n|\r?\n)[A-Za-z0-9+/]{4,}+={0,2}")


def _uri(buffer: bytes, end: int) -> Iterator[Span]:
    found = _URI.match(buffer, buffer.rfind(b"data:", max(0, end - 12), end))
    if found:
        yield Span(*found.span(), "image", b"", FORM, IMAGE)


def _blob(buffer: bytes, end: int) -> Iterator[Span]:
    start = max(end - 11, 0)
    for magic in (b"iVBORw0KGgo", b"/9j/4", b"R0lGOD", b"UklGR"):
        if buffer.endswith(magic, 0, end):
            start = end - len(magic)
    if buffer[start - 1 : start].isalnum() and buffer[start - 2 : start - 1] != b"\\":
        return
    found = _BLOB.match(buffer, start) or re.compile(rb"[A-Za-z0-9+/]{60,}").match(buffer, start)
    if found is None:
        return
    at = found.end()
    while (line := _LINES.match(buffer, at)) is not None and len(line[0]) > 40:
        at = line.end()
    if at - start >= 160:
        if at > found.end() and (line := _LINES.match(buffer, at)) is not None:
            at = line.end()
        yield Span(start, at, "image", b"", FORM, IMAGE)


DETECTORS = (
    Detector(rb"data:image/", _uri),
    Detector(rb"iVBORw0KGgo|/9j/4|R0lGOD|UklGR", _blob),
)
