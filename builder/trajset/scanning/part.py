"""Scan of one part of a dataset: the shards that the same sessions went to. Runs in a worker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

from msgspec import Struct, field

from trajset.privacy import KnownValues, Privacy, Redactor
from trajset.privacy.allowed import Allowed
from trajset.privacy.detectors.detector import Span
from trajset.scanning.programs import Program, alarms
from trajset.scanning.second import NAME, SecondScanner
from trajset.scanning.strings import Strings, Text, shard_blocks, text_block

OURS = "trajset"


class Job(Struct, frozen=True, kw_only=True):
    """What a part's scan needs beside its files; the same for all parts."""

    folder: str
    policy: Privacy
    known: KnownValues
    key: bytes
    """Keys the hashes of findings."""
    programs: tuple[Program, ...] = ()


class Hit(Struct, frozen=True, kw_only=True):
    """A value that a scanner takes for a secret, and where it stands first in a part."""

    scanner: str
    kind: str
    hash: str
    file: str
    row: str
    field: str


class Scanned(Struct, kw_only=True):
    """What a part's scan found."""

    hits: dict[tuple[str, str, str], tuple[Hit, int]] = field(default_factory=dict)
    """(scanner, kind, hash) -> first hit, and in how many different texts the value stands."""
    texts: int = 0

    def add(self, hit: Hit, texts: int = 1) -> None:
        """Count a hit."""
        key = (hit.scanner, hit.kind, hit.hash)
        first, before = self.hits.get(key, (hit, 0))
        self.hits[key] = first, before + texts


def finding_hash(key: bytes, value: str) -> str:
    """What allows a value: keyed, since a plain digest of a short password is soon guessed.

    The key stays on this machine (or with a team), so that a published list of allowed hashes
    tells nothing. It is the same for every scanner and every place, and in every later build.
    Empty where a scanner tells no value: such a finding cannot be allowed.
    """
    raw = value.strip().encode("utf-8", "surrogatepass")
    if not raw:
        return ""  # nothing that one could allow
    return blake2b(raw, key=key, digest_size=8, person=b"trajset-scan").hexdigest()


def scan_part(job: Job, files: tuple[str, ...]) -> Scanned:
    """Scan shards, or README.md and the manifest.

    Raises:
        ProgramError: a scanner on the PATH fails.
        OSError, Damaged: a file cannot be read.
    """
    folder, strings = Path(job.folder), Strings()
    shards = [name for name in files if name.endswith(".parquet")]
    others = [name for name in files if not name.endswith(".parquet")]
    scanned = scan_blocks(job, _blocks(folder, shards, others, strings))
    scanned.texts = strings.count
    return scanned


def scan_blocks(job: Job, blocks: Iterable[list[Text]]) -> Scanned:
    """Scan texts; their number is left to the caller.

    Raises:
        ProgramError: a scanner on the PATH fails.
    """
    scanned = Scanned()
    redactor, second = Redactor(job.policy, job.known), SecondScanner()
    allowed = Allowed(job.policy)
    for block in blocks:
        for scanner, kind, value, text in _found(job, redactor, second, block):
            raw = value.encode("utf-8", "surrogatepass")
            if scanner != OURS and allowed.stays(raw, Span(0, len(raw), kind, raw)):
                continue
            scanned.add(
                Hit(
                    scanner=scanner,
                    kind=kind,
                    hash=finding_hash(job.key, value),
                    file=text.file,
                    row=text.row,
                    field=text.field,
                )
            )
    return scanned


def _blocks(
    folder: Path, shards: list[str], others: list[str], strings: Strings
) -> Iterator[list[Text]]:
    yield from shard_blocks(folder, shards, strings)
    yield text_block(folder, others, strings)


def _found(
    job: Job, redactor: Redactor, second: SecondScanner, block: list[Text]
) -> Iterator[tuple[str, str, str, Text]]:
    """(scanner, kind, value, text) of everything that somebody takes for a secret."""
    for number, place in redactor.scan_strings((text.text, text.name) for text in block):
        text = block[number]
        yield OURS, place.kind, text.text[place.start : place.end], text
    for text in block:
        for kind, value in second.scan(text.text, text.name):
            yield NAME, kind, value, text
    for program in job.programs if block else ():
        for alarm in alarms(program, block):
            yield program.name, alarm.kind, alarm.value, block[alarm.text]
