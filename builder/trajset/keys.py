"""Keys of a trajectory: all that the plan sees of it, and a hash for each step."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import msgspec
from msgspec import Struct

from trajset.shingles import Shingles, bands_of, shingles_of
from trajset.trajectory import (
    Message,
    Observation,
    Step,
    ToolCall,
    Trajectory,
    written_by_model,
)
from trajset.wording import normal

_OUTCOME_RANK = {"success": 0, "unknown": 1, "failure": 2}


class Keys(Struct, frozen=True, gc=False, kw_only=True, array_like=True):
    """What the plan sees of a trajectory: no text, only ids, times and hashes (0 = none)."""

    id: str
    session_id: str
    harness: str
    agent: str | None
    branch: int
    head: int
    """Hash of the first native record key, else of the chain up to the first response."""
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
    n_shingles: int
    """Distinct runs of words; see `shingles`."""
    bands: bytes
    """MinHash bands, 4 bytes each: near duplicates share one. Empty for a short text."""


def hash64(text: str) -> int:
    """A stable 64-bit hash, never 0."""
    return (
        int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) or 1
    )


def chain(steps: Sequence[Step]) -> list[int]:
    """Chain hash after each step, over content normalised for ids, times, blanks, placeholders."""
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
    return " ".join(normal(text).split())


def keys_of(trajectory: Trajectory) -> tuple[Keys, bytes, Shingles]:
    """The keys of a redacted trajectory, its per-step keys, and its shingles.

    Per step 16 bytes: native record key (0 where the log has none) and chain hash, both 64 bit.
    """
    steps = trajectory.steps
    hashes = chain(steps)
    natives = [hash64(s.key) if s.key else 0 for s in steps]
    first_response = next((i for i, s in enumerate(steps) if written_by_model(s)), len(steps) - 1)
    native = next((key for key in natives if key), 0)
    shingles = shingles_of(trajectory)
    keys = Keys(
        id=trajectory.id,
        session_id=trajectory.session_id,
        harness=trajectory.harness,
        agent=trajectory.agent,
        branch=trajectory.branch,
        head=native or hashes[first_response],
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
        n_shingles=len(shingles.hashes),
        bands=bands_of(shingles.hashes),
    )
    packed = b"".join(
        n.to_bytes(8, "little") + c.to_bytes(8, "little")
        for n, c in zip(natives, hashes, strict=True)
    )
    return keys, packed, shingles
