"""Credentials in URLs, and in the connection strings and files that have a grammar of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trajset.privacy.detectors.detector import ADDRESS, SPACES, Detector, Find, Span
from trajset.privacy.words import is_placeholder, is_random, is_strong

_AUTHORITY = re.compile(
    rb"://(?:([^\s\"'`<>/?#:@\\\x00]{0,200}):([^\s\"'`<>/\x00]{1,300})|("
    rb"[^\s\"'`<>/?#:@\\\x00]{16,300}))@"
    rb"(?=[A-Za-z0-9\[$<{(%*_.\\-])"
)
_DEFAULTS = frozenset(
    b"postgres root admin user guest test mysql mongo redis minioadmin sa pass password"
    b" secret".split()
)


def _userinfo(buffer: bytes, end: int) -> Iterator[Span]:
    start = buffer.rfind(b"://", max(0, end - 520), end)
    if start < 0:
        return
    found = _AUTHORITY.match(buffer, start)
    if found is None:
        return
    user, password, token = found.groups()
    if token is not None:
        if is_random(token):
            yield Span(found.start(3), found.end(3), "url", token, ADDRESS, learn=is_strong(token))
        return
    if password == user and password in _DEFAULTS:
        return
    if is_random(user) and password in (b"x-oauth-basic", b"", b"x", b"X"):
        yield Span(found.start(1), found.end(1), "url", user, ADDRESS, learn=is_strong(user))
    elif not is_placeholder(password) and not (b":" in password and b"@" in password):
        yield Span(
            found.start(2), found.end(2), "url", password, ADDRESS, learn=is_strong(password)
        )


def after(kind: str, regex: str, group: int = 1, *, weak: bool = False) -> Find:
    """Look for a value right where the trigger ended.

    Args:
        weak: any value counts that is no placeholder; else it must look random.
    """
    compiled = re.compile(regex.encode())

    def find(buffer: bytes, end: int) -> Iterator[Span]:
        found = compiled.match(buffer, end)
        if found and found[group]:
            value = found[group]
            if is_random(value) or (weak and len(value) >= 4 and not is_placeholder(value)):
                start = found.start(group)
                yield Span(start, start + len(value), kind, value, ADDRESS, learn=is_strong(value))

    return find


WORD = r"(?:'\\+''|\\*[\"'])?([^\s\"'`\\|&;<>$\x00]{4,200}+)"

DETECTORS = (
    Detector(rb"://[^\s\"'`<>/\x00]+@", _userinfo),
    Detector(
        rb"(?:machine"
        + SPACES
        + rb"[^\s\\]+|default)"
        + SPACES
        + rb"login"
        + SPACES
        + rb"[^\s\\]+"
        + SPACES
        + rb"password"
        + SPACES,
        after("netrc", WORD, weak=True),
    ),
    Detector(rb":(?:5432|5433|\*):[^\s:]+:[^\s:]+:", after("pgpass", WORD, weak=True)),
    Detector(
        rb"IDENTIFIED\s+(?:WITH\s+\S+\s+)?BY\s+\\*['\"]", after("password", WORD, weak=True), True
    ),
    Detector(rb"PASSWORD\s+\\*['\"]", after("password", WORD, weak=True)),
    Detector(
        rb"otpauth://[^\s\"'<>]*[?&]secret=", after("otp", r"([A-Za-z2-7]{8,128}+=*)", weak=True)
    ),
)
