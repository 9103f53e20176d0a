"""Credentials in URLs, and in the connection strings and files that have a grammar of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trajset.privacy.detectors.detector import ADDRESS, Detector, Find, Span
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


_WORD = r"(?:\\*[\"'])?([^\s\"'`\\|&;<>$\x00]{4,200}+)"
_PAIR = r"(?:\\*[\"'])?[^\s\"'`\\:$<{]{1,80}:([^\s\"'`\\|;<>\x00]{4,200}+)"


def command(names: str, flag: str, value: str) -> list[Detector]:
    """A secret behind a short flag of some commands, on the same line and before any pipe."""
    regex = re.compile((r"[^\n|\x00]{0,240}?(?<=\s)" + flag + value).encode())

    def find(buffer: bytes, end: int) -> Iterator[Span]:
        found = regex.match(buffer, end)
        if found and not is_placeholder(found[1]) and not found[1].startswith(b"-"):
            learn = is_strong(found[1])
            yield Span(*found.span(1), "password", found[1], ADDRESS, learn=learn)

    return [Detector(re.escape(name).encode() + rb"\s", find) for name in names.split()]


DETECTORS = (
    Detector(rb"://[^\s\"'`<>/\x00]+@", _userinfo),
    Detector(rb"machine\s+\S+\s+login\s+\S+\s+password\s+", after("netrc", _WORD, weak=True)),
    Detector(rb":(?:5432|5433|\*):[^\s:]+:[^\s:]+:", after("pgpass", _WORD, weak=True)),
    *command("curl", r"(?:-u|--user|--proxy-user|-U)[ =]?", _PAIR),
    *command("http https xh wget", r"(?:-a|--auth)[ =]", _PAIR),
    *command("mysql mysqldump mysqladmin mariadb mariadb-dump mysqlimport", "-p", _WORD),
    *command("sshpass", r"-p\s*", _WORD),
    *command(
        "docker podman helm az oc skopeo buildah crane nerdctl",
        r"login\b[^\n|\x00]{0,300}?\s-p[ =]",
        _WORD,
    ),
    *command("mongo mongosh mongodump sqlplus cqlsh", "-p[ =]", _WORD),
    *command("redis-cli", r"(?:-a|--pass)[ =]", _WORD),
    *command("sqlcmd bcp", r"-P[ =]?", _WORD),
    *command("ldapsearch ldapadd ldapmodify ldapwhoami", r"-w[ =]?", _WORD),
    *command("unzip 7z 7za unrar", r"-[pP][ =]?", _WORD),
    *command("smbclient", r"-U[ =]?(?:\\*[\"'])?[^\s%]{1,60}%", _WORD),
    *command("htpasswd", r"-[a-zA-Z]*b[a-zA-Z]*\s+\S+\s+\S+\s+", _WORD),
    Detector(rb"-pass(?:in|out)?[ =](?:\\*[\"'])?pass:", after("password", _WORD, weak=True)),
    Detector(
        rb"IDENTIFIED\s+(?:WITH\s+\S+\s+)?BY\s+\\*['\"]", after("password", _WORD, weak=True), True
    ),
    Detector(rb"PASSWORD\s+\\*['\"]", after("password", _WORD, weak=True)),
    Detector(
        rb"echo\s+(?:\\*[\"'])?[a-z_][a-z0-9_-]*:",
        after(
            "password",
            r"([^\s\"'|\\:/]{6,100}+)(?:\\*[\"'])?\s*\|\s*(?:sudo\s+)?chpasswd",
            weak=True,
        ),
    ),
    Detector(
        rb"otpauth://[^\s\"'<>]*[?&]secret=", after("otp", r"([A-Za-z2-7]{8,128}+=*)", weak=True)
    ),
)
