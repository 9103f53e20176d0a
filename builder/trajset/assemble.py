"""After map 2: the rows of many fragments become the Parquet shards of one config and bucket.

A shard whose rows are the same as in the dataset that stands already is taken over as it is.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

import msgspec
import pyarrow as pa
from msgspec import Struct

from trajset.cache import code_digest, private_folder
from trajset.cache_use import used
from trajset.plan import SPLITS
from trajset.private_files import write_private
from trajset.rowfile import Blob, RowFileError, open_row_file
from trajset.shards import Shard, ShardWriter, file_digest
from trajset.views import VIEWS

_CODE = ("assemble.py", "shards.py", "rowfile.py")
_FEATURES = {view.NAME: view.FEATURES for view in VIEWS}


class Part(Struct, frozen=True, gc=False, kw_only=True):
    """The rows of one trajectory: where they lie, and where they go."""

    file: str
    ordinal: int
    split: str


class Bucket(Struct, frozen=True, kw_only=True):
    """The trajectories of one bucket of a config, in the order of their rows."""

    config: str
    number: int
    parts: tuple[Part, ...]


class Assembling(Struct, frozen=True, kw_only=True):
    """What shards need beside their rows; the same for all of a build."""

    work: str
    """Where shards are written before the switch."""
    out: str
    """The dataset folder; shards that stand there already are taken over."""
    known: str
    """Folder that remembers which rows gave which shard."""


class _Remembered(Struct, frozen=True, kw_only=True):
    """What some rows gave: a shard, or none where no trajectory has a row."""

    shard: Shard | None


class Damaged(Struct, frozen=True, kw_only=True):
    """A bucket that could not be written: the rows in these files were damaged or gone."""

    files: tuple[str, ...]


def assemble(job: Assembling, bucket: Bucket) -> list[Shard] | Damaged:
    """Write the shards of a bucket, one a split.

    Raises:
        OSError: a shard cannot be written (a full disk).
    """
    shards = []
    for split in SPLITS:
        parts = [part for part in bucket.parts if part.split == split]
        shard = _shard(job, bucket, split, parts) if parts else None
        if isinstance(shard, Damaged):
            return shard
        if shard is not None:
            shards.append(shard)
    return shards


def assembled_before(job: Assembling, bucket: Bucket) -> list[Shard] | None:
    """The shards of a bucket if all of them stand already; None where one has to be written."""
    shards = []
    for split in SPLITS:
        parts = [part for part in bucket.parts if part.split == split]
        if not parts:
            continue
        standing = _standing(job, _place(job, bucket, split, parts))
        if standing is None:
            return None
        if standing.shard is not None:
            shards.append(standing.shard)
    return shards


def _shard(
    job: Assembling, bucket: Bucket, split: str, parts: Sequence[Part]
) -> Shard | Damaged | None:
    """A shard, taken over or written; None where none of its trajectories has a row."""
    place = _place(job, bucket, split, parts)
    if (standing := _standing(job, place)) is not None:
        return standing.shard
    columns = _FEATURES[bucket.config]
    writer: ShardWriter | None = None
    for part in parts:
        rows = _rows(part, bucket.config)
        if rows is None:
            return Damaged(files=tuple(_delete_damaged(parts, bucket.config)))
        for blob, batch in rows:
            if writer is None:
                writer = ShardWriter(Path(job.work), bucket.config, columns, split, bucket.number)
            writer.write(batch, tokens=blob.tokens, trained=blob.trained)
    shard = writer.close() if writer is not None else None
    write_private(place, msgspec.json.encode(_Remembered(shard=shard)), sync=False)
    return shard


def _rows(part: Part, config: str) -> list[tuple[Blob, pa.RecordBatch]] | None:
    """A trajectory's rows of a config; None where they are damaged or gone."""
    try:
        file = open_row_file(part.file)
        blobs = file.blobs(part.ordinal, config)
        return [(blob, file.batch(blob, _FEATURES[config])) for blob in blobs]
    except (RowFileError, FileNotFoundError):
        return None


def _delete_damaged(parts: Sequence[Part], config: str) -> Iterator[str]:
    """Delete the files in which some of these rows are damaged, so that they are made again."""
    for part in parts:
        if _rows(part, config) is None:
            Path(part.file).unlink(missing_ok=True)
            yield part.file
    open_row_file.cache_clear()


def _place(job: Assembling, bucket: Bucket, split: str, parts: Sequence[Part]) -> Path:
    """The file that remembers which shard these rows gave: named by all that it depends on."""
    digest = blake2b(digest_size=20)
    head = f"{code_digest(*_CODE)} {pa.__version__} {bucket.config} {split} {bucket.number}"
    digest.update(head.encode())
    for part in parts:
        digest.update(f"\0{Path(part.file).name} {part.ordinal}".encode())
    key = digest.hexdigest()
    return private_folder(Path(job.known) / key[:2]) / key


def _standing(job: Assembling, place: Path) -> _Remembered | None:
    """What these rows gave before, its shard linked from the dataset folder if it is whole."""
    try:
        remembered = msgspec.json.decode(place.read_bytes(), type=_Remembered)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    shard = remembered.shard
    if shard is None:
        return remembered
    standing = Path(job.out) / shard.file
    try:
        if file_digest(standing) != (shard.sha256, shard.bytes):
            return None
    except OSError:
        return None
    used(place)
    target = Path(job.work) / Path(shard.file).relative_to("data")
    private_folder(target.parent)
    try:
        target.hardlink_to(standing)
    except OSError:  # another file system, or one without links
        shutil.copyfile(standing, target)
        target.chmod(0o600)
    return remembered
