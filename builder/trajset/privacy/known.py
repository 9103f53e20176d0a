"""Values that are known to be secret: from the environment, and from env files that were named.

They are held in memory only. Nothing here prints, logs or stores one; what leaves is a keyed
fingerprint, so that a cache knows when the set changed.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from trajset.privacy.detectors.naming import strength
from trajset.privacy.detectors.plausible import Written, plausible
from trajset.privacy.policy import Privacy
from trajset.privacy.words import is_placeholder, is_random, is_wordlike

LEAST = 8
"""Shortest value, in characters, that is removed without context."""

_ORDINARY = re.compile(
    r"(?i)^(?:PATH|HOME|SHELL|LANG|LANGUAGE|LC_\w+|PWD|OLDPWD|TERM\w*|COLORTERM|EDITOR"
    r"|VISUAL|PAGER|LESS\w*|LS_COLORS|DISPLAY|XDG_\w+"
    r"|TMP|TEMP|TMPDIR|TZ|HOSTNAME|HOSTTYPE|OSTYPE|MACHTYPE|SHLVL|_|USER|LOGNAME|USERNAME"
    r"|MAIL|PS\d|IFS|MANPATH|INFOPATH|PYTHON\w*|VIRTUAL_ENV\w*"
    r"|CONDA_\w+|NODE_(?:ENV|VERSION|PATH|OPTIONS)|JAVA_HOME|GOPATH|GOROOT|CARGO_HOME"
    r"|RUSTUP_HOME|NVM_\w+|PYENV_\w+|HF_HOME|SSH_(?:AUTH_SOCK|AGENT_PID|CLIENT|CONNECTION"
    r"|TTY)"
    r"|DBUS_\w+|WINDOWID|GIO_\w+|GTK_\w+|QT_\w+|KDE_\w+|GNOME_\w+|DESKTOP_SESSION"
    r"|SESSION_MANAGER|INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_\w+"
    r"|ProgramFiles\w*|SystemRoot|windir|ComSpec|PATHEXT|PROCESSOR_\w+|APPDATA|LOCALAPPDATA"
    r"|COMPUTERNAME|NUMBER_OF_PROCESSORS|OS|CI|DEBIAN_FRONTEND)$"
)
_LINE = re.compile(
    r"^\s*(?:export\s+|set\s+|declare\s+-x\s+)?([A-Za-z_][\w.\-]*)\s*[=:]\s*(.*?)\s*$"
)
_PATH = re.compile(
    r"^(?:~?/|\.{1,2}/|[A-Za-z]:[\\/]|file:)|^(?:[\w.\-]+/)+[\w.\-]+$|^[\w./\-]+(?::[\w./\-]+)+$"
)
_PLAIN = re.compile(
    r"(?i)^(?:[\d.,:+\-eTZ/ ]+|true|false|yes|no|on|off|\d+(?:\.\d+)*[a-z]{0,3}\d*)$"
)
_URL_WITH_PASSWORD = re.compile(r"://[^\s/:@]*:([^\s/]{4,})@")


class KnownValues(Struct, frozen=True):
    """Secret values to remove wherever they occur. Its text never shows one."""

    values: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"KnownValues({len(self.values)} values)"

    @classmethod
    def collect(
        cls,
        policy: Privacy | None = None,
        environ: Mapping[str, str] | None = None,
        env_files: Iterable[str | Path] = (),
    ) -> KnownValues:
        """Gather values from an environment, and from env files beside those of the policy.

        Args:
            environ: usually `os.environ`; left out if the policy says `known_env: false`.

        Raises:
            OSError: an env file that was named cannot be read; the text holds its path only.
        """
        policy = policy or Privacy()
        values: set[str] = set()
        if environ is not None and policy.known_env:
            for name, value in environ.items():
                values |= _secret_in(name, value, named_file=False)
        for path in (*policy.env_files, *env_files):
            for name, value in assignments(Path(path).expanduser().read_text("utf-8", "replace")):
                values |= _secret_in(name, value, named_file=True)
        return cls(frozenset(values))

    def fingerprint(self, local_key: bytes) -> str:
        """A digest of the set under a key that stays on this machine; says nothing about values."""
        total = hmac.new(local_key, digestmod=sha256)
        for value in sorted(self.values):
            total.update(hmac.digest(local_key, value.encode("utf-8", "surrogatepass"), "sha256"))
        return total.hexdigest()


def assignments(text: str) -> list[tuple[str, str]]:
    """Names and values of an env file, without quotes and comments; other lines are left out."""
    found = []
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None or line.lstrip().startswith("#"):
            continue
        name, value = match.groups()
        if value[:1] in ("'", '"'):
            end = value.find(value[0], 1)
            value = value[1:end] if end > 0 else value[1:]
        else:
            value = re.split(r"\s+#", value, maxsplit=1)[0]
        found.append((name, value))
    return found


def _secret_in(name: str, value: str, *, named_file: bool) -> set[str]:
    """What of a value has to be removed wherever it occurs; empty for what is no secret."""
    value = value.strip()
    raw = value.encode("utf-8", "surrogatepass")
    said = strength(name.encode("utf-8", "surrogatepass"))
    if "://" in value:
        return {p for p in _URL_WITH_PASSWORD.findall(value) if _particular(p)}
    if len(value) < LEAST or _PLAIN.match(value) or is_placeholder(raw):
        return set()
    if said is None and (_ORDINARY.match(name) or _PATH.match(value) or " " in value):
        return set()
    if said is not None and plausible(raw, said, Written.ENV):
        return {value} if said != "password" or _particular(value) else set()
    if said in ("password", "token", "phrase") and not is_wordlike(raw) and not _PATH.match(value):
        return {value}
    return (
        {value}
        if is_random(raw) and (named_file or len(value) >= 16) and not _PATH.match(value)
        else set()
    )


def _particular(value: str) -> bool:
    """Whether a value is no word that other texts hold as well."""
    raw = value.encode("utf-8", "surrogatepass")
    return (
        len(value) >= LEAST
        and not raw.isdigit()
        and not (raw.isalpha() and is_wordlike(raw))
        and not is_placeholder(raw)
    )
