"""Names of private hosts: in URLs, remotes, prompts and printed facts about the machine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trajset.privacy.detectors.detector import PERSONAL, Detector, Span
from trajset.privacy.detectors.forms import ALNUM_BYTES, run_before
from trajset.privacy.detectors.homes import NOBODY
from trajset.privacy.placeholders import USER

_PRIVATE = frozenset(
    b"internal local lan corp intranet home private localdomain arpa priv intra".split()
)
_LABELS = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9_.-]{1,250}+")
_STAYS = re.compile(
    rb"(?i)(?:^|\.)(?:docker\.internal|google\.internal|svc\.cluster\.local|cluster\.local"
    rb"|containers\.internal|example\.(?:local|internal|corp|lan))$"
    rb"|^(?:localhost|example|test|myapp|app|your-?\w+|my-?\w+|settings|env|config)\."
    rb"(?:local|lan|internal|corp|home|private|localdomain|intranet)$"
)
_PUBLIC = re.compile(
    rb"(?i)(?:^|\.)(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|huggingface\.co"
    rb"|hf\.co|sr\.ht|dev\.azure\.com|visualstudio\.com"
    rb"|googlesource\.com|sourceforge\.net|gitee\.com|launchpad\.net|savannah\.gnu\.org"
    rb"|kernel\.org|gnu\.org|freedesktop\.org|gnome\.org|kde\.org"
    rb"|apache\.org|debian\.org|archlinux\.org|salsa\.debian\.org|notabug\.org|example\."
    rb"(?:com|org|net)|gitea\.com|opendev\.org|chromium\.org|amazonaws\.com"
    rb"|pypi\.org|npmjs\.(?:org|com)|docker\.io|ghcr\.io|heroku\.com|gitlab\.gnome\.org"
    rb"|invent\.kde\.org|llvm\.org|qt\.io|videolan\.org|python\.org|google\.com|microsoft\.com|android\.com|mozilla\.org|eclipse\.org)$"
)
_HOST = re.compile(rb"((?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61})\.){1,6}[A-Za-z]{2,18})")
_REMOTE_TAIL = re.compile(rb"(?::\d{1,5})?[:/][^\s\"'<>]{1,200}")


def _in_url(buffer: bytes, end: int) -> Iterator[Span]:
    """A host with a private domain, after `://` or `@`."""
    left = max(0, end - 140)
    start = max(
        buffer.rfind(b"/", left, end),
        buffer.rfind(b"@", left, end),
        buffer.rfind(b"%40", left, end) + 2,
    )
    yield from _private(buffer, start + 1)


def _private(buffer: bytes, start: int) -> Iterator[Span]:
    """The host that starts here, if its last label is one that no public host has."""
    found = _LABELS.match(buffer, start)
    if found is None:
        return
    host = found[0].rstrip(b".-_")
    labels = host.split(b".")
    if not 2 <= len(labels) <= 7 or not all(labels) or _STAYS.search(host):
        return
    last, before = labels[-1].lower(), labels[-2].lower()
    if last in _PRIVATE and (last != b"arpa" or before == b"home"):
        yield Span(start, start + len(host), "host", host.lower(), PERSONAL, learn=True)


def _bare(buffer: bytes, end: int) -> Iterator[Span]:
    """A host with a private domain and a hyphen in its name, anywhere: `ann-laptop.local`."""
    start = run_before(buffer, end, ALNUM_BYTES + b"_.-", 120)
    before = buffer[max(0, start - 4) : start]
    if before[-1:] in (b"/", b"\\") and b"://" not in before:
        return
    for span in _private(buffer, start):
        called = buffer[span.end : span.end + 1] == b"("
        if span.end >= end and b"-" in span.value.partition(b".")[0] and not called:
            yield span


def _remote(buffer: bytes, end: int) -> Iterator[Span]:
    """The host of a git remote that is no well-known code host."""
    found = _HOST.match(buffer, end)
    if found and not _PUBLIC.search(found[1]) and _REMOTE_TAIL.match(buffer, found.end()):
        yield Span(*found.span(1), "host", found[1].lower(), PERSONAL, learn=True)


_PROMPT = re.compile(
    rb"([a-z][a-z0-9._-]{1,31})@([A-Za-z][A-Za-z0-9-]{2,62}(?:\.[A-Za-z0-9-]{2,62}){0,4})"
    rb"(?=[: ](?:~|/|\$|%|[\w.~-]+[\] ]?[$%#]))"
)
_UNIVERSAL = re.compile(
    rb"openhands|ip-\d+-\d+-\d+-\d+|workspace|ubuntu|debian|localhost|runner|docker|[0-9a-f]{12}|codespaces?"
    rb"|host|hostname|server|machine|box|container|sandbox|fv-az"
)


def _prompt(buffer: bytes, end: int) -> Iterator[Span]:
    """`ann@annes-laptop:~/code$`."""
    at = buffer.rfind(b"@", max(0, end - 130), end)
    found = _PROMPT.match(buffer, run_before(buffer, at, ALNUM_BYTES + b"._-", 32))
    if found is None or found.end(1) != at or buffer[found.start() - 1 : found.start()] == b"\\":
        return
    user, host = found.groups()
    if user not in NOBODY and user != b"git":
        yield Span(*found.span(1), "home", user, PERSONAL, USER)
    if not _UNIVERSAL.match(host) and user != b"git" and not _PUBLIC.search(host):
        yield Span(*found.span(2), "host", host.lower(), PERSONAL, learn=True)


_NODE_NAME = re.compile(
    rb" ?([A-Za-z][A-Za-z0-9-]{2,62}(?:\.[A-Za-z0-9-]{1,62}){0,5})(?= \d+\.\d+)"
)
_NAMED_HOST = re.compile(
    rb"(?:\\*[\"'])?([A-Za-z][A-Za-z0-9]{0,30}-[A-Za-z0-9.-]{2,62})(?=(?:\\*[\"'])?(?:\s|,|\\n|\Z|\0|;))"
)


def _uname(buffer: bytes, end: int) -> Iterator[Span]:
    found = _NODE_NAME.match(buffer, end)
    if found and not _UNIVERSAL.match(found[1].lower()):
        yield Span(*found.span(1), "host", found[1].lower(), PERSONAL, learn=True)


def _named(buffer: bytes, end: int) -> Iterator[Span]:
    found = _NAMED_HOST.match(buffer, end)
    if found and not _UNIVERSAL.match(found[1].lower()):
        yield Span(*found.span(1), "host", found[1].lower(), PERSONAL, learn=True)


DETECTORS = (
    Detector(
        rb"(?://|@|%40)[a-z0-9_.-]*\.(?:internal|local|lan|corp|intranet|home|private|priv|intra)",
        _in_url,
        True,
    ),
    Detector(
        rb"[a-z0-9]-[a-z0-9][a-z0-9.-]*\.(?:internal|local|lan|corp|intranet|localdomain)",
        _bare,
        True,
    ),
    Detector(rb"\bgit@|ssh://(?:[a-z0-9_-]{1,32}@)?|git://", _remote),
    Detector(rb"[a-z0-9]@[A-Za-z][A-Za-z0-9.-]{2,80}[: ](?:~|/|\$|%)", _prompt),
    Detector(
        rb"[a-z0-9]@[A-Za-z][A-Za-z0-9.-]{2,60} [A-Za-z0-9_.~\-]{1,40}[\] ][$%#](?:\s|\\n|$)",
        _prompt,
    ),
    Detector(rb"(?:Linux|Darwin) ", _uname),
    Detector(rb"\b(?:HOSTNAME|HOST|COMPUTERNAME)=|\bhostname: ", _named),
)
