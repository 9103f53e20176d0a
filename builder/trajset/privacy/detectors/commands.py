"""Secrets on command lines: behind the flags of commands, piped into a prompt, in consoles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trajset.privacy.detectors.detector import ADDRESS, SPACES, Detector, Span
from trajset.privacy.detectors.urls import WORD, after
from trajset.privacy.words import is_placeholder, is_random, is_strong

_PAIR = r"(?:'\\+''|\\*[\"'])?[^\s\"'`\\:$<{]{1,80}:([^\s\"'`\\|;<>\x00]{4,200}+)"
_BEFORE = rb"(?:\b|\\[nrt])"
"""A command's name is no end of another word, but may follow an escape."""
_LINE = 240
"""So far behind a command's name its flags are looked for."""


def command(names: str, flag: str, value: str, holds: bytes = b"-") -> list[Detector]:
    """A secret behind a short flag of some commands, on the same line and before any pipe.

    Args:
        holds: what stands on every such line.
    """
    regex = re.compile((r"(?<=\s)" + flag + value).encode())

    def find(buffer: bytes, end: int) -> Iterator[Span]:
        stop = end + _LINE
        for mark in b"\n|\0":
            at = buffer.find(mark, end, stop)
            stop = at if at >= 0 else stop
        if buffer.find(holds, end, stop) < 0:
            return
        found = regex.search(buffer, end - 1, stop)
        if found:
            yield from _secret(found)

    return [Detector(_BEFORE + re.escape(name).encode() + rb"\s", find) for name in names.split()]


def _secret(found: re.Match[bytes], kind: str = "password") -> Iterator[Span]:
    value = found[1]
    if not is_placeholder(value) and value[:1] not in (b"-", b"/", b"*", b"<"):
        yield Span(*found.span(1), kind, value, ADDRESS, learn=is_strong(value))


_PIPED = re.compile(
    rb"(?:echo|printf)(?:[ \t]+-[neE]{1,3})*[ \t]+(?:\\*[\"']%s(?:\\+n)?\\*[\"'][ \t]+)?"
    rb"(?:'\\+''|\\*[\"'])?([^\s\"'`\\|;<>$\x00]{4,200})(?:\\+n)?(?:'\\+''|\\*[\"'])?[ \t]*\Z"
)


def _piped(buffer: bytes, end: int) -> Iterator[Span]:
    """`echo X | docker login --password-stdin`: what was printed into a command that asks."""
    bar = buffer.rfind(b"|", max(0, end - 80), end)
    left = max(0, bar - 300)
    head = _PIPED.search(buffer[left:bar]) if bar > 0 else None
    if head and not is_placeholder(head[1]):
        value, at = head[1], left + head.start(1)
        user, colon, password = value.partition(b":")
        if colon and user.isalnum() and len(password) >= 4:
            value, at = password, at + len(user) + 1
        yield Span(at, at + len(value), "password", value, ADDRESS, learn=is_strong(value))


def _two_flags(buffer: bytes, end: int) -> Iterator[Span]:
    """`-u NAME -p X` of any command."""
    found = _RANDOM_WORD.match(buffer, end)
    if found and is_random(found[1]):
        yield from _secret(found)


_RANDOM_WORD = re.compile(WORD.encode())
_ASKED = rb"(?:[ \t\"'}]|\\+[\"'])*" + SPACES + rb"(?:\{[ \t]*)?"

DETECTORS = (
    *command("curl", r"(?:-u|--user|--proxy-user|-U)[ =]?", _PAIR),
    *command("http https xh wget", r"(?:-a|--auth)[ =]", _PAIR),
    *command("mysql mysqldump mysqladmin mariadb mariadb-dump mysqlimport", "-p", WORD),
    *command("sshpass", r"-p\s*", WORD),
    *command(
        "docker podman helm az oc skopeo buildah crane nerdctl",
        r"login\b[^\n|\x00]{0,300}?\s-p[ =]",
        WORD,
    ),
    *command("mongo mongosh mongodump sqlplus cqlsh twine", "-p[ =]", WORD),
    *command("redis-cli", r"(?:-a|--pass)[ =]", WORD),
    *command("sqlcmd bcp", r"-P[ =]?", WORD),
    *command("ldapsearch ldapadd ldapmodify ldapwhoami", r"-w[ =]?", WORD),
    *command("zip", r"-P[ =]?", WORD),
    *command("unzip unrar", r"-[pP][ =]?", WORD),
    *command("7z 7za", r"(?:\S+\.(?:7z|zip)\s+)(?:\S+\s+){0,5}?-p", WORD),
    *command("7z 7za", r"-p(?=\S+\s+\S*\.(?:7z|zip))", WORD),
    *command("smbclient", r"-U[ =]?(?:\\*[\"'])?[^\s%]{1,60}%", WORD),
    *command("htpasswd", r"-[a-zA-Z]*b[a-zA-Z]*\s+\S+\s+\S+\s+", WORD),
    *command("openssl", r"-[kK][ =]", WORD),
    *command("gh", r"secret\s+set\s[^\n|\x00]{0,120}?(?:--body|-b)[ =]", WORD, b"secret"),
    *command("nmcli", r"password[ =]", WORD, b"password"),
    *command("sqlplus", r"[^\s/@]{1,60}/", r"([^\s\"'`\\|&;<>$@\x00]{4,200}+)(?=@)", b"@"),
    *command("net", r"user\s+[^\s/]{1,60}\s+", r"([^\s\"'`\\|&;<>$\x00]{5,200}+)(?=\s+/)", b"user"),
    Detector(rb"\s-u[ =]?[^\s\-][^\s]*\s+-p[ =]?", _two_flags),
    Detector(rb"--from-literal[= ](?:\\*[\"'])?[A-Za-z0-9_.\-]{1,60}=", after("kubernetes", WORD)),
    Detector(rb"-pass(?:in|out)?[ =](?:\\*[\"'])?pass:", after("password", WORD, weak=True)),
    Detector(
        rb"\|\s*(?:sudo\s+-[a-zA-Z]*S|(?:sudo\s+)?(?:chpasswd|passwd|cryptsetup|kinit|vncpasswd"
        rb"|ecryptfs-add-passphrase|(?:docker|podman|nerdctl|helm|buildah|skopeo|oras|flux|argocd"
        rb"|npm|gh|glab|vercel|heroku)\s+(?:registry\s+|auth\s+)?login|gh\s+secret\s+set"
        rb"|wrangler\s+secret\s+put|gcloud\s+secrets|docker\s+secret\s+create))",
        _piped,
    ),
    Detector(
        rb"(?:npm|yarn|pnpm|bun)\s+config\s+set\s+\S{0,120}_(?:authToken|auth|password)[ =]+",
        after("npm", WORD, weak=True),
    ),
    Detector(rb"vault\s+login\s+(?:token=)?", after("vault", WORD)),
    Detector(
        rb"(?:Unseal|Recovery) Key [0-9]{1,2}: +", after("vault", r"([A-Za-z0-9+/=]{16,100}+)")
    ),
    Detector(
        rb"ConvertTo-SecureString\s+(?:-String\s+)?\\*[\"']", after("password", WORD, weak=True)
    ),
    Detector(rb"\b(?:requirepass|masterauth)\s+", after("redis", WORD, weak=True)),
    Detector(rb"(?:>|\n|\\n)\s{0,8}AUTH\s+", after("redis", WORD)),
    Detector(
        rb"ass(?:word|phrase)[^\n]{0,12}" + _ASKED + rb"(?:exp_)?send\s+(?:--\s+)?\\*[\"{']",
        after("password", r"([^\s\"'`\\|<>$\x00]{4,200}+)", weak=True),
    ),
)
