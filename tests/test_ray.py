"""The Ray engine: the same dataset as here, also when a worker or a node dies midway."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, SESSIONS
from trajset.engine import Lost
from trajset.folder import read_manifest
from trajset.pipeline import build
from trajset.ray_engine import RayEngine
from trajset.recipe import Recipe

pytestmark = pytest.mark.slow
pytest.importorskip("ray", reason="the extra `ray` is not installed")


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two nodes of one CPU each on this machine."""
    from ray.cluster_utils import Cluster

    path = f"{ROOT / 'builder'}{os.pathsep}{ROOT / 'tests'}"
    monkeypatch.setenv("PYTHONPATH", path)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    cluster.add_node(num_cpus=1)
    yield cluster
    cluster.shutdown()


def die_on_two(n: int) -> int:
    if n == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return n


def refuse(n: int) -> int:
    raise ValueError("two")


def test_a_cluster_gives_row_for_row_what_one_machine_gives(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RayEngine(cluster.address) as engine:
        results = dict(engine.map(die_on_two, [1, 2, 3, 4]))
        assert results == {0: 1, 1: Lost(1, None), 2: 3, 3: 4}
        with pytest.raises(ValueError, match="two"):
            list(engine.map(refuse, [1]))

        places = [str(SESSIONS)] if SESSIONS.is_dir() else [str(ROOT / "tests" / "cases")]
        monkeypatch.setenv("TRAJSET_CACHE", str(tmp_path / "here"))
        here = build(places, tmp_path / "one", Recipe(), jobs=2)
        monkeypatch.setenv("TRAJSET_CACHE", str(tmp_path / "there"))
        killed: list[int] = []

        def kill_a_node(phase: str, done: int, total: int) -> None:
            if not killed and done >= 20:
                killed.append(done)
                cluster.remove_node(cluster.worker_nodes.copy().pop(), allow_graceful=False)

        there = build(places, tmp_path / "two", Recipe(), engine=engine, progress=kill_a_node)
    assert killed
    assert there.errors == here.errors
    one, two = read_manifest(tmp_path / "one"), read_manifest(tmp_path / "two")
    assert one is not None
    assert one.shards
    assert one == two
