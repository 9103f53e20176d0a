"""Places: compressed, remote and tabular logs read like plain ones."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from trajset.sources import SOURCES
from trajset.sources.discover import discover
from trajset.sources.files import open_binary, read_bytes
from trajset.sources.tally import Tally
from trajset.trajectory import Trajectory

BY_NAME = {source.NAME: source for source in SOURCES}


def read(place: str) -> list[Trajectory]:
    found = discover([place], SOURCES)
    return [t for u in found.units for t in BY_NAME[u.harness].read(u, Tally())]


def steps(place: str) -> list[object]:
    return [t.steps for t in read(place)]


@pytest.fixture
def log(demo: Path) -> Path:
    return next(demo.glob("*slugify/*.jsonl"))


def test_compressed_logs(log: Path, tmp_path: Path) -> None:
    data = log.read_bytes()
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(data))
    (tmp_path / "b.jsonl.zst").write_bytes(zstandard.compress(data))
    for name in ("a.jsonl.gz", "b.jsonl.zst"):
        assert read_bytes(str(tmp_path / name)) == data
        assert steps(str(tmp_path / name)) == steps(str(log))


@pytest.mark.parametrize("name", ["a.jsonl.gz", "b.jsonl.zst", "c.parquet"])
def test_damaged_containers_are_errors_of_the_place(name: str, log: Path, tmp_path: Path) -> None:
    data = log.read_bytes() * 5
    whole = gzip.compress(data) if name.endswith("gz") else zstandard.compress(data)
    if name.endswith("parquet"):
        pq.write_table(pa.table({"x": [1, 2]}), tmp_path / name)
        whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(OSError), open_binary(str(tmp_path / name)) as file:  # noqa: PT011
        file.read()
    assert discover([str(tmp_path)], SOURCES).units == [] or name != "c.parquet"


def test_remote_logs(log: Path) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe("/store/project/session.jsonl", log.read_bytes())
    assert steps("memory://store") == steps(str(log))


def test_rows_of_tables_are_json_lines(tmp_path: Path) -> None:
    rows = [
        {
            "messages": [
                {"role": "user", "content": "What is in a.txt?"},
                {"role": "assistant", "content": "Nothing."},
            ]
        },
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hi!"}]},
    ]
    table = pa.Table.from_pylist(rows)
    pq.write_table(table, tmp_path / "rows.parquet")
    with (
        pa.OSFile(str(tmp_path / "rows.arrow"), "wb") as file,
        pa.ipc.new_stream(file, table.schema) as writer,
    ):
        writer.write_table(table)
    for name in ("rows.parquet", "rows.arrow"):
        found = read(str(tmp_path / name))
        assert [[s.text for s in t.steps] for t in found] == [  # type: ignore[union-attr]
            ["What is in a.txt?", "Nothing."],
            ["Hi", "Hi!"],
        ]


@pytest.mark.parametrize("place", ["nonsense://bucket/x", "s3://bucket/x"])
def test_a_place_that_cannot_be_listed_is_said(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    from typer.testing import CliRunner

    from trajset.cli import app

    monkeypatch.setitem(sys.modules, "s3fs", None)
    result = CliRunner().invoke(app, ["build", place, "--out", str(tmp_path / "out")])
    assert result.exit_code == 2, result.output
    assert place in result.output
    assert "Traceback" not in result.output


def test_a_file_that_two_sources_claim_is_an_error_that_names_both(
    log: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from typer.testing import CliRunner

    from trajset.cli import app
    from trajset.sources import cursor

    monkeypatch.setattr(cursor, "claims", lambda head: True)
    result = CliRunner().invoke(app, ["build", str(log), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "claude_code and cursor" in result.output


def test_claiming_looks_at_the_head_only(log: Path, tmp_path: Path) -> None:
    """A log of 40 MB is claimed by what its first 64 kB hold."""
    from trajset.sources.files import read_head
    from trajset.sources.head import HEAD_BYTES

    big = tmp_path / "big.jsonl"
    data = log.read_bytes()
    big.write_bytes(data * (40_000_000 // len(data)))
    assert len(read_head(str(big)).data) <= HEAD_BYTES
    assert [u.harness for u in discover([str(big)], SOURCES).units] == ["claude_code"]
