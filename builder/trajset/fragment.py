"""What map 1 leaves of one unit: redacted trajectories and their keys, in one checked file.

Layout: magic, header length (8 bytes, little endian), header (msgpack), blobs, 16 bytes of
BLAKE2b over all before. A trajectory is one zstd-compressed msgpack blob, so that map 2 decodes
only what the plan keeps; the per-step keys are a blob of their own, read for candidates only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import msgspec
import zstandard
from msgspec import Struct, field

from trajset.privacy import Findings
from trajset.sources.tally import Tally
from trajset.trajectory import (
    SCHEMA_VERSION,
    Message,
    Observation,
    Step,
    ToolCall,
    Trajectory,
    written_by_model,
)

_MAGIC = b"trajset\x01"
_CHECK = 16
_OUTCOME_RANK = {"success": 0, "unknown": 1, "failure": 2}
# What may differ between two copies of one text: placeholder numbers, clock times, runs of blanks.
_NOISE = re.compile(
    r"<([A-Z]+(?::[a-z0-9_-]+)?):\d+>|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?|\s+"
)


class FragmentError(ValueError):
    """A fragment file is damaged or of another version; it has to be made again."""


class Keys(Struct, frozen=True, gc=False, kw_only=True):
    """What the plan sees of a trajectory: no text, only ids, times and hashes (0 = none)."""

    id: str
    session_id: str
    harness: str
    agent: str | None
    branch: int
    head: int
    """Hash of the first native record key, else of the chain up to the first response."""
    native: bool
    """Whether every step has a native record key, so that families go by those."""
    final: int
    """Chain hash after the last step: equal for exact duplicates."""
    n_steps: int
    started_at: int | None
    ended_at: int | None
    outcome_rank: int
    parent_session: str | None
    parent_id: str | None
    parent_call_id: str | None
    delegations: dict[str, str]
    continues: int
    ends_with: int
    project: int
    repository: int


class Entry(Struct, frozen=True, gc=False, kw_only=True):
    """One trajectory of a fragment: its keys and where its blobs lie in the file."""

    keys: Keys
    blob: tuple[int, int]
    steps: tuple[int, int]


class Stats(Struct, kw_only=True):
    """Numbers of a unit for the manifest and the card."""

    trajectories: int = 0
    subagents: int = 0
    branches: int = 0
    steps: int = 0
    calls: int = 0
    observations: int = 0
    errors: int = 0
    """Observations that the log reports as an error or a rejection."""
    compactions: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    """By category."""
    recovered: dict[str, int] = field(default_factory=dict)
    """By category."""
    recoveries: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    models: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    """Trajectories that the recipe's `read` section leaves out, by its key."""

    def see(self, trajectory: Trajectory) -> None:
        """Count one trajectory."""
        self.trajectories += 1
        self.subagents += trajectory.agent is not None
        self.branches += trajectory.branch > 0
        self.steps += len(trajectory.steps)
        self.compactions += len(trajectory.segments) - 1
        self.recoveries += len(trajectory.recoveries)
        for step in trajectory.steps:
            if isinstance(step, ToolCall):
                self.calls += 1
            elif isinstance(step, Observation):
                self.observations += 1
                self.errors += step.status in ("error", "rejected")
        for failure in trajectory.failures:
            increase(self.failures, failure.category)
            if failure.recovered_by is not None:
                increase(self.recovered, failure.category)
        increase(self.outcomes, trajectory.outcome)
        increase(self.models, trajectory.model or "unknown")

    def add(self, other: Stats) -> None:
        """Add another unit's numbers."""
        for name in self.__struct_fields__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, dict):
                for key, count in theirs.items():
                    increase(mine, key, count)
            else:
                setattr(self, name, mine + theirs)


def increase(counts: dict[str, int], name: str, by: int = 1) -> None:
    """Add to a count that may not be there yet."""
    counts[name] = counts.get(name, 0) + by


class Header(Struct, frozen=True, kw_only=True):
    """The first part of a fragment file."""

    schema: int
    unit: str
    """Digest that names the unit's content, recipe section and code (the cache key)."""
    tally: Tally
    stats: Stats
    findings: Findings
    entries: tuple[Entry, ...]


_encode = msgspec.msgpack.Encoder().encode
_decode_header = msgspec.msgpack.Decoder(Header).decode
_decode_trajectory = msgspec.msgpack.Decoder(Trajectory).decode


def hash64(text: str) -> int:
    """A stable 64-bit hash, never 0."""
    return (
        int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) or 1
    )


def chain(steps: Sequence[Step]) -> list[int]:
    """Chain hash after each step, over content normalised for ids, times and placeholders."""
    numbers: dict[str, int] = {}
    state = b""
    out = []
    for step in steps:
        digest = blake2b(state, digest_size=8)
        digest.update(_content(step, numbers).encode("utf-8", "surrogatepass"))
        state = digest.digest()
        out.append(int.from_bytes(state) or 1)
    return out


def _content(step: Step, numbers: dict[str, int]) -> str:
    if isinstance(step, ToolCall):
        numbers[step.id] = len(numbers)
        arguments = (
            step.raw_arguments or msgspec.json.encode(step.arguments, order="sorted").decode()
        )
        text = f"call {step.tool} {arguments}"
    elif isinstance(step, Observation):
        text = f"observation {numbers.get(step.call_id)} {step.status} {step.text}"
    elif isinstance(step, Message):
        text = f"message {step.role} {step.text}"
    else:
        text = f"reasoning {step.text}"
    return _NOISE.sub(lambda m: f"<{m.group(1)}>" if m.group(1) else " ", text)


def keys_of(trajectory: Trajectory) -> tuple[Keys, bytes]:
    """The keys of a redacted trajectory, and its per-step keys.

    Per step 16 bytes: native record key (0 where the log has none) and chain hash, both 64 bit.
    """
    steps = trajectory.steps
    hashes = chain(steps)
    natives = [hash64(s.key) if s.key else 0 for s in steps]
    first_response = next((i for i, s in enumerate(steps) if written_by_model(s)), len(steps) - 1)
    native = all(natives)
    keys = Keys(
        id=trajectory.id,
        session_id=trajectory.session_id,
        harness=trajectory.harness,
        agent=trajectory.agent,
        branch=trajectory.branch,
        head=natives[0] if native else hashes[first_response],
        native=native,
        final=hashes[-1],
        n_steps=len(steps),
        started_at=trajectory.started_at,
        ended_at=trajectory.ended_at,
        outcome_rank=_OUTCOME_RANK[trajectory.outcome],
        parent_session=trajectory.parent_session,
        parent_id=trajectory.parent_id,
        parent_call_id=trajectory.parent_call_id,
        delegations=trajectory.delegations,
        continues=hash64(trajectory.continues) if trajectory.continues else 0,
        ends_with=hash64(trajectory.ends_with) if trajectory.ends_with else 0,
        project=hash64(trajectory.project) if trajectory.project else 0,
        repository=hash64(trajectory.repository) if trajectory.repository else 0,
    )
    packed = b"".join(
        n.to_bytes(8, "little") + c.to_bytes(8, "little")
        for n, c in zip(natives, hashes, strict=True)
    )
    return keys, packed


def write_fragment(
    path: Path,
    unit: str,
    trajectories: Sequence[Trajectory],
    tally: Tally,
    stats: Stats,
    findings: Findings,
) -> Header:
    """Write a fragment (mode 0600, replaced in one step) and return its header."""
    compress = zstandard.ZstdCompressor(level=1).compress
    blobs: list[bytes] = []
    entries = []
    at = 0
    for trajectory in trajectories:
        keys, packed = keys_of(trajectory)
        blob = compress(_encode(trajectory))
        entries.append(
            Entry(
                keys=keys,
                blob=(at, len(blob)),
                steps=(at + len(blob), len(packed)),
            )
        )
        blobs += (blob, packed)
        at += len(blob) + len(packed)
    header = Header(
        schema=SCHEMA_VERSION,
        unit=unit,
        tally=tally,
        stats=stats,
        findings=findings,
        entries=tuple(entries),
    )
    encoded = _encode(header)
    data = b"".join((_MAGIC, len(encoded).to_bytes(8, "little"), encoded, *blobs))
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.write(blake2b(data, digest_size=_CHECK).digest())
    temporary.replace(path)
    return header


class Fragment:
    """A fragment file. Trajectories are read and decoded one at a time, when asked for."""

    def __init__(self, path: Path, *, unit: str | None = None, verify: bool = False) -> None:
        """Read the header.

        Raises:
            FragmentError: the file is damaged (`verify` checks every byte), of another schema
                version, or of another unit than the one expected.
            OSError: the file cannot be read.
        """
        self.path = path
        if verify:
            data = path.read_bytes()
            if blake2b(data[:-_CHECK], digest_size=_CHECK).digest() != data[-_CHECK:]:
                raise FragmentError(f"{path}: expected a whole fragment, found a damaged one")
        start = len(_MAGIC) + 8
        with path.open("rb") as file:
            magic = file.read(start)
            if not magic.startswith(_MAGIC) or len(magic) < start:
                raise FragmentError(f"{path}: expected a fragment, found another kind of file")
            length = int.from_bytes(magic[len(_MAGIC) :], "little")
            try:
                self.header = _decode_header(file.read(length))
            except msgspec.DecodeError as error:
                raise FragmentError(f"{path}: expected a readable header ({error})") from None
        if self.header.schema != SCHEMA_VERSION or (unit is not None and self.header.unit != unit):
            raise FragmentError(f"{path}: expected schema {SCHEMA_VERSION} and the same unit")
        self._blobs = start + length

    def trajectory(self, ordinal: int) -> Trajectory:
        """Decode one trajectory."""
        blob = self._read(self.header.entries[ordinal].blob)
        return _decode_trajectory(zstandard.ZstdDecompressor().decompress(blob))

    def trajectories(self) -> Iterator[Trajectory]:
        """Decode all trajectories, in order."""
        for ordinal in range(len(self.header.entries)):
            yield self.trajectory(ordinal)

    def step_keys(self, ordinal: int) -> list[tuple[int, int]]:
        """(native record key, chain hash) per step; see `keys_of`."""
        packed = self._read(self.header.entries[ordinal].steps)
        return [
            (
                int.from_bytes(packed[i : i + 8], "little"),
                int.from_bytes(packed[i + 8 : i + 16], "little"),
            )
            for i in range(0, len(packed), 16)
        ]

    def _read(self, extent: tuple[int, int]) -> bytes:
        with self.path.open("rb") as file:
            file.seek(self._blobs + extent[0])
            return file.read(extent[1])


@lru_cache(maxsize=64)
def open_fragment(path: str) -> Fragment:
    """A fragment with its header decoded; the last few stay open."""
    return Fragment(Path(path))
