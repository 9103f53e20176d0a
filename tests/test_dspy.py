"""Examples for DSPy: rows a turn, filters and splits, and a real optimizer on them."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from conftest import ROOT
from trajset.cli import app
from trajset.dspy import statistics
from trajset.dspy.from_dataset import dataset_rows
from trajset.dspy_rows import dspy_rows
from trajset.trajectory import (
    Failure,
    Message,
    Observation,
    Reasoning,
    Response,
    ToolCall,
    Trajectory,
)
from trajset.views.view import Place

LOGGER = ROOT / "tests" / "cases" / "opencode_logger"


def a_trajectory(**fields: Any) -> Trajectory:
    """Two turns: an edit that failed and one that did not; then a question that was answered."""
    steps = (
        Message(role="user", text="(reminder)", origin="harness"),
        Message(role="user", text="Set the limit to 5.", origin="human", timestamp=1_000),
        Reasoning(text="Edit it.", response_id="r1"),
        ToolCall(id="a", tool="edit", arguments={"path": "x.toml"}, response_id="r1"),
        Observation(call_id="a", text="No such file", status="error"),
        ToolCall(id="b", tool="edit", arguments={"path": "c.toml"}, response_id="r2"),
        Observation(call_id="b", text="ok", status="ok"),
        Message(role="assistant", text="Done.", origin="model", response_id="r3", timestamp=4_500),
        Message(role="user", text="Sure?", origin="human", timestamp=9_000),
        Message(role="assistant", text="Yes.", origin="model", response_id="r4"),
    )
    made: dict[str, Any] = {
        "id": "t1",
        "session_id": "s1",
        "harness": "opencode",
        "project": "/home/user/shop",
        "git_branch": "main",
        "steps": steps,
        "outcome": "success",
        "responses": {"r1": Response(output_tokens=7), "r2": Response(output_tokens=3)},
        "failures": (
            Failure(
                step=4,
                call_id="a",
                category="model",
                kind="k",
                status_source="reported",
                why="w",
            ),
        ),
    }
    return Trajectory.make(**(made | fields))


def test_a_row_a_turn() -> None:
    first, second = dspy_rows(a_trajectory(scores={"correctness": 0.5, "efficiency": 0.25}))
    assert first["task"] == "Set the limit to 5."
    assert json.loads(first["actions"]) == [
        {"tool": "edit", "args": {"path": "x.toml"}},
        {"tool": "edit", "args": {"path": "c.toml"}},
    ]
    assert first["plan"] == "1. edit\n2. edit"
    assert first["response"] == "Done."
    assert json.loads(first["context"]) == {
        "workingDirectory": "/home/user/shop",
        "gitStatus": {"branch": "main"},
        "conversationHistory": [],
    }
    assert (first["n_tools"], first["files_modified"], first["seconds"]) == (2, 1, 3.5)
    assert (first["input_tokens"], first["output_tokens"]) == (None, 10)
    assert (first["outcome"], first["correctness"], first["efficiency"]) == ("success", 0.5, 0.25)
    assert second["turn"] == 1
    assert json.loads(second["context"])["conversationHistory"] == [
        {"role": "user", "content": "Set the limit to 5."},
        {"role": "assistant", "content": "Done."},
    ]
    assert (second["actions"], second["plan"], second["response"]) == ("[]", "", "Yes.")


def test_what_gives_no_row() -> None:
    assert not list(dspy_rows(a_trajectory(branch=1)))
    asked = a_trajectory(steps=a_trajectory().steps[:2])
    assert not list(dspy_rows(asked))
    copied = list(dspy_rows(a_trajectory(), Place(id="final", copied=8)))
    assert [(row["trajectory_id"], row["turn"]) for row in copied] == [("final", 1)]
    message = Message(role="assistant", text="API Error", origin="model", response_id="e")
    failed = Message(
        role="assistant", text="API Error", origin="model", response_id="e", learn=False
    )
    question = a_trajectory().steps[1]
    assert len(list(dspy_rows(a_trajectory(steps=(question, message))))) == 1
    assert not list(dspy_rows(a_trajectory(steps=(question, failed))))


def test_a_task_of_a_sub_agent_is_its_first_message() -> None:
    steps = (
        Message(role="user", text="Find the limit.", origin="harness"),
        Message(role="assistant", text="c.toml", origin="model", response_id="r"),
    )
    (row,) = dspy_rows(a_trajectory(steps=steps, agent="a1"))
    assert row["task"] == "Find the limit."


def test_history_is_short() -> None:
    steps: list[Any] = []
    for n in range(9):
        steps.append(Message(role="user", text=f"{n} " * 400, origin="human"))
        steps.append(
            Message(role="assistant", text=f"answer {n}", origin="model", response_id=f"r{n}")
        )
    *_, last = dspy_rows(a_trajectory(steps=tuple(steps)))
    history = json.loads(last["context"])["conversationHistory"]
    assert [m["content"] for m in history[1::2]] == [f"answer {n}" for n in range(3, 8)]
    assert {len(m["content"]) for m in history[::2]} == {500}


def test_every_source_gives_rows(demo: Path) -> None:
    from trajset.notebook import read

    for place in sorted((ROOT / "tests" / "cases").iterdir()):
        rows = [row for one in read(place) for row in dspy_rows(one)]
        assert rows, place.name
        for row in rows:
            assert row["task"]
            assert row["n_tools"] == len(json.loads(row["actions"]))
            assert row["n_tools"] == len(row["plan"].splitlines())


def test_statistics() -> None:
    rows = list(dspy_rows(a_trajectory(scores={"correctness": 0.5})))
    found = statistics(rows)
    assert (found.rows, found.outcomes, found.tools) == (2, {"success": 2}, {"edit": 2})
    assert found.sequences == {("edit",): 1}
    assert (found.mean_tools, found.mean_seconds, found.mean_files_modified) == (1.0, 3.5, 0.5)
    assert (found.mean_input_tokens, found.mean_output_tokens) == (None, 10.0)
    assert (found.mean_correctness, found.mean_efficiency) == (0.5, None)
    assert statistics([]).mean_tools is None


def test_rows_of_a_dataset_are_those_of_its_sessions(demo: Path, tmp_path: Path) -> None:
    """However small the windows: task, actions and answer are the same where nobody else spoke."""
    from trajset.notebook import read

    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("views: {configs: [codeact]}\nfit: {max_tokens: 512}\n")
    arguments = ["build", str(demo), "--out", str(tmp_path / "b"), "--recipe", str(recipe)]
    assert CliRunner().invoke(app, [*arguments, "--jobs", "1"]).exit_code == 0
    built = [row for row, _ in dataset_rows(tmp_path / "b")]
    wanted = {
        (row["trajectory_id"], row["turn"]): row for one in read(demo) for row in dspy_rows(one)
    }
    assert built
    same = 0
    for row in built:
        other = wanted.get((row["trajectory_id"], row["turn"]))
        if other is not None:
            assert row["actions"] == other["actions"]
            assert row["response"] == other["response"]
            assert row["task"].endswith(other["task"])
            same += 1
    assert same >= len(built) - 1
    with pytest.raises(ValueError, match="expected a dataset with rows of codeact"):
        list(dataset_rows(tmp_path))


SCRIPT = """
import sys
import dspy
from dspy.utils import DummyLM
from trajset.dspy import load, statistics

demo, logger, dataset = sys.argv[1:]
train, validation = load(demo)
examples = [*train, *validation]
assert examples and all(isinstance(one, dspy.Example) for one in examples)
assert all(set(one.inputs().keys()) == {"task", "context"} for one in examples)
assert statistics(examples).rows == len(examples)

good = [one for part in load(demo, success=True) for one in part]
assert 0 < len(good) < len(examples), (len(good), len(examples))
assert {one.outcome for one in good} == {"success"}

def graded(**filters):
    return sorted(one.efficiency for part in load(logger, **filters) for one in part)

best = graded(min_correctness=1)
assert best and graded(min_correctness=1.1) == [], best
assert graded(min_correctness=1, above_efficiency=max(best)) == []
top = [grade for grade in best if grade == max(best)]
assert graded(min_correctness=1, above_efficiency=max(best) - 0.01) == top

of_dataset = load(dataset)
assert len(of_dataset.train) + len(of_dataset.validation) > 0

dspy.configure(lm=DummyLM([{"plan": one.plan} for one in good]))
program = dspy.Predict("task, context -> plan")
metric = lambda example, made, trace=None: made.plan.split() == example.plan.split()
optimizer = dspy.BootstrapFewShot(metric=metric, max_bootstrapped_demos=2, max_labeled_demos=2)
compiled = optimizer.compile(program, trainset=good)
assert [one.plan for one in compiled.demos] == [one.plan for one in good[:2]]
print("compiled with", len(compiled.demos), "demonstrations")
"""


@pytest.fixture(scope="session")
def python_with_dspy(tmp_path_factory: pytest.TempPathFactory) -> str:
    """This interpreter where it has DSPy; else one above it, made for the session. DSPy holds back
    libraries that the other tests want newer, so it is never installed beside them.
    """
    if importlib.util.find_spec("dspy") is not None:
        return sys.executable
    folder = tmp_path_factory.mktemp("dspy")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    inside = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    below = sysconfig.get_path("purelib")
    (inside / "below.pth").write_text(f"import site; site.addsitedir({below!r})\n")
    python = str(folder / "bin" / "python")
    quiet = ["--quiet", "--disable-pip-version-check", "--no-compile"]
    install = [python, "-m", "pip", "install", *quiet, "dspy>=2.6"]
    if subprocess.run(install, check=False).returncode:
        pytest.skip("dspy is not installed and cannot be fetched here")
    return python


@pytest.mark.slow
def test_dspy_learns_from_sessions(demo: Path, tmp_path: Path, python_with_dspy: str) -> None:
    """Filters, splits, and BootstrapFewShot on a model that answers by heart."""
    arguments = ["build", str(demo), "--out", str(tmp_path / "b"), "--jobs", "1"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    told = subprocess.run(
        [python_with_dspy, str(script), str(demo), str(LOGGER), str(tmp_path / "b")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-3000:]
    assert "compiled with 2 demonstrations" in told.stdout


def test_without_dspy_the_way_out_is_told(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from trajset.dspy import DspyError, load

    monkeypatch.setitem(sys.modules, "dspy", None)
    with pytest.raises(DspyError, match=r"pip install 'trajset\[dspy\]'"):
        load(demo)
