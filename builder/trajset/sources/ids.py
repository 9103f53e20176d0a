"""Ids of trajectories: they survive growth, moves and resumes of a log."""

from __future__ import annotations

from hashlib import blake2b


def trajectory_id(harness: str, first_key: str, agent: str | None, branch: int) -> str:
    """16 hex digits from (harness, key of the first own record, agent, branch)."""
    text = "\0".join((harness, first_key, agent or "", str(branch)))
    return blake2b(text.encode(), digest_size=8).hexdigest()
