"""`trajset failures`: every failure with its place, its explanation, and a report for strangers."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console
from typer.testing import CliRunner

from annotating import Log
from conftest import ROOT
from markers import MARK, plant_file
from trajset.annotate import annotate
from trajset.cli import app
from trajset.corpus import Corpus, read_corpus
from trajset.plan import Decision, Plan
from trajset.recipe import Recipe
from trajset.reports.bug_report import bug_report
from trajset.reports.cells import print_table
from trajset.reports.explain import explain
from trajset.reports.failures import FailureLine, find_failures, iso
from trajset.reports.plain_names import handle, plain_model, plain_tool
from trajset.sources import SOURCES
from trajset.trajectory import ToolCall, Trajectory

CASES = ROOT / "tests" / "cases"


def run(*args: str | Path) -> Any:
    return CliRunner().invoke(app, [str(a) for a in args])


def decision(copied: int = 0) -> Decision:
    return Decision(id="0123456789abcdef", group=1, split="train", copied=copied)


def trajectory(log: Log, **fields: Any) -> Trajectory:
    made = Trajectory.make(
        id="0123456789abcdef",
        session_id="session-1",
        harness="claude_code",
        steps=tuple(log.steps),
        **fields,
    )
    return annotate(made)


def one(log: Log, **fields: Any) -> str:
    (sentence,) = explain([(trajectory(log, **fields), decision())])
    return sentence


def test_each_failure_is_a_line_with_its_place(demo: Path) -> None:
    result = run("failures", demo, "--json", "--jobs", "1")
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines
    assert all(tuple(line) == FailureLine.__struct_fields__ for line in lines)
    logs = {path.stem: path.read_text("utf-8").splitlines() for path in demo.rglob("*.jsonl")}
    for line in lines:
        if line["session_id"] in logs and line["category"] != "unclosed_turn":
            assert line["call_id"] in logs[line["session_id"]][line["line"] - 1]
        assert (line["span"] is None) == (line["recovered_by"] is None)
        at_fault = line["category"] in ("model", "tool_schema", "command_exit")
        assert line["environment_suspect"] is not at_fault


def test_the_counts_are_those_of_the_lines(demo: Path) -> None:
    lines = run("failures", demo, "--json", "--jobs", "1").stdout.splitlines()
    shown = run("failures", demo, "--limit", "2", "--jobs", "1").stdout
    counts = Counter(json.loads(line)["category"] for line in lines)
    for category, count in counts.items():
        row = next(text for text in shown.splitlines() if text.startswith(f"{category} "))
        assert row.split()[1] == str(count)
    suspects = sum(json.loads(line)["environment_suspect"] for line in lines)
    assert f"environment suspects: {suspects} of {len(lines)} " in shown
    assert f"… and {len(lines) - 2} more; --limit" in shown


def test_what_was_copied_from_another_session_counts_there_only() -> None:
    log = Log().human("go").call("Read", {"file_path": "/a"}, "File does not exist.", "error")
    item = trajectory(log.call("Read", {"file_path": "/b"}, "text").says("Done."))
    whole, own = find_failures([(item, decision())]), find_failures([(item, decision(copied=3))])
    assert (len(whole.seen), whole.n_calls) == (1, 2)
    assert (len(own.seen), own.n_calls) == (0, 1)


def test_runs_that_resemble_each_other_all_count(demo: Path, tmp_path: Path) -> None:
    text = next(demo.glob("*weather-bot/*.jsonl")).read_text("utf-8")
    first = json.loads(text.splitlines()[0])["sessionId"]
    again = "0" * 8 + first[8:]
    (tmp_path / f"{first}.jsonl").write_text(text, "utf-8")
    (tmp_path / f"{again}.jsonl").write_text(_other_run(text).replace(first, again), "utf-8")
    assert len(read_corpus([str(tmp_path)], Recipe()).kept) == 1, "alike enough for a build"
    both = json.loads(run("stats", tmp_path, "--json", "--jobs", "1").stdout)
    assert both["groups"][0]["trajectories"] == 2


def _other_run(text: str) -> str:
    """The same session with record keys of its own and one other word."""
    records = [json.loads(line) for line in text.splitlines()]
    for record in records:
        for key in ("uuid", "parentUuid"):
            if record.get(key):
                record[key] = "f" * 8 + record[key][8:]
    lines = [json.dumps(record) for record in records]
    return "\n".join(lines).replace(" the ", " this ", 1) + "\n"


ENV = ("npm test", "npm: command not found", 127)


def test_a_session_that_failed_in_its_environment() -> None:
    log = Log().human("Run the tests.").call("Bash", {"command": ENV[0]}, ENV[1], "error", ENV[2])
    text = one(log.says("I cannot."), recorded_outcome="failure")
    assert "failed in the environment/tool layer: 1 of 1" in text
    assert "missing_dependency" in text


def test_a_session_that_failed_in_the_model() -> None:
    log = Log().human("Fix it.").call("Bash", {"command": ENV[0]}, ENV[1], "error", ENV[2])
    for path in ("/a.py", "/b.py"):
        log.call("Edit", {"file_path": path, "old_string": "x", "new_string": "y"},
                 "<tool_use_error>String to replace not found in file.", "error")  # fmt: skip
    text = one(log.says("I give up."), recorded_outcome="failure")
    assert "failed in the model: 2 of 3 unrecovered failures (2 model)" in text


def test_sessions_that_did_not_fail_are_not_blamed() -> None:
    fine = Log().human("Hello").call("Bash", {"command": "ls"}, "a").says("Done.")
    assert "did not fail" in one(fine, recorded_outcome="success")
    assert "shows no failure that stands" in one(fine)
    assert "failed in the model's work" in one(fine, recorded_outcome="failure")


def test_what_was_not_recovered_is_listed_also_where_a_session_ended_well() -> None:
    log = Log().human("Run the tests.").call("Bash", {"command": ENV[0]}, ENV[1], "error", ENV[2])
    log.call("Read", {"file_path": "/a"}, "File does not exist.", "error")
    first, *others = one(log.says("Done."), recorded_outcome="success").splitlines()
    assert "did not fail; it ended well (0 of 2 failures recovered)" in first
    assert [other.split(",")[0] for other in others] == [
        "  not recovered: missing_dependency",
        "  not recovered: model",
    ]
    assert all("call c" in other for other in others)


def test_copies_are_told_so_that_totals_can_be_reconciled(demo: Path, tmp_path: Path) -> None:
    log = next(demo.glob("*weather-bot/*.jsonl"))
    text = log.read_text("utf-8")
    first = json.loads(text.splitlines()[0])["sessionId"]
    (tmp_path / f"{first}.jsonl").write_text(text, "utf-8")
    assert "left out as copies" not in run("failures", tmp_path, "--jobs", "1").stdout
    part = "\n".join(text.splitlines()[:-2]) + "\n"
    again = "0" * 8 + first[8:]
    (tmp_path / f"{again}.jsonl").write_text(part.replace(first, again), "utf-8")
    for command in ("failures", "stats"):
        shown = run(command, tmp_path, "--jobs", "1").stdout
        assert "left out as copies of what is counted: 1 of 2 trajectories" in shown


def test_a_session_can_be_named_by_its_id(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    shutil.copytree(demo, tmp_path / ".claude" / "projects")
    for session in (p.stem for p in demo.rglob("*.jsonl") if len(p.stem) == 36):
        result = run("failures", session, "--explain", "--jobs", "1")
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith(f"claude_code session {session} ")
        assert all(line.startswith("  not ") for line in result.stdout.splitlines()[1:])
    result = run("failures", "no-such-session", "--explain", "--jobs", "1")
    assert result.exit_code == 2
    assert "no-such-session: expected" in result.output


@pytest.fixture(scope="module", params=["texts", "names"])
def marked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Every source's cases, with markers in all texts, or in all that could pass for a name."""
    root = tmp_path_factory.mktemp(MARK)
    for log in CASES.glob("*/*/input/**/*"):
        if log.is_file():
            target = root / log.relative_to(CASES)
            target.parent.mkdir(parents=True, exist_ok=True)
            plant_file(log, target, names=request.param == "names")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAJSET_CACHE", str(tmp_path_factory.mktemp("cache")))
        corpus = read_corpus([str(root)], Recipe(plan=Plan(near=None)))
        list(corpus)
    return corpus


def test_a_bug_report_holds_nothing_of_what_the_logs_say(marked: Corpus) -> None:
    items = list(marked)
    known = {source.NAME for source in SOURCES}
    assert {item.harness for item, _ in items} == known
    holding = {item.harness for item, _ in items if MARK.encode() in msgspec.json.encode(item)}
    assert len(holding) >= len(known) - 3, "the markers must reach what a report is made of"
    report = find_failures(items)
    assert len(report.seen) > 90
    text = bug_report(report)
    assert MARK not in text.lower()
    assert "/home" not in text
    assert "@" not in text
    for seen in report.seen:
        assert seen.line.why not in text
    whole = {name for source in SOURCES if (name := source.NAME) in text}
    assert len(whole) >= len(known) - 3, "it still says which harness failed"


def test_the_bug_report_is_written_for_its_owner_only(demo: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.md"
    result = run("failures", demo, "--bug-report", file, "--jobs", "1")
    assert result.exit_code == 0, result.output
    assert file.stat().st_mode & 0o077 == 0
    text = file.read_text("utf-8")
    assert "## Categories" in text
    assert "| Bash |" in text
    assert str(demo) not in text


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5-20250929"),
        ("openrouter/anthropic/claude-3.5-sonnet", "openrouter/anthropic/claude-3.5-sonnet"),
        ("gpt-5.3-codex-spark", "gpt-5.3-codex-spark"),
        ("gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
        ("o3-mini", "o3-mini"),
        ("qwen3-coder:30b", "qwen3-coder:30b"),
        ("moonshotai/Kimi-K2.6", "moonshotai/kimi-k2.6"),
        ("ft:gpt-4o:acme:secret-plan", "other model"),
        ("gpt-4o-acme", "other gpt model"),
        ("acme/claude-opus-4-6", "other claude model"),
        ("claudette from next door", "other model"),
        ("gpt-555-010-0199-555-010-0199-77", "other gpt model"),
        ("hunter2", "other model"),
        ("", "other model"),
    ],
)
def test_models_are_named_only_where_every_part_is_known(model: str, shown: str) -> None:
    assert plain_model(model) == shown


@pytest.mark.parametrize(
    ("tool", "arguments", "shown"),
    [
        ("Bash", {"command": "ls"}, "Bash"),
        ("str_replace_editor", {}, "str_replace_editor"),
        ("mcp__acme__read", {}, "MCP tool"),
        ("acme.read", {"path": "/x"}, "other tool (read)"),
        ("hunter2", {"command": "ls"}, "other tool (shell)"),
        ("Bash | leak", {}, "other tool (other)"),
        ("Bash\nleak", {}, "other tool (other)"),
    ],
)
def test_tools_are_named_only_where_harnesses_have_them(
    tool: str, arguments: dict[str, Any], shown: str
) -> None:
    assert plain_tool(ToolCall(id="c", tool=tool, arguments=arguments, response_id="r")) == shown


def test_ids_that_are_texts_are_not_shown() -> None:
    assert handle("0196aaaa-0000-7000-8000-000000000001").endswith("0001")
    assert handle("2026-01-01 11:00:00") == "2026-01-01 11:00:00"
    for text in ("my notes", "a\x1b[2J", "x" * 200, "", None):
        assert handle(text) == "–"


def test_names_from_logs_are_neither_markup_nor_controls() -> None:
    console = Console(width=80)
    with console.capture() as captured:
        print_table(console, ("tool", "n"), [("[bold]x[/bold]\x1b[2J", "1")])
    assert "[bold]x[/bold]�[2J" in captured.get()


def test_times_that_are_none_are_none() -> None:
    assert iso(0) == "1970-01-01T00:00:00.000Z"
    assert iso(None) is None
    assert iso(10**18) is None


def test_mistakes_are_told_in_a_sentence(demo: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for args, code, words in (
        ((tmp_path / "none",), 2, "expected a file or folder, found nothing"),
        ((tmp_path / "empty",), 1, "trajset sources"),
        ((demo, "--recipe", tmp_path / "none.yaml"), 2, "expected a readable recipe"),
        ((demo, "--env-file", tmp_path / "none"), 2, "--env-file"),
    ):
        for command in ("failures", "stats"):
            result = run(command, *args, "--jobs", "1")
            assert (result.exit_code, words in result.output) == (code, True), result.output
    result = run("failures", demo, "--explain", "--json")
    assert result.exit_code == 2
    result = run("failures", demo, "--bug-report", tmp_path / "no" / "file.md", "--jobs", "1")
    assert result.exit_code == 1
    assert "could not be used" in result.output
