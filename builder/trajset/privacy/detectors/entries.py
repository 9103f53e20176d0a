"""Secrets in entries whose name and value stand apart: XML, plists, Kubernetes, HCL, HAR."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trajset.privacy.detectors.context import assigned, judged, name_before
from trajset.privacy.detectors.detector import ADDRESS, CONTEXT, SPACES, Detector, Span
from trajset.privacy.detectors.naming import NAME, WORDS, strength
from trajset.privacy.detectors.plausible import Written, plausible
from trajset.privacy.detectors.urls import WORD, after
from trajset.privacy.words import is_placeholder, is_strong

_NAMED_ENTRY = re.compile(
    rb"[:=][ \t]*(?:\\*[\"'])?([A-Za-z0-9_.\-]{2,80})(?:\\*[\"'])?[ \t]*,?" + SPACES + rb"?"
    rb"(?:-[ \t]*)?"
    rb"(?:\\*[\"'])?(?:[Pp]arameterValue|value|Value|VALUE)(?:\\*[\"'])?[ \t]*[:=]"
)


def _named_entry(buffer: bytes, end: int) -> Iterator[Span]:
    """`name: DB_PASSWORD` with `value: …` beside it: Kubernetes, .NET, Maven, HAR."""
    left = max(0, end - 120)
    operator = max(buffer.rfind(b":", left, end), buffer.rfind(b"=", left, end))
    found = _NAMED_ENTRY.match(buffer, operator) if operator >= 0 else None
    said = strength(found[1]) if found else None
    if found and said:
        yield from assigned(buffer, found.end(), found[1], said)


_VALUE_BEFORE = re.compile(
    rb"(?:value|Value)(?:\\*[\"'])?[ \t]*[:=][ \t]*(\\*[\"'])([^\"'\\\s\x00]{5,300})\\*[\"'][ \t]*,"
    rb"(?:\s|\\+n)*(?:\\*[\"'])?(?:name|key|Name|Key)(?:\\*[\"'])?[ \t]*[:=][ \t]*(?:\\*[\"'])?"
    rb"([A-Za-z0-9_.\-]{2,80})\Z"
)


def _value_before(buffer: bytes, end: int) -> Iterator[Span]:
    """The same entry the other way round: `{"value": "X", "name": "DB_PASSWORD"}`."""
    left = max(0, end - 460)
    found = _VALUE_BEFORE.search(buffer[left:end])
    said = strength(found[3]) if found else None
    if found and said:
        start = left + found.start(2)
        yield from judged(buffer, start, left + found.end(2), found[3], said, Written.QUOTED)


_ELEMENT = re.compile(rb"([^<>\s\x00\\]{4,400})" + SPACES + rb"?</")


def _element(buffer: bytes, end: int) -> Iterator[Span]:
    """`<password>…</password>`, `<string name="api_secret">…</string>`."""
    end -= 1
    opened = buffer.rfind(b">", max(0, end - 100), end)
    name = name_before(buffer, opened)
    said = strength(name)
    found = _ELEMENT.match(buffer, end)
    if said and found:
        yield from judged(buffer, end, end + len(found[1]), name, said, Written.QUOTED)


_PLIST = re.compile(SPACES + rb"?<string>([^<>\s\x00\\]{4,400})</string>")


def _property(buffer: bytes, end: int) -> Iterator[Span]:
    """`<key>ApiToken</key> <string>…</string>` of a property list."""
    name = name_before(buffer, end - 6)
    said = strength(name)
    found = _PLIST.match(buffer, end)
    if said and found:
        yield from judged(buffer, *found.span(1), name, said, Written.QUOTED)


_INPUT = re.compile(rb"[^<>\n\x00]{0,200}?\svalue=(?:\\*[\"'])([^\"'\\<>\x00]{5,200})")


def _input(buffer: bytes, end: int) -> Iterator[Span]:
    """`<input type="password" value="…">`."""
    found = _INPUT.match(buffer, end)
    if found:
        yield from judged(buffer, *found.span(1), b"password", "password", Written.QUOTED)


_DEFAULT = re.compile(rb"[A-Za-z0-9_]{0,40}\\*\"[ \t]*\{[^{}\x00]{0,300}?\bdefault[ \t]*=")


def _variable(buffer: bytes, end: int) -> Iterator[Span]:
    """`variable "db_password" { default = "…" }` of Terraform."""
    found = _DEFAULT.match(buffer, end)
    if found:
        yield from assigned(buffer, found.end(), b"password", "password")


_COOKIE_VALUE = re.compile(WORD.encode())


def _jar(buffer: bytes, end: int) -> Iterator[Span]:
    """The value of a line of a cookie jar (Netscape's format)."""
    found = _COOKIE_VALUE.match(buffer, end)
    if found and len(found[1]) >= 12 and not is_placeholder(found[1]):
        yield Span(*found.span(1), "cookie", found[1], ADDRESS, learn=is_strong(found[1]))


_PREFIX = (
    rb"(?:[ \t]*\d{1,6}(?:[ \t]*(?:[:|]|\xe2\x94\x82|\xe2\x86\x92)|[ \t]|\\+t))?(?:[+-](?=[ a-z]))?"
)
"""What a listing or a diff puts before a line."""
_SECRET_DATA = re.compile(
    rb"(?:\r?\n|\\+n)" + _PREFIX + rb"((?:[ \t]|\\+t)+)([A-Za-z0-9_.\-]+):[ \t]*(?:\\*[\"'])?"
    rb"([A-Za-z0-9+/=_.\-]{4,})"
)
_DATA = re.compile(rb"(?:\n|\\n)" + _PREFIX + rb"[ \t]{0,12}(?:data|stringData):")


_JSON_DATA = re.compile(rb"\\*\"(?:data|stringData)\\*\"[ \t]*:[ \t]*\{([^{}\x00]{0,4000})\}")
_JSON_ENTRY = re.compile(rb"\\*\"[^\"\\]{1,100}\\*\"[ \t]*:[ \t]*\\*\"([^\"\\]{4,4000})")


def _kubernetes(buffer: bytes, end: int) -> Iterator[Span]:
    """Every value of a Kubernetes Secret, whatever its name."""
    floor = max(0, end - 2000)
    start = max(buffer.rfind(b"kind:", floor, max(end - 12, floor)), floor)
    following = buffer.find(b"kind:", end, end + 4000)
    window = following if following >= 0 else min(len(buffer), end + 4000)
    for block in _DATA.finditer(buffer, start, window):
        at = block.end()
        while (entry := _SECRET_DATA.match(buffer, at, window)) is not None:
            if plausible(entry[3], "password", Written.QUOTED):
                learn = is_strong(entry[3])
                yield Span(*entry.span(3), "kubernetes", entry[3], CONTEXT, learn=learn)
            at = entry.end()
            if buffer[at : at + 1] in b"\"'":
                at += 1
    for data in _JSON_DATA.finditer(buffer, start, window):
        for entry in _JSON_ENTRY.finditer(buffer, *data.span(1)):
            if plausible(entry[1], "password", Written.QUOTED):
                learn = is_strong(entry[1])
                yield Span(*entry.span(1), "kubernetes", entry[1], CONTEXT, learn=learn)


_T = rb"(?:\t|\\+t)"
_OPEN = rb"(?:\\*[\"'])?"

DETECTORS = (
    Detector(
        rb"(?:name|key)" + _OPEN + rb"[ \t]*[:=][ \t]*" + _OPEN + rb"[a-z0-9_.\-]*" + WORDS,
        _named_entry,
        True,
    ),
    Detector(
        rb",[^\n]{0,12}(?:name|key)"
        + _OPEN
        + rb"[ \t]*[:=][ \t]*"
        + _OPEN
        + rb"[a-z0-9_.\-]*"
        + WORDS,
        _value_before,
        True,
    ),
    Detector(rb"<[a-z0-9:.\-_]*" + NAME + rb">" + SPACES + rb"?[^\s<>\\]", _element, True),
    Detector(rb"name=\\*[\"'][a-z0-9_.\-]*" + NAME + rb"\\*[\"']>[^\s<>]", _element, True),
    Detector(NAME + rb"</key>", _property, True),
    Detector(rb"type=\\*[\"']?password\\*[\"']?", _input, True),
    Detector(rb"variable\s+\\*\"[a-z0-9_\-]*" + WORDS, _variable, True),
    Detector(
        _T
        + rb"(?:TRUE|FALSE)"
        + _T
        + rb"[^\t\n\\]{1,80}"
        + _T
        + rb"(?:TRUE|FALSE)"
        + _T
        + rb"[0-9]{1,12}"
        + _T
        + rb"[^\t\n\\]{1,80}"
        + _T,
        _jar,
    ),
    Detector(
        rb"name\\*[\"'][ \t]*:[ \t]*\\*[\"'][a-z0-9_.\-]*"
        rb"(?:sess|sid|auth|csrf|xsrf|jwt|remember|token)"
        rb"[a-z0-9_.\-]*\\*[\"'][ \t]*,[ \t]*\\*[\"']value\\*[\"'][ \t]*:[ \t]*\\*[\"']",
        after("cookie", WORD),
        True,
    ),
    Detector(
        rb"BUNDLE_[A-Z0-9_]{3,80}" + _OPEN + rb"[:=][ \t]*" + _OPEN + rb"[^\s:\"'\\]{1,60}:",
        after("gem", WORD, weak=True),
    ),
    Detector(
        rb"(?:github|gitlab|bitbucket)-(?:oauth|token)\\*\"\s*:\s*\{\s*\\*\"[^\"\n\\]{1,80}\\*\"\s*:\s*\\*\"",
        after("composer", WORD),
    ),
    Detector(
        rb"jdbc:oracle:(?:thin|oci):[^\s/@]{1,60}/",
        after("oracle", r"([^\s@\"'\\]{4,100})@", weak=True),
    ),
    Detector(rb": (?:PSK|EAP|XAUTH) \\*\"", after("psk", WORD, weak=True)),
    Detector(rb"kind(?:\\*[\"'])?:[ \t]*(?:\\*[\"'])?Secret\b", _kubernetes),
)
