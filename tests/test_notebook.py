"""In a notebook: sessions as trajectories, as tables, as a dataset."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import trajset
from trajset.recipe import Read, Recipe, RecipeError
from trajset.trajectory import Failure, Observation, Trajectory


def test_read_gives_annotated_and_redacted_trajectories(demo: Path) -> None:
    found = list(trajset.read(demo))
    assert all(isinstance(one, trajset.Trajectory) for one in found)
    assert any(one.failures for one in found)
    assert any(one.recoveries for one in found)
    assert {one.model_family for one in found} == {"claude"}
    raw = "".join(path.read_text() for path in demo.rglob("*.jsonl"))
    assert "/home/dana" in raw
    assert not any(
        "dana" in json.dumps(trajset.to_pandas(found)[c].tolist(), default=str)
        for c in ("text", "arguments", "cwd")
    )


def test_read_leaves_branches_out_unless_asked(demo: Path) -> None:
    assert not any(one.branch for one in trajset.read(demo))
    assert any(one.branch for one in trajset.read([demo], branches=True))


def test_read_obeys_the_recipe_and_streams(demo: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text('read: {projects: ["*/weather-bot"]}\n')
    (only,) = trajset.read(demo, recipe=recipe)
    assert (only.project or "").endswith("weather-bot")
    first = next(iter(trajset.read(str(demo), recipe=Recipe(read=Read(min_tool_calls=8)))))
    assert sum(type(step).__name__ == "ToolCall" for step in first.steps) >= 8


def test_a_log_that_cannot_be_read_is_told_and_passed_over(demo: Path, tmp_path: Path) -> None:
    good = next(iter(sorted(demo.rglob("*.jsonl"))))
    (tmp_path / "good.jsonl").write_bytes(good.read_bytes())
    bad = tmp_path / "dspy-s.json"
    bad.write_text('{"session": "s", "generated": "x", "totalExamples": 1, "examples": [{"a": tru')
    with pytest.warns(UserWarning, match=r"dspy-s\.json: expected"):
        found = list(trajset.read(tmp_path))
    assert len(found) == 1
    with pytest.raises(FileNotFoundError, match="nowhere"):
        next(iter(trajset.read(tmp_path / "nowhere")))


def test_without_a_place_the_stores_of_this_machine(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "CODEX_HOME", "CLAUDE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(FileNotFoundError, match="no sessions were found on this machine"):
        next(iter(trajset.read()))
    store = tmp_path / ".claude"
    store.mkdir()
    (store / "projects").symlink_to(demo)
    assert len(list(trajset.read())) == len(list(trajset.read(demo)))


def test_load_gives_a_dataset_of_splits(demo: Path, tmp_path: Path) -> None:
    from datasets import DatasetDict

    dataset = trajset.load("error_recovery", sessions=demo, cache_dir=str(tmp_path))
    assert isinstance(dataset, DatasetDict)
    assert sum(part.num_rows for part in dataset.values()) > 0
    with pytest.raises(ValueError, match="expected one of"):
        trajset.load("recoveries", sessions=demo)


def test_repr_is_a_line(demo: Path) -> None:
    found = list(trajset.read(demo))
    for one in found:
        text = repr(one)
        assert len(text) < 300
        assert "\n" not in text
        assert one.id in text
        assert one.harness in text
        for part in (*one.steps, *one.failures, *one.recoveries):
            assert len(repr(part)) < 1500
    long = Observation(call_id="a", text="x" * 1_000_000)
    assert repr(long) == f"Observation(call_id='a', text='{'x' * 99}…)"
    failure = Failure(
        step=3, call_id="a", category="model", kind="k", status_source="reported", why="w"
    )
    assert repr(failure).startswith("Failure(step=3, call_id='a', category='model'")
    empty = Trajectory(id="i", session_id="s", harness="h", steps=())
    assert repr(empty) == (
        "<Trajectory i: h; 0 steps, 0 calls, 0 failures (0 recovered), outcome unknown>"
    )


def test_tables_hold_every_step_and_every_failure(demo: Path) -> None:
    found = list(trajset.read(demo, branches=True))
    steps = trajset.to_pandas(found)
    assert len(steps) == sum(len(one.steps) for one in found)
    assert set(steps["kind"]) == {"message", "reasoning", "call", "observation"}
    calls = steps[steps["kind"] == "call"]
    assert calls["arguments"].map(json.loads).map(type).eq(dict).all()
    answered = steps[steps["kind"] == "observation"]
    assert set(answered["tool"]) <= set(calls["tool"])
    assert str(steps["timestamp"].dtype).endswith("UTC]")
    failures = trajset.to_pandas(iter(found), "failures")
    assert len(failures) == sum(len(one.failures) for one in found)
    repaired = failures[failures["recovered"]]
    assert (repaired["recovered_at"] > repaired["step"]).all()
    one = trajset.to_pandas(found[0], table="failures")
    assert list(one.columns) == list(trajset.to_pandas([], "failures").columns)
    with pytest.raises(ValueError, match="expected steps or failures"):
        trajset.to_pandas(found, "rows")  # type: ignore[arg-type]


def test_public_names_exist_and_come_late() -> None:
    assert all(hasattr(trajset, name) for name in trajset.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        trajset.nothing  # noqa: B018
    code = (
        "import sys, trajset; trajset.read, trajset.trace_states, trajset.to_pandas;"
        "heavy = {'datasets', 'transformers', 'torch', 'pandas', 'dspy'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_recipe_may_be_a_dict(demo: Path) -> None:
    short = trajset.load("sft", sessions=demo, recipe={"fit": {"max_tokens": 2000}})
    assert short["train"].num_rows
    assert max(short["train"]["n_tokens"]) <= 2000
    with pytest.raises(RecipeError, match="did you mean max_tokens"):
        trajset.load("sft", sessions=demo, recipe={"fit": {"max_token": 2000}})
