"""Secrets that code passes without naming them: the second string of a login, a constructor."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trajset.privacy.detectors.detector import CONTEXT, Detector, Span
from trajset.privacy.detectors.naming import strength
from trajset.privacy.detectors.plausible import Written, plausible
from trajset.privacy.words import is_strong

_ARGUMENTS = re.compile(rb"[^()\n\x00]{2,400}")
_STRING = re.compile(rb"(\\*[\"'])([^\"'\\\n\x00 ]{6,200})\1")
_UUID_OR_DIGEST = re.compile(
    rb"[0-9a-f]{7,12}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-.*"
)


def _second_argument(buffer: bytes, end: int) -> Iterator[Span]:
    """`NetworkCredential("ann", "X")`, `auth=("ann", "X")`."""
    listed = _ARGUMENTS.match(buffer, end)
    if listed is None or b"," not in listed[0]:
        return
    comma = end + listed[0].index(b",")
    for found in _STRING.finditer(buffer, comma, listed.end()):
        value = found[2]
        key = buffer[found.end() : found.end() + 1] in (b":", b"=")
        if key or _UUID_OR_DIGEST.fullmatch(value):
            continue
        if plausible(value, "password", Written.PAIRED):
            yield Span(*found.span(2), "password", value, CONTEXT, learn=is_strong(value))


_VALUES = rb"(?:\s|\\+n)*(?:OVERRIDING \w+ VALUE\s+)?VALUES(?:\s|\\+n)*"
_AFTER_COLUMNS = re.compile(_VALUES, re.IGNORECASE)
_INSERT = re.compile(rb"\(([^()\x00]{1,600})\)" + _VALUES + rb"\Z", re.IGNORECASE)
_ROW = re.compile(rb"(?:\s|\\+n|,)*\(([^()\x00]{1,2000})\)")
_CELL = re.compile(rb"(\\*['\"])((?:(?!\1)[^\n\x00]){0,400})\1|[^,'\"]+")


def _inserted(buffer: bytes, end: int) -> Iterator[Span]:
    """`INSERT INTO users (name, password) VALUES ('ann', 'X')`: by the name of the column."""
    start = max(0, end - 700)
    closed = buffer.rfind(b")", start, end)
    if closed < 0 or _AFTER_COLUMNS.fullmatch(buffer, closed + 1, end) is None:
        return  # `x.values(` in code is common, and the whole search is slow
    columns = _INSERT.search(buffer[start:end])
    if columns is None:
        return
    names = [name.strip(b" \t`\"[]\\'") for name in columns[1].split(b",")]
    said = {n: (name, s) for n, name in enumerate(names) if (s := strength(name)) is not None}
    at = end
    for _ in range(50 if said else 0):
        row = _ROW.match(buffer, at)
        if row is None:
            return
        cells = [c for c in _CELL.finditer(buffer, row.start(1), row.end(1)) if c[0].strip()]
        for number, cell in enumerate(cells):
            if number in said and cell[2] and plausible(cell[2], said[number][1], Written.QUOTED):
                learn = is_strong(cell[2])
                yield Span(*cell.span(2), "password", cell[2], CONTEXT, learn=learn)
        at = row.end()


_HEADER = re.compile(
    rb"(?:\A|\n|\\n|[\"'`=\x00])[+-]?((?:[\w .-]{1,40}[,;\t]){0,20}[\w .-]{1,40})\Z"
)
_END_OF_LINE = re.compile(rb"(?:[,;\t][A-Za-z_]|\\?(?:\r?\n|\\r|\\n))?\Z")
_LINES = re.compile(rb"\\?(?:\r?\n|(?:\\+r)?\\+n)([^\r\n\\\x00\"]{3,600})")


def _column(buffer: bytes, end: int) -> Iterator[Span]:
    """The column of a table of comma-separated values whose header says `password`."""
    end -= len(_END_OF_LINE.search(buffer[end - 4 : end])[0])  # type: ignore[index]
    stop = min(end + 300, len(buffer))
    tail = re.compile(rb"[\w .,;\t-]{0,300}").match(buffer, end, stop)
    floor = max(buffer.rfind(b"\n", max(0, end - 300), end), end - 300, 0)
    head = _HEADER.search(buffer[floor:end])
    if head is None or tail is None:
        return
    for mark in (b",", b";", b"\t"):
        if mark in head[1] or tail[0].startswith(mark):
            break
    else:
        return
    marker = head[0][: head.start(1) - head.start()][-1:].strip(b"\n\"'`=\0n")
    before, name = head[1].count(mark), head[1].split(mark)[-1].strip()
    said, width = strength(name), before + tail[0].count(mark) + 1
    at = tail.end()
    for _ in range(200 if said else 0):
        line = _LINES.match(buffer, at)
        if line is None or line[1].count(mark) + 1 != width:
            return
        start = line.start(1)
        for number, cell in enumerate(line[1].split(mark)):
            if number == 0 and marker and cell[:1] == marker:
                cell, start = cell[1:], start + 1
            if number == before and strength(cell):
                return  # another header
            if number == before and plausible(cell, said or "", Written.ENV):
                yield Span(
                    start, start + len(cell), "password", cell, CONTEXT, learn=is_strong(cell)
                )
            start += len(cell) + 1
        at = line.end()


_TELLING = rb"(?:pass(?:word|wd|phrase)?|secret|token|api_?key|access_?key|secret_?key|credential)"

DETECTORS = (
    Detector(
        rb"(?:NetworkCredential|PSCredential|getConnection|mysqli(?:_connect|_real_connect)?|\bPDO"
        rb"|SetBasicAuth|basic_?auth|UsernamePassword[A-Za-z]{0,24}|PasswordAuthentication"
        rb"|\blog_?in|\bsign_?in|\bauthenticate|\bconnect|pg_connect|createConnection)\([ \t]{0,4}",
        _second_argument,
        True,
    ),
    Detector(
        rb"\b(?:auth|credentials|login|basic_auth|http_auth)\\*[\"']?[ \t]{0,4}[=:][ \t]{0,4}[(\[]",
        _second_argument,
        True,
    ),
    Detector(rb"\bVALUES(?:\s|\\n){0,8}", _inserted, True),
    Detector(_TELLING + rb"[,;\t][A-Za-z_]", _column, True),
    Detector(rb"[A-Za-z_][,;\t]" + _TELLING + rb"\\?(?:\r?\n|\\r|\\n)", _column, True),
)
