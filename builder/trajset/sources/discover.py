"""Which source reads which file: every file is claimed by exactly one source, by its content."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from trajset.sources.files import read_head, size_of, walk
from trajset.sources.head import Head
from trajset.sources.tally import plain_word
from trajset.sources.unit import Source, SourceError, Unit

_NEVER_LOGS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf", ".lock", ".pyc", ".so", ".woff2")


class Discovery(Struct):
    """What was found below some places."""

    units: list[Unit] = field(default_factory=list)
    unclaimed: list[tuple[str, str]] = field(default_factory=list)
    """(file, type of its first record) of files that no source knows."""
    empty: list[str] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    """(file or folder, reason) of what could not be opened."""

    def cannot_open(self, error: Exception, place: str = "") -> None:
        """Take note of a file or folder that could not be opened."""
        reason = getattr(error, "strerror", None) or type(error).__name__
        self.unreadable.append((place or str(getattr(error, "filename", "")), reason))


def discover(places: Iterable[str], sources: Sequence[Source]) -> Discovery:
    """Find all units at or below the places; each file is looked at once.

    Raises:
        FileNotFoundError: there is nothing at one of the places.
        SourceError: two sources claim one file (a mistake in trajset, so it names both).
    """
    found = Discovery()
    claimed: dict[str, list[str]] = {source.NAME: [] for source in sources}
    seen: set[str] = set()
    for place in places:
        for file in walk(place, found.cannot_open):
            if file in seen or file.lower().endswith(_NEVER_LOGS):
                continue
            seen.add(file)
            try:
                head = read_head(file)
            except (OSError, EOFError, ValueError) as error:
                found.cannot_open(error, file)
                continue
            if not head.data.strip():
                found.empty.append(file)
                continue
            source = claim(head, sources)
            if source is None:
                found.unclaimed.append((file, first_type(head)))
            else:
                claimed[source.NAME].append(file)
    for source in sources:
        for unit in source.units(claimed[source.NAME]):
            size = unit.size or sum(size_of(f) for f in unit.files)
            found.units.append(
                Unit(
                    harness=unit.harness,
                    path=unit.path,
                    files=unit.files,
                    start=unit.start,
                    end=unit.end,
                    size=size,
                )
            )
    return found


def claim(head: Head, sources: Sequence[Source]) -> Source | None:
    """The one source that claims a file, or None.

    Raises:
        SourceError: several sources claim it.
    """
    claims = [source for source in sources if source.claims(head)]
    if len(claims) > 1:
        names = " and ".join(source.NAME for source in claims)
        raise SourceError(f"{head.path}: expected one source to claim it, found {names}")
    return claims[0] if claims else None


def first_type(head: Head) -> str:
    """The type of a file's first record, for the list of files that no source knows; no text."""
    if head.objects:
        first = head.objects[0]
        for key in ("type", "kind", "role", "schema_version"):
            if isinstance(first.get(key), str):
                return f"JSON, {key}={plain_word(first[key])}"
        keys = ",".join(plain_word(k) for k in list(first)[:4])
        return f"JSON, keys {keys}"
    return "JSON" if head.records else "no JSON"
