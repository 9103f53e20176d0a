"""Home folders in every notation, and the names of their owners."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from trajset.privacy.detectors.detector import PERSONAL, Detector, Span
from trajset.privacy.placeholders import USER

NOBODY = frozenset(
    b"""user users root runner ubuntu vscode node codespace app circleci shared public default
    admin administrator guest linuxbrew jovyan ec2-user vagrant gitpod openhands builder
    build work workspace username you yourname me name someone somebody dev developer
    agent claude codex sandbox testuser test appuser nobody git jenkins docker debian
    centos fedora pi opc azureuser nonroot coder dotnet www-data all services system
    python ruby rust xxx www site home your_username your-username your_name youruser
    myuser example foo bar oracle mambauser nixos steam airflow spark postgres mysql redis
    nginx tomcat gradle maven jboss cloudshell cloudsdk alluser deploy projects code src
    repo repos data index about settings dashboard page pages login profile main welcome
    feed search account overview help start banner hero header footer sections section
    layout components component assets styles""".split()
)
"""Names of home folders that are nobody's, or that are routes of a web site."""

COMMON_WORDS = frozenset(
    b"""mark will max rose grace hope faith joy art bill bob jack chase dean drew frank grant guy
    hunter iris jade jasmine lance miles nick norm olive page pat penny peter pierce ray
    rich rob ruby sky sue ted tom ward web wade violet april may june august dawn eve ivy
    lily daisy amber angel ace alpha beta api apps base bin box cloud core cpu data db
    demo desk engine eng file files fish go gpu hub info int java js lab lib linux log
    logs mac map model models net new node ops opt os pc play pro prod project proxy qa
    self server service shell site sql ssh staff star store sun sys team temp tmp tool
    tools train ui us vm win windows world x86 zip default local remote origin master head
    true false null none""".split()
)
"""Owners' names that are words as well: removed in paths only."""

_NAME = re.compile(
    rb"[A-Za-z0-9_\x80-\xff](?:[A-Za-z0-9_.\x80-\xff-]{0,62}[A-Za-z0-9_\x80-\xff-])?"
)
_WINDOWS_NAME = re.compile(
    rb"(?:[A-Za-z0-9_.\x80-\xff-]{1,40} ){1,3}[A-Za-z0-9_.\x80-\xff-]{1,40}(?=\\)"
)
_FILE = re.compile(rb"\.(?:html?|php|aspx?|jsx?|tsx?|vue|py|css|json|md|png|svg)\Z")


@lru_cache(maxsize=4096)
def _is_owner(name: bytes) -> bool:
    return name.lower() not in NOBODY and not name.isdigit() and not _FILE.search(name)


def _home(buffer: bytes, end: int) -> Iterator[Span]:
    start = end - 1
    found = _NAME.match(buffer, start)
    if buffer[start - 1] == 92:
        found = _WINDOWS_NAME.match(buffer, start) or found
    if found and _is_owner(found[0]):
        yield Span(start, found.end(), "home", found[0], PERSONAL, USER)


_ENCODED_NAME = re.compile(rb"[A-Za-z0-9]{2,40}(?=-|[\"'\s/\\]|\Z)")


def _encoded_home(buffer: bytes, end: int) -> Iterator[Span]:
    """`-Users-ann-code`: a working directory as Claude Code writes it in folder names."""
    start = end - 1
    dash = buffer.rfind(b"-", max(0, end - 8), start - 1)
    before = buffer[max(0, dash - 2) : dash]
    if before[-1:].isalnum() and before[:1] != b"\\":
        return
    if before[-1:] == b"-" and not re.match(rb"[A-Za-z]-\Z", before):
        return
    found = _ENCODED_NAME.match(buffer, start)
    if found is None or found[0].lower() in NOBODY:
        return
    if buffer.startswith(b"home", dash + 1) and buffer[found.end() : found.end() + 1] != b"-":
        return
    yield Span(start, found.end(), "home", found[0], PERSONAL, USER)


_ENVIRONMENT_NAME = re.compile(
    rb"(?:\\*[\"'])?([a-z][a-z0-9._-]{2,31})(?=(?:\\*[\"'])?(?:\s|\\n|\\r|\Z|\0))"
)


def _login_name(buffer: bytes, end: int) -> Iterator[Span]:
    """`USER=ann`, `LOGNAME=ann` of a printed environment."""
    found = _ENVIRONMENT_NAME.match(buffer, end)
    if found and found[1] not in NOBODY:
        yield Span(*found.span(1), "home", found[1], PERSONAL, USER)


_ROOT = (
    rb"(?:^|[^A-Za-z0-9_.~\-]|[/\\]mnt[/\\]+[a-z]|[/\\]var|[/\\]export|/private|/data|/nfs"
    rb"|/net|/rootfs|[A-Za-z]:|/[a-z]"
    rb"|wsl\$?[/\\]+[A-Za-z0-9.\-]+|wsl\.localhost[/\\]+[A-Za-z0-9.\-]+|\\[nrt]|%2F|\["
    rb"[0-9;]+m|System/Volumes/Data|[0-9.]:"
    rb"|sftp://[A-Za-z0-9.\-@]+|(?:ssh|sftp|rsync)://[^\s/]+|[a-z0-9]:)"
)
"""What may stand before a home folder; else it is a part of some other path or route."""

DETECTORS = (
    Detector(_ROOT + rb"(?:[/\\]{1,8}home|[/\\]{1,8}Users)[/\\]{1,8}[A-Za-z0-9_\x80-\xff]", _home),
    Detector(rb"(?:[A-Za-z]:[/\\]{1,8}|/[a-z]/)users[/\\]{1,8}[A-Za-z0-9_\x80-\xff]", _home),
    Detector(rb"-(?:Users|home)-[A-Za-z0-9]", _encoded_home),
    Detector(rb"\b(?:USER|LOGNAME|USERNAME|SUDO_USER)=", _login_name),
)
