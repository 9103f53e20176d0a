"""Worker processes: results, exceptions, and workers that are killed."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from trajset.engine import Here, Lost, Processes


def square(n: int) -> int:
    return n * n


def refuse(n: int) -> int:
    if n == 2:
        raise ValueError("two")
    return n


def die_on_two(n: int) -> int:
    if n == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return n


def die_once(path: str) -> str:
    mark = Path(path)
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return path


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


@pytest.mark.parametrize("engine", [Here(), Processes(2)], ids=["here", "processes"])
def test_every_item_gives_one_result(engine: Here | Processes) -> None:
    assert sorted(engine.map(square, [1, 2, 3, 4])) == [(0, 1), (1, 4), (2, 9), (3, 16)]
    assert list(engine.map(square, [])) == []


def test_an_exception_in_a_worker_is_raised_here() -> None:
    with pytest.raises(ValueError, match="two"):
        list(Processes(2).map(refuse, [1, 2, 3]))


def test_an_item_that_kills_its_worker_is_given_up_and_the_rest_goes_on() -> None:
    results = dict(Processes(2).map(die_on_two, [1, 2, 3, 4]))
    assert results[1] == Lost(1, -signal.SIGKILL)
    assert [results[i] for i in (0, 2, 3)] == [1, 3, 4]


def test_a_worker_killed_midway_is_replaced(tmp_path: Path) -> None:
    paths = [str(tmp_path / name) for name in "abc"]
    assert dict(Processes(2).map(die_once, paths)) == dict(enumerate(paths))


def test_stopping_kills_the_workers_at_once() -> None:
    results = Processes(2).map(sleep, [0.0, 600.0])
    next(results)
    begun = time.monotonic()
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - begun < 60
