"""Fragments: what is written is read back, damage is noticed, digests see normalised content."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import trajectories
from trajset.fragment import Fragment, FragmentError, write_fragment
from trajset.keys import chain, keys_of
from trajset.privacy import Findings
from trajset.sources.tally import Tally
from trajset.trajectory import Message, Trajectory


@given(st.lists(trajectories(), max_size=3))
def test_a_fragment_gives_back_what_was_written(found: list[Trajectory]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f"
        write_fragment(path, "unit", found, Tally(), Findings())
        opened = Fragment(path, unit="unit", verify=True)
        assert list(opened.trajectories()) == found
        for ordinal, trajectory in enumerate(found):
            assert opened.header.entries[ordinal].keys == keys_of(trajectory)[0]
            assert [c for _, c in opened.step_keys(ordinal)] == chain(trajectory.steps)
        assert path.stat().st_mode & 0o077 == 0


def test_damage_and_strangers_are_noticed(tmp_path: Path, demo_trajectory: Trajectory) -> None:
    path = tmp_path / "f"
    write_fragment(path, "unit", [demo_trajectory], Tally(), Findings())
    data = path.read_bytes()
    with pytest.raises(FragmentError, match="same unit"):
        Fragment(path, unit="another")
    for cut in (0, 5, 16, 200, len(data) - 1):
        path.write_bytes(data[:cut])
        with pytest.raises(FragmentError):
            Fragment(path, verify=True)
    for at in (3, 12, 40, len(data) // 2, len(data) - 3):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(FragmentError):
            Fragment(path, verify=True)


def _one(text: str) -> int:
    return chain([Message(role="user", text=text, origin="human")])[-1]


def test_what_may_differ_between_copies_does_not_count() -> None:
    assert _one("at 2026-01-02T03:04:05Z by <SECRET:github:1>") == _one(
        "at 2026-02-03T04:05:06.789Z  by\n<SECRET:github:7>"
    )
    assert _one("by <SECRET:github:1>") != _one("by <EMAIL:1>")
    assert _one("one") != _one("two")
