"""Compiled expressions, kept in the cache folder: compiling all detectors takes half a second.

Only expressions that stand in our own code are kept, never names, patterns or known values.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import hyperscan

from trajset.cache import cache_folder, private_folder
from trajset.cache_use import used
from trajset.private_files import write_private

_CHECK = 16


def compiled(
    expressions: Sequence[bytes], flags: Sequence[int], *, keep: bool = False
) -> hyperscan.Database:
    """A database of expressions, numbered in their order; with `keep` from the cache, or for it.

    Raises:
        hyperscan.HyperscanError: an expression does not compile.
    """
    if not keep:
        return _compile(expressions, flags)
    place = cache_folder() / "automata" / _name(expressions, flags)
    if (found := _kept(place)) is not None:
        return found
    database = _compile(expressions, flags)
    data = hyperscan.dumpb(database)
    with contextlib.suppress(OSError):  # it works without a cache as well
        private_folder(place.parent)
        write_private(place, [_check(data), data], sync=False)
    return database


def _compile(expressions: Sequence[bytes], flags: Sequence[int]) -> hyperscan.Database:
    database = hyperscan.Database()
    database.compile(
        expressions=list(expressions),
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=list(flags),
    )
    return database


def _name(expressions: Sequence[bytes], flags: Sequence[int]) -> str:
    digest = blake2b(digest_size=20)
    for expression, flag in zip(expressions, flags, strict=True):
        digest.update(b"%d %d " % (flag, len(expression)) + expression)
    return digest.hexdigest()


def _kept(place: Path) -> hyperscan.Database | None:
    """The database in a file; None where it is missing, damaged, or made by another version or for
    another processor, which Hyperscan checks itself.
    """
    try:
        content = place.read_bytes()
        if _check(content[_CHECK:]) != content[:_CHECK]:
            return None
        database = hyperscan.loadb(content[_CHECK:], hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
        used(place)
    except (OSError, hyperscan.HyperscanError):
        return None
    return database


def _check(data: bytes) -> bytes:
    return blake2b(data, digest_size=_CHECK).digest()
