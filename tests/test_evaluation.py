"""The held-out evaluation: what is asked, and how answers are scored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from conftest import ROOT
from trajset.cli import app
from trajset.evaluation import EvaluationError, Item, Prediction, eval_set, score
from trajset.pipeline import build
from trajset.recipe import load_recipe


@pytest.fixture
def dataset(demo: Path, tmp_path: Path) -> Path:
    build([str(demo)], tmp_path / "builder", load_recipe(ROOT / "configs" / "demo.yaml"))
    return tmp_path / "builder"


def run(*args: str | Path) -> Any:
    return CliRunner().invoke(app, [str(a) for a in args])


def message(name: str, arguments: Any) -> dict[str, Any]:
    return {
        "role": "assistant",
        "tool_calls": [{"function": {"name": name, "arguments": arguments}}],
    }


SCHEMA = {
    "type": "function",
    "function": {
        "name": "Read",
        "parameters": {
            "type": "object",
            "properties": {"file_path": {"type": "string"}},
            "required": ["file_path"],
        },
    },
}
ITEM = Item(
    id="i",
    prompt=[{"role": "user", "content": "read a.py"}],
    tools=[SCHEMA],
    expected=message("Read", {"file_path": "src/a.py"}),
    failed=[{"name": "Read", "arguments": {"file_path": "a.py"}}],
    category="model",
)


def test_items_end_after_a_failure_and_come_from_the_test_split_alone(dataset: Path) -> None:
    items = list(eval_set(dataset))
    assert items
    for item in items:
        assert item.prompt[-1]["role"] in ("tool", "user")
        assert item.failed
        assert item.expected["role"] == "assistant"
    trained = (dataset / "README.md").read_text(encoding="utf-8")
    assert "error_recovery/test-" in trained


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (message("Read", {"file_path": "src/a.py"}), (1, 1, 1, 0, 1)),
        (message("Read", '{"file_path": "./src/a.py"}'), (1, 1, 1, 0, 1)),
        (message("Read", {"file_path": "a.py"}), (1, 1, 0, 1, 1)),
        (message("Bash", {"command": "cat src/a.py"}), (1, 0, 0, 0, 0)),
        (message("Read", {"path": 3}), (1, 1, 0, 0, 0)),
        (message("Read", "{broken"), (1, 1, 0, 0, 0)),
        ({"role": "assistant", "content": "I give up."}, (0, 0, 0, 0, 0)),
    ],
)
def test_answers_are_scored_by_what_their_calls_do(
    answer: dict[str, Any], expected: tuple[int, ...]
) -> None:
    found = score([ITEM], [Prediction(id="i", message=answer)])
    numbers = (
        found.answered,
        found.same_tool,
        found.same_target,
        found.repeats_failed,
        found.valid,
    )
    assert numbers == expected


def test_a_missing_answer_counts_as_wrong() -> None:
    found = score([ITEM], [])
    assert (found.items, found.answered, found.same_target) == (1, 0, 0)


def test_answers_to_nothing_and_double_answers_are_mistakes() -> None:
    answer = message("Read", {})
    with pytest.raises(EvaluationError, match="id of an item"):
        score([ITEM], [Prediction(id="other", message=answer)])
    with pytest.raises(EvaluationError, match="found two"):
        score([ITEM], [Prediction(id="i", message=answer)] * 2)


def test_the_agent_itself_scores_full_marks(dataset: Path, tmp_path: Path) -> None:
    result = run("eval-set", dataset, "--output", tmp_path / "set.jsonl")
    assert result.exit_code == 0, result.output
    items = [json.loads(line) for line in (tmp_path / "set.jsonl").read_text().splitlines()]
    answers = [{"id": item["id"], "message": item["expected"]} for item in items]
    (tmp_path / "answers.jsonl").write_text("".join(json.dumps(a) + "\n" for a in answers))
    result = run(
        "score", tmp_path / "answers.jsonl", "--eval-set", tmp_path / "set.jsonl", "--json"
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert found["items"] == len(items) == found["same_target"] == found["valid"]


def test_mistakes_are_said(tmp_path: Path) -> None:
    assert "expected a dataset" in run("eval-set", tmp_path).output
    (tmp_path / "bad.jsonl").write_text('{"id": "i"}\n')
    result = run("score", tmp_path / "bad.jsonl", "--eval-set", tmp_path / "bad.jsonl")
    assert result.exit_code == 2
    assert "line 1" in result.output
