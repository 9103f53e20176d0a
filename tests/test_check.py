"""`trajset check`: a dataset that trains right is right, and what goes wrong is named."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from conftest import ROOT
from templating import TEMPLATES, tokenizer_with
from trajset.card import table
from trajset.check.judge import check, read_rows
from trajset.check.show import coloured
from trajset.check.table import COLUMNS, lines
from trajset.cli import app
from trajset.fit.template_counter import TemplateCounter
from trajset.folder import read_manifest
from trajset.pipeline import build
from trajset.recipe import parse_recipe

README = ROOT / "README.md"


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["check", *arguments], env={"COLUMNS": "200"})
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tokenizers in folders, each with a template of TRL's."""
    folder = tmp_path_factory.mktemp("tokenizers")
    for name in ("qwen3", "qwen2_5", "glm4moe", "lfm2", "llama3_1"):
        tokenizer_with(TEMPLATES[name]).save_pretrained(folder / name)
    return folder


@pytest.fixture(scope="module")
def built(folders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, built for the tokenizer with Qwen3's template."""
    out = tmp_path_factory.mktemp("dataset") / "b"
    recipe = parse_recipe(f"fit: {{max_tokens: 8192, tokenizer: {folders / 'qwen3'}}}")
    build([str(ROOT / "tests" / "cases" / "claude_code" / "demo" / "input")], out, recipe)
    return out


@pytest.mark.parametrize("name", ["qwen3", "qwen2_5", "glm4moe"])
def test_a_dataset_is_right_for_the_tokenizer_it_was_built_for(
    name: str, folders: Path, demo: Path, tmp_path: Path
) -> None:
    out = tmp_path / "b"
    recipe = parse_recipe(f"fit: {{max_tokens: 8192, tokenizer: {folders / name}}}")
    build([str(demo)], out, recipe)
    code, text = run(str(out), "--tokenizer", str(folders / name))
    assert f"TRL's {name}_training" in text
    if name == "glm4moe":
        # It drops the reasoning of earlier turns, so whole conversations teach some without any.
        assert code == 1
        wrong = re.findall(r"wrong (\w+): \d+ rows: (.*?):", text)
        assert wrong == [("chat", "learnt reasoning is lost in rendering")]
        return
    assert code == 0, text
    assert "Nothing was found" in text
    assert text.count("(learnt in green)") == 3
    assert "sft-0" in text


def test_the_share_of_learnt_tokens_is_what_the_labels_say(built: Path, folders: Path) -> None:
    counter = TemplateCounter(str(folders / "qwen3"))
    checked = check(built, counter)
    manifest = read_manifest(built)
    assert manifest is not None
    labels = [row["labels"] for row in read_rows(built, manifest, "tokenized")]
    verdict = checked.configs["tokenized"]
    assert verdict.learnt == sum(label != -100 for row in labels for label in row)
    assert verdict.tokens == sum(map(len, labels))
    # What `sft` teaches, `tokenized` teaches: the same tokens, whatever their prompts.
    assert checked.configs["sft"].learnt == verdict.learnt


def test_a_template_that_drops_calls_is_found(built: Path, folders: Path) -> None:
    code, text = run(str(built), "--tokenizer", str(folders / "lfm2"))
    assert code == 1
    assert re.search(r"wrong sft: \d+ rows: a learnt call is lost in rendering: \w+-sft-", text)
    assert "tokenized: made with" in text


def test_a_template_without_marks_is_found(built: Path, folders: Path) -> None:
    code, text = run(str(built), "--tokenizer", str(folders / "llama3_1"))
    assert code == 1
    assert "no template with {% generation %} marks" in text


def test_rows_that_the_trainer_cuts_are_found(built: Path, folders: Path) -> None:
    code, text = run(str(built), "--tokenizer", str(folders / "qwen3"), "--max-length", "1024")
    assert code == 1
    assert "longer than max_length" in text
    assert "no token is learnt" in text


def test_arguments_as_a_quoted_string_are_found(built: Path) -> None:
    text = TEMPLATES["qwen3_training"].replace(
        "{{- tool_call.arguments | tojson }}", "{{- tool_call.arguments | tojson | tojson }}"
    )
    assert text != TEMPLATES["qwen3_training"]
    checked = check(built, TemplateCounter.of(tokenizer_with(text)))
    assert any("quoted string" in problem for problem in checked.problems())


def test_a_stop_token_that_is_not_learnt_is_found(built: Path) -> None:
    text = TEMPLATES["qwen3_training"]
    ending = "{{- '<|im_end|>\\n' }}\n        {%- endgeneration %}"
    assert ending in text
    moved = text.replace(ending, "{%- endgeneration %}\n        {{- '<|im_end|>\\n' }}")
    checked = check(built, TemplateCounter.of(tokenizer_with(moved)))
    assert any("will not stop" in problem for problem in checked.problems())


def test_what_is_learnt_is_in_colour(built: Path, folders: Path) -> None:
    counter = TemplateCounter(str(folders / "qwen3"))
    for row in check(built, counter).shown:
        text = coloured(row, counter.tokenizer)
        green = [text.plain[s.start : s.end] for s in text.spans if "green" in str(s.style)]
        dim = [text.plain[s.start : s.end] for s in text.spans if "dim" in str(s.style)]
        assert green
        assert all(part.rstrip().endswith("<|im_end|>") for part in green)
        assert not any("<tool_response>" in part for part in green)
        assert dim


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["nowhere", "--tokenizer", "/nowhere/at/all"], "expected a tokenizer folder or hub id"),
        (["nowhere"], "expected --tokenizer"),
    ],
)
def test_misuse_is_said(arguments: list[str], expected: str) -> None:
    result = CliRunner().invoke(app, ["check", *arguments])
    assert result.exit_code == 2
    assert expected in result.stderr


def test_a_folder_without_a_dataset_is_said(folders: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["check", str(tmp_path), "-t", str(folders / "qwen3")])
    assert result.exit_code == 2
    assert "expected a dataset folder" in result.stderr


def matrix() -> str:
    rows: list[list[Any]] = [[f"`{line.name}`", *line.signs] for line in lines()]
    version = importlib.metadata.version("trl")
    return f"TRL {version}:\n\n" + table(["template", *COLUMNS], rows) + "\n"


def test_the_table_of_templates_is_what_the_wheel_gives(update_golden: bool) -> None:
    text = README.read_text(encoding="utf-8")
    start, end = "<!-- templates -->\n", "<!-- /templates -->"
    before, rest = text.split(start)
    shown, after = rest.split(end)
    if update_golden:
        README.write_text(before + start + matrix() + end + after, encoding="utf-8")
        shown = matrix()
    version = importlib.metadata.version("trl")
    if not update_golden and f"TRL {version}:" not in shown:
        pytest.skip(f"the table in README is of another TRL than {version}")
    assert shown == matrix()


def test_the_table_says_what_is_known() -> None:
    found = {line.name: dict(zip(COLUMNS, line.signs, strict=True)) for line in lines()}
    assert found["lfm2"]["calls"] == "○"
    assert found["llama3_1"]["parallel calls"] == "–"
    assert found["gptoss"]["parallel calls"] == "○"
    assert found["deepseekv3"]["calls"] == "– → ●"
    assert found["qwen3"]["reasoning"] == "◐ → ●"
    assert found["glm4moe"]["reasoning"] == "◐"
