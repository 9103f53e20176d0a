"""The user's cache folder: its place, its local random key, and digests of our own code."""

from __future__ import annotations

import os
import secrets
from functools import cache
from hashlib import blake2b
from pathlib import Path

from trajset import __version__

_PACKAGE = Path(__file__).resolve().parent


def cache_folder() -> Path:
    """`$TRAJSET_CACHE`, else `trajset` below `$XDG_CACHE_HOME` or the platform's cache folder."""
    if named := os.environ.get("TRAJSET_CACHE"):
        return Path(named)
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA", "~/AppData/Local"))
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache"))
    return base.expanduser() / "trajset"


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner can read, with its parents."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def local_key(folder: Path) -> bytes:
    """32 random bytes that stay on this machine; they key the fingerprint of known values."""
    path = private_folder(folder) / "local-key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) == 32:
            return key
        path.unlink()
        return local_key(folder)
    with os.fdopen(handle, "wb") as file:
        key = secrets.token_bytes(32)
        file.write(key)
    return key


@cache
def code_digest(*parts: str) -> str:
    """Digest of modules and packages of trajset by name, so that changed code misses the cache."""
    digest = blake2b(__version__.encode(), digest_size=16)
    for part in parts:
        path = _PACKAGE / part
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.relative_to(_PACKAGE).as_posix().encode() + b"\0")
            digest.update(file.read_bytes())
    return digest.hexdigest()
