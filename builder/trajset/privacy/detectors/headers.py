"""Credentials of HTTP: bearer and basic tokens, API key headers, cookies."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from trajset.privacy.detectors.detector import ADDRESS, Detector, Span
from trajset.privacy.detectors.forms import stands_alone
from trajset.privacy.words import is_placeholder, is_random, is_strong

_TOKEN = re.compile(
    rb"(?:[ \t+]|%20|(?:\\*[\"'])?[:,][ \t]*(?:\\*[\"'])?){1,4}([A-Za-z0-9._~+/|-]{8,4000}+={0,2})"
)
_BASIC = re.compile(rb"(?:[ \t+]|%20){0,4}([A-Za-z0-9+/_-]{6,2000}+={0,2})")
_COOKIE = re.compile(rb"([^\s=;,\"'\\<>]{1,80})=(\\*\"?)([^\s;,\"'\\<>\x00]{1,4000}+)")
_NEXT_COOKIE = re.compile(rb"\\*\"?;[ \t]*")
_ATTRIBUTES = frozenset(
    b"path expires max-age domain samesite secure httponly priority version".split()
)
_HARMLESS = re.compile(rb"(?i)theme|lang|locale|consent|currency|timezone|^tz$|dark|color|country")
_SESSION = re.compile(
    rb"(?i)sess|sid|auth|token|jwt|csrf|xsrf|login|secure|remember|id$|cf_|connect"
)


def _bearer(buffer: bytes, end: int) -> Iterator[Span]:
    found = _TOKEN.match(buffer, end)
    if found and is_random(found[1].rstrip(b".")):
        value = found[1].rstrip(b".")
        yield Span(
            found.start(1),
            found.start(1) + len(value),
            "bearer",
            value,
            ADDRESS,
            learn=is_strong(value),
        )


def decoded_pair(value: bytes) -> bytes | None:
    """`user:password` that a value of basic authentication holds; None if it holds none."""
    try:
        plain = binascii.a2b_base64(value + b"=" * (-len(value) % 4))
    except binascii.Error:
        return None
    head, colon, tail = plain.partition(b":")
    if not colon or not head + tail or any(byte < 32 for byte in plain):
        return None
    try:
        plain.decode()
    except UnicodeDecodeError:
        return None
    return plain


def _basic(buffer: bytes, end: int) -> Iterator[Span]:
    found = _BASIC.match(buffer, end)
    plain = decoded_pair(found[1]) if found else None
    if found and plain and not is_placeholder(plain.partition(b":")[2]):
        yield Span(*found.span(1), "basic_auth", found[1], ADDRESS, learn=len(found[1]) >= 12)
        password = plain.partition(b":")[2]
        if is_strong(password):
            yield Span(found.end(1), found.end(1), "basic_auth", password, ADDRESS, learn=True)


def _cookies(buffer: bytes, end: int) -> Iterator[Span]:
    at = end
    for _ in range(60):
        found = _COOKIE.match(buffer, at)
        if found is None:
            return
        name, value = found[1], found[3]
        plain = name.lower() in _ATTRIBUTES or _HARMLESS.search(name) or value.isdigit()
        if not plain and not is_placeholder(value):
            telling = _SESSION.search(name) is not None and len(value) >= 8
            if is_random(value) or telling:
                yield Span(*found.span(3), "cookie", value, ADDRESS, learn=is_strong(value))
        following = _NEXT_COOKIE.match(buffer, found.end())
        if following is None:
            return
        at = following.end()


def _guarded_bearer(buffer: bytes, end: int) -> Iterator[Span]:
    if stands_alone(buffer, end - 6):
        yield from _bearer(buffer, end)


DETECTORS = (
    Detector(rb"bearer", _guarded_bearer, True),
    Detector(rb"basic(?:[ \t+]|%20)", _basic, True),
    Detector(rb"cookie(?:\\*[\"'])?[ \t]*[:=,][ \t]*(?:\\*[\"'])?", _cookies, True),
    Detector(rb"\s(?:-b|--cookie)[ =]\\*[\"']", _cookies),
)
