"""`scripts/train_sft` and `scripts/train_dpo`: TRL's real trainers on a dataset of the demo."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from conftest import ROOT
from trajset.cli import app

sys.path.insert(0, str(ROOT / "scripts"))
pytest.importorskip("transformers", reason="the extra `templates` is not installed")
import train_dpo
import train_sft
import training
from tiny_model import dataset_texts, tiny_tokenizer

RECIPE = """
plan: {splits: {train: 1}}
fit: {max_tokens: 8192, tokenizer: %s}
"""


def built(demo: Path, out: Path, tokenizer: str, folder: Path) -> Path:
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE % tokenizer, encoding="utf-8")
    arguments = ["build", str(demo), "--out", str(out), "--recipe", str(recipe), "--jobs", "1"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture(scope="module")
def dataset(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, with lengths that are not those of any real tokenizer."""
    folder = tmp_path_factory.mktemp("embedded")
    return built(demo, folder / "builder", "embedded", folder)


@pytest.fixture(scope="module")
def exact(demo: Path, dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The demo with a tokenizer that was trained on it, and that tokenizer."""
    folder = tmp_path_factory.mktemp("exact")
    tiny_tokenizer(dataset_texts(dataset)).save_pretrained(folder / "tiny")
    return built(demo, folder / "builder", str(folder / "tiny"), folder), folder / "tiny"


@pytest.fixture
def train(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Any:
    """Runs a script; gives its exit code and what it printed."""
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path))

    def run(script: Any, *options: str | Path) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", [script.__name__, *map(str, options)])
        code = training.started(script.main, script.__name__)
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def measured(printed: str) -> tuple[int, float, float, float]:
    """Rows, share of learnt tokens in percent, first loss, last loss."""
    rows = re.search(r"^([\d,]+) rows, [\d,]+ tokens, ([\d.]+)% of them learnt$", printed, re.M)
    loss = re.search(r"^\d+ steps, loss ([\d.]+) -> ([\d.]+)$", printed, re.M)
    assert rows is not None, printed
    assert loss is not None, printed
    return int(rows[1].replace(",", "")), float(rows[2]), float(loss[1]), float(loss[2])


needs_torch = [
    pytest.mark.slow,
    pytest.mark.skipif(
        training.find_spec("torch") is None or training.find_spec("accelerate") is None,
        reason="the extra `train` is not installed: no torch or no accelerate",
    ),
]


class TestTrainers:
    pytestmark = needs_torch

    @pytest.mark.parametrize("config", ["sft", "error_recovery", "chat"])
    def test_loss_falls_and_no_row_is_lost(self, train: Any, dataset: Path, config: str) -> None:
        code, printed = train(train_sft, "--dir", dataset, "--config", config, "--steps", "5")
        assert code == 0, printed
        rows, share, first, last = measured(printed)
        assert last < first - 0.5
        assert 0 < share < 60, "prompts and results are not learnt"
        manifest, data = training.load_rows(dataset, config, "train")
        assert manifest.training[config]["assistant_only_loss"]
        unmasked = [row for row in data if not row.get("needs_mask")]
        assert rows == len(unmasked)
        assert config != "chat" or len(unmasked) < len(data)

    def test_tokenized_with_the_tokenizer_that_it_was_built_for(
        self, train: Any, exact: tuple[Path, Path], tmp_path: Path
    ) -> None:
        folder, tokenizer = exact
        options = ("--dir", folder, "--config", "tokenized", "--steps", "5")
        code, printed = train(train_sft, *options, "--tokenizer", tokenizer)
        assert code == 0, printed
        _, share, first, last = measured(printed)
        assert last < first - 0.5
        assert 0 < share < 60
        tiny_tokenizer(["other texts"], 300).save_pretrained(tmp_path / "other")
        code, printed = train(train_sft, *options, "--tokenizer", tmp_path / "other")
        assert code == 2
        assert "this is another tokenizer" in printed

    @pytest.mark.parametrize("kto", [False, True])
    def test_preferences(self, train: Any, dataset: Path, kto: bool) -> None:
        options = ["--per_device_train_batch_size", "8", *(["--kto"] if kto else [])]
        code, printed = train(train_dpo, "--dir", dataset, "--steps", "5", *options)
        assert code == 0, printed
        rows, _, first, last = measured(printed)
        _, data = training.load_rows(dataset, "preference", "train")
        assert rows == len(data) * (2 if kto else 1)
        assert last < first - 0.05

    def test_what_would_be_cut_or_dropped_is_refused(self, train: Any, dataset: Path) -> None:
        code, printed = train(train_sft, "--dir", dataset, "--max-length", "500")
        assert code == 2
        assert "rows whole within 500 tokens" in printed
        assert re.search(
            r"found [1-9]\d* dropped, [1-9]\d* at the cut \(such as \w+-sft-\d+\)", printed
        )
        code, printed = train(train_dpo, "--dir", dataset, "--max-length", "500")
        assert code == 2
        assert "rows whole within 500 tokens" in printed

    def test_a_row_of_just_the_budget_is_whole(self, train: Any, exact: tuple[Path, Path]) -> None:
        folder, tokenizer = exact
        _, data = training.load_rows(folder, "sft", "train")
        longest = max(data["n_tokens"])
        options = ("--dir", folder, "--tokenizer", tokenizer, "--steps", "1")
        code, printed = train(train_sft, *options, "--max-length", str(longest))
        assert code == 0, printed
        code, printed = train(train_sft, *options, "--max-length", str(longest - 1))
        assert code == 2, printed

    def test_a_saved_model_can_be_trained_further(
        self, train: Any, dataset: Path, tmp_path: Path
    ) -> None:
        out = tmp_path / "model"
        code, printed = train(train_sft, "--dir", dataset, "--steps", "2", "--out", out)
        assert code == 0, printed
        code, printed = train(
            train_dpo, "--dir", dataset, "--steps", "2", "--model", out, "--learning_rate", "1e-3"
        )
        assert code == 0, printed


@pytest.mark.parametrize("script", [train_sft, train_dpo])
def test_what_is_missing_is_named(script: Any, train: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = training.find_spec
    monkeypatch.setattr(
        training, "find_spec", lambda name: None if name == "torch" else found(name)
    )
    code, printed = train(script)
    assert code == 2
    assert printed == (
        f"{script.__name__}: expected the package torch, found none; "
        "install it with `pip install 'trajset[train]'`\n"
    )


def test_mistakes_are_told_in_one_line(
    train: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "find_spec", lambda name: True)
    pytest.importorskip("trl", reason="the extra `train` is not installed: no trl")
    code, printed = train(train_sft, "--dir", tmp_path / "none")
    assert (code, printed.count("\n")) == (2, 1)
    assert "expected a dataset folder, found none" in printed
