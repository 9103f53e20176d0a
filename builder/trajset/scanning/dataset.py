"""Scan of a dataset folder: our detectors again, a second scanner, and those on the PATH."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from contextlib import closing
from functools import partial
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import msgspec

from trajset import __version__
from trajset.cache import cache_folder, local_key
from trajset.engine import Lost, make_engine
from trajset.folder import manifest_file, read_manifest
from trajset.manifest import Manifest
from trajset.privacy import KnownValues, Privacy
from trajset.privacy.scanner import PatternError, check_pattern
from trajset.scanning.part import OURS, Hit, Job, Scanned, scan_part
from trajset.scanning.programs import Program, ProgramError, installed
from trajset.scanning.receipt import (
    CHANGED,
    Receipt,
    ScanFinding,
    ScannedFile,
    write_receipt,
)
from trajset.scanning.second import NAME, VERSION
from trajset.scanning.strings import Damaged
from trajset.shards import Shard, file_digest

_TEAM_KEY = "TRAJSET_SCAN_KEY"


class ScanError(RuntimeError):
    """A folder could not be scanned. The text says why, and the way out."""


def scan_dataset(
    folder: Path,
    allow: Collection[str] = (),
    *,
    policy: Privacy | None = None,
    known: KnownValues | None = None,
    jobs: int = 1,
    progress: Callable[[str, int, int], None] = lambda phase, done, total: None,
) -> Receipt:
    """Scan what a build wrote, and leave a receipt beside it.

    Args:
        folder: the dataset folder.
        allow: hashes of findings that somebody has looked at and lets pass.
        policy: the recipe's section `privacy`; without it, what the manifest tells of it.
        known: values to look for; without it, those in the environment.
        jobs: number of worker processes; 1 works in this process.
        progress: told about each part that is done.

    Raises:
        ScanError: there is no dataset, or it cannot be read whole, or a pattern of the policy
            cannot be used, or a scanner fails.
        FolderError: README.md is not ours, or its manifest is missing or damaged.
    """
    name, manifest = manifest_file(folder), read_manifest(folder)
    if name is None or manifest is None:
        raise ScanError(f"{folder}: expected a dataset that `trajset build` wrote, found none")
    policy = policy or policy_of(manifest)
    try:
        for label, pattern in policy.patterns.items():
            check_pattern(label, pattern)
        programs = installed()
        receipt = Receipt(manifest=sha256((folder / name).read_bytes()).hexdigest())
        receipt.files = _files(folder, name, manifest)
        job = Job(
            folder=str(folder),
            policy=policy,
            known=known or KnownValues.collect(policy, os.environ),
            key=key_of_hashes(),
            programs=tuple(programs),
        )
        scanned = _scan(job, _parts(name, manifest), jobs, progress)
    except (Damaged, PatternError, ProgramError) as error:
        raise ScanError(str(error)) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ScanError(f"{error.filename or folder}: could not be read: {reason}") from None
    receipt.scanners = versions(programs)
    receipt.texts = scanned.texts
    shards = {shard.file: shard for shard in manifest.shards}
    receipt.findings = _changed(receipt, name, shards)
    receipt.findings += [finding(hit, texts, shards) for hit, texts in scanned.hits.values()]
    receipt.findings.sort(key=lambda f: (f.scanner, f.kind, f.file, f.row, f.field, f.hash))
    receipt = receipt.allowing(allow)
    write_receipt(folder, receipt)
    return receipt


def policy_of(manifest: Manifest) -> Privacy:
    """What the manifest tells of the recipe's section `privacy`: its switches, no lists."""
    section: dict[str, Any] = manifest.recipe.get("privacy", {})
    names = Privacy.__struct_fields__
    switches = {name: on for name, on in section.items() if name in names and isinstance(on, bool)}
    return msgspec.convert(switches, Privacy)


def key_of_hashes() -> bytes:
    """The key of the hashes: of this machine, or of a team that shares it."""
    team = os.environ.get(_TEAM_KEY)
    if team:
        return blake2b(team.encode("utf-8", "surrogatepass"), digest_size=32).digest()
    return local_key(cache_folder())


def versions(programs: Collection[Program]) -> dict[str, str]:
    """Name -> version of all scanners."""
    ours = {OURS: __version__, NAME: VERSION}
    return ours | {program.name: program.version for program in programs}


def _files(folder: Path, name: str, manifest: Manifest) -> list[ScannedFile]:
    """What is scanned, with digests taken before anything is read."""
    rows = {shard.file: shard.rows for shard in manifest.shards}
    files = []
    for file in ("README.md", name, *rows):
        digest, size = file_digest(folder / file)
        files.append(ScannedFile(file=file, sha256=digest, bytes=size, rows=rows.get(file, 0)))
    return files


def _parts(name: str, manifest: Manifest) -> list[tuple[str, ...]]:
    """Files that are scanned together: the configs of one split and bucket repeat their texts."""
    parts: dict[tuple[str, int], list[str]] = {}
    for shard in manifest.shards:
        parts.setdefault((shard.split, shard.bucket), []).append(shard.file)
    return [*(tuple(files) for files in parts.values()), ("README.md", name)]


def _scan(
    job: Job,
    parts: list[tuple[str, ...]],
    jobs: int,
    progress: Callable[[str, int, int], None],
) -> Scanned:
    """All parts, merged in their order."""
    results: dict[int, Scanned] = {}
    with closing(make_engine(min(jobs, len(parts)))) as engine:
        for index, result in engine.map(partial(scan_part, job), parts):
            if isinstance(result, Lost):
                raise ScanError(
                    f"{parts[index][0]}: its worker was killed each time (exit code "
                    f"{result.exit_code}); it may need more memory than there is"
                )
            results[index] = result
            progress("scanning", len(results), len(parts))
    whole = Scanned()
    for index in range(len(parts)):
        whole.texts += results[index].texts
        for hit, texts in results[index].hits.values():
            whole.add(hit, texts)
    return whole


def _changed(receipt: Receipt, name: str, shards: dict[str, Shard]) -> list[ScanFinding]:
    """Files that are not what the build wrote: their digest is not the one in the manifest."""
    expected = {file: shard.sha256 for file, shard in shards.items()}
    expected[name] = name.removesuffix(".json").rpartition("-")[2]
    return [
        ScanFinding(
            scanner=OURS,
            kind=CHANGED,
            file=file.file,
            config=shards[file.file].config if file.file in shards else "",
            split=shards[file.file].split if file.file in shards else "",
        )
        for file in receipt.files
        if not file.sha256.startswith(expected.get(file.file, ""))
    ]


def finding(hit: Hit, texts: int, shards: dict[str, Shard]) -> ScanFinding:
    """A hit as it stands in a receipt."""
    shard = shards.get(hit.file)
    return ScanFinding(
        scanner=hit.scanner,
        kind=hit.kind,
        config=shard.config if shard else "",
        split=shard.split if shard else "",
        file=hit.file,
        row=hit.row,
        field=hit.field,
        texts=texts,
        hash=hit.hash,
    )
