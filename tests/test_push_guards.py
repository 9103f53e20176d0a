"""What must be true before a push: each guard refuses, in a sentence, before the Hub is asked."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from planting import plant, token
from trajset.cli import app
from trajset.folder import manifest_file, read_manifest
from trajset.hub.guards import held
from trajset.notes import BEGIN, END

PASSED = "expected a token of the Hub, found none: `hf auth login`, or set HF_TOKEN"


@pytest.fixture(scope="module")
def built(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    open_recipe = folder / "open.yaml"
    open_recipe.write_text("privacy: {enabled: false}\n")
    logs = plant(folder / "logs", token(1), token(2))
    for source, name, more in ((demo, "ds", ()), (logs, "open", ("--recipe", str(open_recipe)))):
        run = ["build", str(source), "--out", str(folder / name), "--jobs", "1", *more]
        assert CliRunner().invoke(app, run).exit_code == 0
    return folder


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What passes the guards stops for want of a token, and never reaches the network."""
    from huggingface_hub import constants

    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))


@pytest.fixture
def dataset(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built / "ds", tmp_path / "ds"))


def refusal(folder: Path, *args: str) -> str:
    """What a push says that is refused."""
    result = CliRunner().invoke(app, ["push", "ada/x", "--dir", str(folder), "--yes", *args])
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    return result.output


def shard(folder: Path) -> Path:
    manifest = read_manifest(folder)
    assert manifest is not None
    return folder / manifest.shards[0].file


def test_a_good_folder_passes_all_guards(dataset: Path) -> None:
    assert PASSED in refusal(dataset)


def test_a_folder_of_two_generations_passes(dataset: Path, demo: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "less.yaml"
    recipe.write_text('plan: {exclude: ["b47f375bceb5ea7c"]}\n')
    before = shard(dataset)
    run = ["build", str(demo), "--out", str(dataset), "--jobs", "1", "--recipe", str(recipe)]
    assert CliRunner().invoke(app, run).exit_code == 0
    assert before.exists()
    (dataset / "review.html").write_text("private")
    assert PASSED in refusal(dataset)


def test_an_unredacted_build(built: Path) -> None:
    assert "expected a redacted build, found one with privacy.enabled: false" in refusal(
        built / "open"
    )


@pytest.mark.parametrize("change", ["longer", "other bytes", "other rows", "missing"])
def test_a_changed_shard(dataset: Path, change: str) -> None:
    path = shard(dataset)
    data = path.read_bytes()
    if change == "longer":
        path.write_bytes(data + b"x")
    elif change == "other bytes":
        path.write_bytes(data[:-20] + bytes([data[-20] ^ 1]) + data[-19:])
    elif change == "other rows":
        pq.write_table(pq.read_table(path).slice(1), path)
    else:
        path.unlink()
    said = refusal(dataset)
    assert str(path) in said
    assert "build again" in said


def test_a_changed_manifest(dataset: Path) -> None:
    path = dataset / str(manifest_file(dataset))
    path.write_bytes(path.read_bytes().replace(b'"trajset":', b'"trajset" :'))
    assert f"{path}: changed since the build; build again" in refusal(dataset)


def test_a_changed_plot(dataset: Path) -> None:
    path = sorted((dataset / "plots").glob("*.svg"))[0]
    path.write_text(path.read_text().replace("<svg", "<svg onload='x()'"))
    assert f"{path}: changed since the build; build again" in refusal(dataset)


def test_a_stale_card(dataset: Path) -> None:
    readme = dataset / "README.md"
    readme.write_text(readme.read_text() + "\nOne more sentence.\n")
    assert "expected the card of this build, found another" in refusal(dataset)


def test_notes_are_no_change_but_damaged_markers_are(dataset: Path) -> None:
    readme = dataset / "README.md"
    text = readme.read_text()
    readme.write_text(text.replace(BEGIN, f"{BEGIN}\nMy own words."))
    assert PASSED in refusal(dataset)
    readme.write_text(text.replace(END, ""))
    assert f"expected one line {BEGIN} and after it one line {END}, found 1 and 0" in refusal(
        dataset
    )


def test_what_is_no_dataset(tmp_path: Path) -> None:
    assert "expected a dataset, found none" in refusal(tmp_path / "nothing")
    assert "expected a dataset, found none" in refusal(tmp_path)
    (tmp_path / "README.md").write_text("# Mine\n")
    assert "expected no README.md or one that a build wrote" in refusal(tmp_path)


def test_a_build_at_work(dataset: Path) -> None:
    with held(dataset):
        assert "expected no build or push at work there, found one" in refusal(dataset)
        run = ["build", str(dataset), "--out", str(dataset)]
        assert "found one; wait for it" in CliRunner().invoke(app, run).output


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["x"], "x: expected NAMESPACE/NAME of a dataset on the Hub, found another form"),
        (["a/b/c", "--yes"], "expected NAMESPACE/NAME"),
        (["ada/../x", "--yes"], "expected NAMESPACE/NAME"),
        (["ada/x"], "expected a terminal to ask on, or --yes (or --dry-run), found neither"),
        (["ada/x", "--yes", "--public"], "or --confirm ada/x, found neither"),
        (["ada/x", "--yes", "--public", "--confirm", "ada/y"], "expected ada/x, found ada/y"),
        (["ada/x", "--yes", "--confirm", "ada/x"], "--confirm: expected with --public"),
    ],
)
def test_misuse(args: list[str], sentence: str) -> None:
    result = CliRunner().invoke(app, ["push", *args])
    assert result.exit_code == 2, result.output
    assert sentence in result.output
