"""The review page without a browser: what it holds, and what it lets run."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from conftest import ROOT
from reviewing import blocks, build, manifest_of, page_of, rows_of
from trajset.cli import app


@pytest.fixture(scope="module")
def folder(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(demo, tmp_path_factory.mktemp("review") / "b")


@pytest.fixture(scope="module")
def page(folder: Path) -> Path:
    return page_of(folder)


def message(step: dict[str, Any], text: Any) -> dict[str, Any]:
    """A step of the page as the message that it was made of, ids of calls aside."""
    made: dict[str, Any] = {"role": step["role"]}
    if "text" in step:
        made["content"] = text(step["text"])
    if "reasoning" in step:
        made["reasoning_content"] = text(step["reasoning"])
    if "name" in step:
        made["name"] = step["name"]
    for name, parts in step.get("calls", ()):
        arguments = {
            key: json.loads(text(at)) if is_json else text(at) for key, at, is_json in parts
        }
        made.setdefault("calls", []).append([name, arguments])
    return made


def expected(step: dict[str, Any]) -> dict[str, Any]:
    made = {k: step[k] for k in ("role", "content", "reasoning_content", "name") if step.get(k)}
    if step["role"] == "action":
        made["calls"] = [[step["tool"], step["args"]]]
    for call in step.get("tool_calls", ()):
        function = call["function"]
        made.setdefault("calls", []).append([function["name"], function["arguments"]])
    return made


def test_it_holds_each_row_as_it_would_be_published(folder: Path, page: Path) -> None:
    data = blocks(page)
    shown = {}
    for entry in data["list-data"]:
        content = data[entry["block"]]

        def text(at: int, texts: list[str] = content["texts"]) -> str:
            result: str = data[f"s{-1 - at}"] if at < 0 else texts[at]
            return result

        for row in content["rows"]:
            steps = [content["steps"][at] for part in row["parts"] for at in part["at"]]
            shown[row["id"]] = [message(step, text) for step in steps]
    rows = rows_of(folder)
    assert len(rows) == len(shown) == sum(shard.rows for shard in manifest_of(folder).shards)
    for _, row in rows:
        columns = ("trajectory", "messages", "prompt", "completion", "chosen", "rejected")
        steps = [step for name in columns for step in row.get(name, ())]
        assert shown[row["id"]] == [expected(step) for step in steps], row["id"]


def test_what_is_learnt_is_what_chat_says(folder: Path, page: Path) -> None:
    data = blocks(page)
    flags = {row["id"]: [m.get("train") for m in row["messages"]]
             for config, row in rows_of(folder) if config == "chat"}  # fmt: skip
    unmarked = 0
    for entry in data["list-data"]:
        content = data[entry["block"]]
        for row in content["rows"]:
            part = row["parts"][0]
            if row["config"] == "chat":
                assert part["learnt"] == flags[row["id"]]
            if row["config"] == "codeact" and "chat" in entry["rows"]:
                roles = [content["steps"][at]["role"] for at in part["at"]]
                for role, learnt in zip(roles, part["learnt"], strict=True):
                    written = role in ("thought", "action", "response")
                    assert written or learnt is None
                    unmarked += written and learnt is None
    assert unmarked == 0


def test_repairs_and_pairs_are_linked_from_where_they_happened(page: Path) -> None:
    data = blocks(page)
    linked = set()
    for entry in data["list-data"]:
        content = data[entry["block"]]
        for row in content["rows"]:
            for place, to, what in row.get("links", ()):
                step = content["steps"][row["parts"][0]["at"][place]]
                assert step["role"] == "action"
                linked.add((content["rows"][to]["config"], what))
    assert ("error_recovery", "repair") in linked
    assert ("preference", "chosen") in linked
    assert ("preference", "rejected") in linked


def test_no_text_of_a_session_stands_open_in_the_page(folder: Path, page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    words = [row["messages"][0]["content"][:30] for config, row in rows_of(folder)
             if config == "chat"]  # fmt: skip
    assert words
    assert not [word for word in words if word in text]


def test_only_our_own_script_and_style_may_run(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "data:"
    for kind, opening in (("script-src", "<script>"), ("style-src", "<style>")):
        content = text.split(opening)[1].split(opening.replace("<", "</"))[0]
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert rules[kind] == f"'sha256-{digest}'"
    assert not re.findall(
        r"""\s(?:on\w+|style)=|(?:src|href)=["'](?!#)""", text.split("<style>")[0]
    )


def test_our_script_never_makes_markup_out_of_text() -> None:
    scripts = [*(ROOT / "dataset_card" / "review").glob("*.js")]
    assert len(scripts) >= 5
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(|fetch\("
    )
    for script in scripts:
        assert not re.search(forbidden, script.read_text(encoding="utf-8")), script


def test_it_is_private_and_the_same_bytes_each_time(folder: Path, page: Path) -> None:
    before = page.read_bytes()
    assert page_of(folder).read_bytes() == before
    assert page.stat().st_mode & 0o777 == 0o600
    assert not list(folder.glob(".review*"))


def test_a_limit_is_told(folder: Path, tmp_path: Path) -> None:
    args = ["review", str(folder), "--output", str(tmp_path / "r.html"), "--limit", "2"]
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 0, result.output
    assert "the first 2 trajectories" in result.output
    data = blocks(tmp_path / "r.html")
    assert len(data["list-data"]) == 2
    assert data["overview-data"]["limited"]


def test_mistakes_are_told_in_a_sentence(folder: Path, tmp_path: Path) -> None:
    invoke = CliRunner().invoke
    none = invoke(app, ["review", str(tmp_path)])
    assert none.exit_code == 2
    assert "expected a dataset folder that a build wrote" in none.output
    nowhere = invoke(app, ["review", str(folder), "-o", str(tmp_path / "no" / "r.html")])
    assert nowhere.exit_code == 2
    assert "expected a folder for the page" in nowhere.output


def test_a_missing_shard_is_told(demo: Path, tmp_path: Path) -> None:
    folder = build(demo, tmp_path / "b")
    next((folder / "data" / "chat").glob("train-*")).unlink()
    result = CliRunner().invoke(app, ["review", str(folder)])
    assert result.exit_code == 2
    assert "expected a whole shard" in result.output
    assert not (folder / "review.html").exists()


def test_excluded_trajectories_are_left_out_and_counted(demo: Path, tmp_path: Path) -> None:
    before = build(demo, tmp_path / "before")
    ids = sorted({row["trajectory_id"] for _, row in rows_of(before)})
    out, stays = ids[:2], ids[2:]
    recipe = tmp_path / "recipe.yaml"
    text = (ROOT / "configs" / "demo.yaml").read_text(encoding="utf-8")
    listed = "\n".join(f'    - "{id_}"' for id_ in [*out, "gone"])
    assert text.count("\nplan:\n") == 1
    text = text.replace("\nplan:\n", f"\nplan:\n  exclude:\n{listed}\n")
    recipe.write_text(text, encoding="utf-8")
    after = build(demo, tmp_path / "after", recipe)
    plan = manifest_of(after).plan
    assert plan["dropped"]["excluded"] == 2
    assert plan["excluded_unmatched"] == 1
    kept = {pair[1]["id"]: pair for pair in rows_of(after)}
    assert {row["trajectory_id"] for _, row in kept.values()} == set(stays)
    for config, row in rows_of(before):  # nothing else moves
        if row["trajectory_id"] in stays and config != "preference":
            assert kept[row["id"]][1] == row | {"parent_id": kept[row["id"]][1]["parent_id"]}
    assert blocks(page_of(after))["overview-data"]["excluded"] == [*out, "gone"]
