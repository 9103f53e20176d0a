"""The dataset's card: what the Hub and `datasets` read of it, and what people do."""

from __future__ import annotations

import json
import os
import re
import shutil
import typing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from datasets import DatasetDict, Features, load_dataset
from datasets.exceptions import NonMatchingSplitsSizesError
from datasets.info import DatasetInfosDict
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCard, DatasetCardData
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from typer.testing import CliRunner

from conftest import ROOT
from trajset.card import Scanned, card, examples, plots, table
from trajset.card.examples import shown
from trajset.card.markdown import code, fenced, plain
from trajset.card.words import CATEGORIES, CONFIGS, TRAINERS
from trajset.cli import app
from trajset.folder import manifest_file, read_manifest
from trajset.hub.errors import Refused
from trajset.hub.guards import checked
from trajset.hub.parcel import dataset_parcel
from trajset.manifest import Manifest
from trajset.notes import BEGIN, END, notes_of, with_notes
from trajset.scanning import Receipt
from trajset.shards import features_of
from trajset.stats import Stats, stats_of
from trajset.trajectory import Category, Trajectory
from trajset.views import VIEWS

HOSTILE = (
    "````\n```json\n</details></code><script>alert(1)</script><img src=x onerror=alert(1)>\n---\n"
    f"license: mit\n---\n{BEGIN}\nmine\n{END}\n| a | b |\n# title\n"
    "![x](plots/x.svg) $title \u2028\n"
)


def run(*args: str | Path) -> Any:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def build(source: Path, out: Path, recipe: Path = ROOT / "configs" / "demo.yaml") -> None:
    result = run("build", source, "--out", out, "--recipe", recipe, "--jobs", "1")
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="module")
def built(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    os.environ["TRAJSET_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    out = tmp_path_factory.mktemp("built") / "builder"
    build(demo, out)
    return out


@pytest.fixture
def dataset(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "builder"))


def parts(folder: Path) -> tuple[Manifest, str, str]:
    """Manifest, its path, and the card."""
    manifest, name = read_manifest(folder), manifest_file(folder)
    assert manifest is not None
    assert name is not None
    return manifest, name, (folder / "README.md").read_text(encoding="utf-8")


def front_of(text: str) -> tuple[str, dict[str, Any]]:
    front = text.split("\n---\n", 1)[0].removeprefix("---\n") + "\n"
    return front, yaml.safe_load(front)


def tokens_of(text: str) -> list[Token]:
    """The tokens of the card's body, inline ones too, as GitHub and the Hub read Markdown."""
    body = text.split("\n---\n", 1)[1]
    found = []
    for token in MarkdownIt("commonmark").enable("table").parse(body):
        found += [token, *(token.children or ())]
    return found


def test_the_yaml_survives_the_hubs_own_class(dataset: Path) -> None:
    _, name, text = parts(dataset)
    front, value = front_of(text)
    assert DatasetCardData(**value).to_yaml().rstrip() + "\n" == front
    read = DatasetCard(text).data
    assert read.get("trajset_manifest") == name
    assert value["tags"] == ["agent-traces", "trajset"]
    assert value["size_categories"] == ["n<1K"]
    assert value["license"] == "apache-2.0"
    assert value["language"] == ["en"]


def test_datasets_reads_configs_columns_and_sizes_from_it(dataset: Path) -> None:
    manifest, _, text = parts(dataset)
    data = DatasetCard(text).data
    names = {shard.config for shard in manifest.shards}
    configs = MetadataConfigs.from_dataset_card_data(data)
    infos = DatasetInfosDict.from_dataset_card_data(data)
    assert set(configs) == set(infos) == names
    assert configs.get_default_config_name() == "chat"
    for view in VIEWS:
        if view.NAME in names:
            info = infos[view.NAME]
            assert info.features == Features.from_dict(features_of(view.FEATURES))
            shards = [shard for shard in manifest.shards if shard.config == view.NAME]
            assert info.download_size == sum(shard.bytes for shard in shards)
            assert info.dataset_size == sum(split.num_bytes for split in info.splits.values())


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.NAME)
def test_columns_are_told_as_datasets_tells_them(view: Any) -> None:
    from trajset.card.front import _feature

    told = [{"name": name, **_feature(kind)} for name, kind in view.FEATURES.items()]
    assert told == Features.from_dict(features_of(view.FEATURES))._to_yaml_list()


def test_sizes_are_those_of_the_loaded_rows(dataset: Path, tmp_path: Path) -> None:
    _, value = front_of(parts(dataset)[2])
    for info in value["dataset_info"]:
        rows: DatasetDict = load_dataset(
            str(dataset), info["config_name"], cache_dir=str(tmp_path / "cache")
        )
        assert {split["name"]: split["num_examples"] for split in info["splits"]} == rows.num_rows
        for split in info["splits"]:
            assert split["num_bytes"] == rows[split["name"]].data.nbytes


def test_a_wrong_number_of_rows_on_the_card_is_noticed(dataset: Path, tmp_path: Path) -> None:
    path = dataset / "README.md"
    path.write_text(re.sub(r"num_examples: \d+", "num_examples: 99", path.read_text("utf-8")))
    with pytest.raises(NonMatchingSplitsSizesError):
        load_dataset(str(dataset), "sft", cache_dir=str(tmp_path / "cache"))


def test_whoever_has_the_folder_can_make_its_card_again(dataset: Path) -> None:
    manifest, name, text = parts(dataset)
    assert card(manifest, name, examples(dataset, manifest)) == text


def test_it_shows_a_row_of_each_config_as_json(dataset: Path) -> None:
    manifest, _, text = parts(dataset)
    shown = [json.loads(token.content) for token in tokens_of(text) if token.info == "json"]
    views = [view for view in VIEWS if any(s.config == view.NAME for s in manifest.shards)]
    assert len(shown) == len(views)
    for row, view in zip(shown, views, strict=True):
        assert list(row) == list(view.FEATURES)
        assert f"-{view.NAME}-" in row["id"]


def test_a_long_row_is_shortened(tmp_path: Path) -> None:
    messages = [{"role": "user", "content": "Sum it up. " * 400}]
    for number in range(30):
        messages.append({"role": "assistant", "content": f"Part {number} of the sum."})
        messages.append({"role": "user", "content": f"Go on with part {number + 1}, please."})
    messages.append({"role": "assistant", "content": "Done."})
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.json").write_text(json.dumps({"messages": messages}))
    build(tmp_path / "logs", tmp_path / "out")
    manifest, _, _ = parts(tmp_path / "out")
    shown = examples(tmp_path / "out", manifest)
    assert {"chat", "codeact", "sft"} <= set(shown)
    for text in shown.values():
        assert len(text) < 3_000
        assert "characters …" in text
    assert "more …" in shown["chat"]


def test_a_row_is_shown_around_its_recovery() -> None:
    columns: dict[str, Any] = {
        "messages": "list<json>",
        "error_recovery_spans": "list<list<int32>>",
    }
    row: dict[str, Any] = {
        "messages": [{"n": n} for n in range(20)],
        "error_recovery_spans": [[7, 12]],
    }
    told = json.loads(shown(row, columns))
    assert [item["n"] if isinstance(item, dict) else item for item in told["messages"]] == [
        0, "… 5 more …", 6, 7, "… 2 more …", 10, 11, 12, "… 6 more …", 19,
    ]  # fmt: skip
    short: dict[str, Any] = {"messages": row["messages"][:6], "error_recovery_spans": []}
    assert json.loads(shown(short, columns))["messages"] == short["messages"]


def test_an_unredacted_build_says_so_and_nothing_else(demo: Path, tmp_path: Path) -> None:
    (tmp_path / "open.yaml").write_text("privacy: {enabled: false}")
    build(demo, tmp_path / "out", tmp_path / "open.yaml")
    text = parts(tmp_path / "out")[2]
    assert "**Nothing was redacted**" in text
    assert "were replaced" not in text


def hostile_logs(folder: Path) -> Path:
    folder.mkdir()
    call = {"name": f"ba{HOSTILE}sh", "arguments": json.dumps({"command": HOSTILE, HOSTILE: 1})}
    messages = [
        {"role": "user", "content": HOSTILE},
        {
            "role": "assistant",
            "content": HOSTILE,
            "tool_calls": [{"id": "call_1", "type": "function", "function": call}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": HOSTILE},
        {"role": "assistant", "content": HOSTILE},
    ]
    text = json.dumps({"model": HOSTILE, "messages": messages})
    (folder / "a.json").write_text(text)
    return folder


def test_no_text_of_a_log_or_recipe_is_markup(tmp_path: Path) -> None:
    recipe = {"card": {"pretty_name": HOSTILE, "tags": ["a\n---\nb"]}}
    (tmp_path / "hostile.yaml").write_text(yaml.safe_dump(recipe))
    build(hostile_logs(tmp_path / "logs"), tmp_path / "out", tmp_path / "hostile.yaml")
    manifest, name, text = parts(tmp_path / "out")
    assert card(manifest, name, examples(tmp_path / "out", manifest)) == text
    _, value = front_of(text)
    assert value["pretty_name"] == HOSTILE
    assert "license" not in value
    assert notes_of(text) == ""
    tokens = tokens_of(text)
    fences = [token for token in tokens if token.type == "fence"]
    assert sum("<script>" in token.content for token in fences) > 1
    own = re.compile(
        r"</?details>|<summary>[\w ,]*(<code>\w+</code>)?</summary>"
        r"|<!-- notes:(begin|end) -->|<!-- What you write [^<>]* -->"
    )
    for token in tokens:
        if token.type.startswith("html"):
            assert not own.sub("", token.content).strip(), token.content
        if token.type == "image":
            assert token.attrs["src"] in plots(manifest)
    titles = [
        tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"
    ]
    assert sum(title == "title" for title in titles) == 0
    assert load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))


@given(st.text(alphabet=st.sampled_from("`|\\<>&*_[]!#~ \n\r\t\u2028a-$"), max_size=30))
def test_code_spans_and_cells_hold_what_they_are_given(text: str) -> None:
    wanted = " ".join(re.sub(r"[\n\r\t\u2028]", " ", text).split())
    cells = [
        child
        for token in MarkdownIt("commonmark")
        .enable("table")
        .parse(table(["a", "b"], [[code(text), plain(text)]]))
        for child in token.children or ()
    ]
    read = [c.content for c in cells if c.type == "code_inline"]
    assert read == ([wanted] if wanted else [])
    rest = [c for c in cells if c.type != "code_inline"]
    assert {c.type for c in rest} <= {"text", "text_special"}
    assert "".join(c.content for c in rest) == "ab" + wanted


@given(st.text(alphabet="`~ \na", max_size=40))
def test_a_fence_holds_any_text(text: str) -> None:
    (token,) = MarkdownIt("commonmark").parse(fenced(text, "json"))
    assert (token.type, token.content) == ("fence", f"{text}\n")


def test_plots_lie_beside_it_named_by_what_they_show(dataset: Path) -> None:
    manifest, _, text = parts(dataset)
    drawn = plots(manifest)
    assert len(drawn) == 4
    assert re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text) == [
        name
        for start in ("token", "sessions", "failures", "recoveries")
        for name in drawn
        if name.startswith(f"plots/{start}")
    ]
    for name, svg in drawn.items():
        data = (dataset / name).read_bytes()
        assert data == svg.encode()
        assert sha256(data).hexdigest()[:12] in name
        assert (dataset / name).stat().st_mode & 0o077 == 0


def test_plots_of_earlier_builds_are_swept_with_them(demo: Path, dataset: Path) -> None:
    before = set(plots(parts(dataset)[0]))
    one = next(path for path in sorted(demo.iterdir()) if "weather" in path.name)
    build(one, dataset)
    now = set(plots(parts(dataset)[0]))
    lying = {path.relative_to(dataset).as_posix() for path in (dataset / "plots").iterdir()}
    assert lying == before | now
    mine = dataset / "plots" / "mine.svg"
    mine.write_text("<svg/>")
    build(one, dataset)
    lying = {path.relative_to(dataset).as_posix() for path in (dataset / "plots").iterdir()}
    assert lying == now | {"plots/mine.svg"}


def test_notes_outlive_a_build_and_damaged_ones_stop_it_at_once(demo: Path, dataset: Path) -> None:
    readme = dataset / "README.md"
    readme.write_text(with_notes(readme.read_text("utf-8"), "Collected in a hurry."))
    build(demo, dataset)
    assert notes_of(readme.read_text("utf-8")) == "Collected in a hurry."
    readme.write_text(readme.read_text("utf-8").replace(END, ""))
    before = readme.read_bytes()
    result = run("build", demo, "--out", dataset, "--jobs", "1")
    assert result.exit_code == 1
    assert END in result.output
    assert readme.read_bytes() == before


def test_it_counts_what_is_in_the_dataset(dataset: Path, tmp_path: Path) -> None:
    manifest, _, text = parts(dataset)
    total = Stats()
    for stats in manifest.kept.values():
        total.add(stats)
    assert total.trajectories == sum(manifest.plan["splits"].values())
    assert sum(total.started.values()) <= total.trajectories
    rows = load_dataset(str(dataset), "error_recovery", cache_dir=str(tmp_path))
    distances = {r["recovery_id"]: r["distance"] for part in rows.values() for r in part}
    for distance in distances.values():
        assert total.distances[str(distance)] > 0
    assert sum(total.distances.values()) == total.recoveries >= len(distances)
    failed = sum(total.failures.values())
    assert f"{failed:,} failures found, {sum(total.recovered.values()):,} of them" in text


def test_copied_steps_are_not_counted(demo_trajectory: Trajectory) -> None:
    whole, none = stats_of(demo_trajectory), stats_of(demo_trajectory, len(demo_trajectory.steps))
    assert (none.steps, none.calls, none.recoveries) == (0, 0, 0)
    assert none.failures == none.recovered == none.distances == {}
    last = demo_trajectory.failures[-1].step
    rest = stats_of(demo_trajectory, last)
    assert sum(rest.failures.values()) == 1 < sum(whole.failures.values())


def test_it_says_what_scanned_it_once_that_is_known(dataset: Path) -> None:
    manifest, name, text = parts(dataset)
    assert "have not been scanned" in text
    scan = Scanned(scanners={"trajset": "1", "detect-secrets": "2"}, rows=3, texts=4, allowed=1)
    told = card(manifest, name, examples(dataset, manifest), scan)
    assert (
        "scanned again by detect-secrets 2 and trajset 1: 4 different texts in 3 rows, "
        "no open finding; 1 finding looked at by a person and let pass."
    ) in told
    assert "have not been scanned" not in told


def test_a_push_takes_the_card_with_notes_scan_and_plots(dataset: Path) -> None:
    readme = dataset / "README.md"
    readme.write_text(with_notes(readme.read_text("utf-8"), "Ours."))
    looked_at = checked(dataset)
    manifest = looked_at.manifest
    receipt = Receipt(manifest="0", scanners={"trajset": "1"})
    parcel = dataset_parcel(looked_at, receipt, "me/mine")
    assert notes_of(parcel.card) == "Ours."
    assert "scanned again by trajset 1" in parcel.card
    assert 'load_dataset("me/mine"' in parcel.card
    assert {item.path for item in parcel.items} > set(plots(manifest))
    (dataset / next(iter(plots(manifest)))).write_text("<svg/>")
    with pytest.raises(Refused, match="changed since the build"):
        checked(dataset)


def test_every_config_and_category_is_explained() -> None:
    names = {view.NAME for view in VIEWS}
    assert set(CONFIGS) == names
    assert set(TRAINERS) < names
    assert set(CATEGORIES) == set(typing.get_args(Category))
