"""Compiled detectors in the cache folder: taken from there, made again when damaged, never with
what is private."""

from __future__ import annotations

from pathlib import Path

import pytest

from trajset.privacy.compiled import compiled
from trajset.privacy.redaction import _tools
from trajset.privacy.scanner import Automaton

EXPRESSIONS = [b"ab+c", b"[0-9]{4}"]
FOUND = [(0, 0, 4), (1, 0, 9)]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRAJSET_CACHE", str(tmp_path))
    return tmp_path / "automata"


def found() -> list[tuple[int, int, int]]:
    return Automaton(EXPRESSIONS, [0, 0], keep=True).events(b"abbc 1234")


def test_what_is_kept_finds_the_same(cache: Path) -> None:
    assert found() == FOUND
    (file,) = cache.iterdir()
    written = file.stat().st_ino
    assert file.stat().st_mode & 0o777 == 0o600
    assert cache.stat().st_mode & 0o777 == 0o700
    assert found() == FOUND
    assert file.stat().st_ino == written


@pytest.mark.parametrize("damage", [b"", b"x" * 40, None])
def test_a_damaged_file_is_made_again(cache: Path, damage: bytes | None) -> None:
    found()
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"\xff\xff" if damage is None else damage)
    assert found() == FOUND
    assert file.read_bytes() == whole


def test_other_expressions_have_a_file_of_their_own(cache: Path) -> None:
    found()
    compiled([b"ab+c[0-9]{4}"], [0], keep=True)
    compiled(EXPRESSIONS, [0, 1], keep=True)
    assert len(list(cache.iterdir())) == 3


def test_a_cache_that_cannot_be_written_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("TRAJSET_CACHE", str(tmp_path / "file"))
    assert found() == FOUND


def test_names_and_patterns_are_not_kept(cache: Path) -> None:
    _tools(b'{"names": ["zanzibar"]}', frozenset())
    _tools(b'{"patterns": {"ticket": "ZAN-[0-9]+"}}', frozenset({"a known value 123"}))
    assert not cache.exists()
