"""Exports: every format gives what its consumer takes, says what it drops, and is written whole."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from typer.testing import CliRunner, Result

import consumers
import test_readme
from conftest import ROOT
from strategies import trajectories
from trajset.commands.export import export
from trajset.exports import ALIASES, FORMATS, ROW_FORMATS
from trajset.exports.explain import SIGN, explain
from trajset.exports.format import Case, Coverage, Format
from trajset.exports.uncounted import Uncounted
from trajset.fit.section import Fit
from trajset.trajectory import Observation, ToolCall, Trajectory
from trajset.views.section import Views
from trajset.views.view import Context, Place

Line = dict[str, Any]
GOLDEN = Path(__file__).parent / "exports"
SESSION = GOLDEN / "session.json"
NAMES = [chosen.NAME for chosen in FORMATS]
CHECKS: dict[str, Callable[[Line], None]] = {
    "openai-ft": consumers.openai_ft,
    "openai-dpo": consumers.openai_dpo,
    "anthropic": consumers.anthropic,
    "atif": consumers.atif,
    "axolotl": consumers.axolotl,
    "sharegpt": consumers.sharegpt,
}
app = typer.Typer(pretty_exceptions_enable=False)
app.command()(export)


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["--jobs", "1", *map(str, args)])


def lines_of(text: str) -> list[Line]:
    return [json.loads(line) for line in text.split("\n") if line]


def exported(*args: str | Path) -> list[Line]:
    result = run("--output", "-", *args)
    assert result.exit_code == 0, result.output
    return lines_of(result.stdout)


def case_of(**fields: Any) -> Case:
    context = Context(section=Views(failed_trajectories=True), fit=Fit(), counter=Uncounted())
    return Case(place=Place(id="0" * 16), context=context, **fields)


def rendered(chosen: Format, trajectory: Trajectory, **fields: Any) -> list[Line]:
    """Lines as a reader gets them: through JSON."""
    return json.loads(json.dumps(list(chosen.render(trajectory, case_of(**fields)))))


def named(name: str) -> Format:
    return next(chosen for chosen in FORMATS if name == chosen.NAME)


# --- what the lines are -------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_golden(name: str, update_golden: bool) -> None:
    """One session with a repair, parallel calls and a sub-agent, in each format."""
    result = run("--output", "-", SESSION, "--format", name)
    assert result.exit_code == 0, result.output
    golden = GOLDEN / f"{name}.jsonl"
    if update_golden:
        golden.write_text(result.stdout, encoding="utf-8")
    assert result.stdout == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(CHECKS))
@settings(max_examples=25)
@given(trajectory=trajectories())
def test_consumers_take_every_line(name: str, trajectory: Trajectory) -> None:
    for line in rendered(named(name), trajectory):
        CHECKS[name](line)


@settings(max_examples=25)
@given(trajectory=trajectories())
def test_openai_and_sts_lines_have_their_types(trajectory: Trajectory) -> None:
    for line in rendered(named("openai"), trajectory):
        closed = [m for m in line["messages"] if m["role"] != "tool"]
        assert {"role": "user", "content": ""} not in closed
        consumers.openai_types(line["messages"])
    consumers.sts(rendered(named("sts"), trajectory))


@pytest.mark.parametrize("name", ["atif", "sts", "openai"])
@settings(max_examples=25)
@given(trajectory=trajectories())
def test_our_own_sources_read_them_back(
    name: str, trajectory: Trajectory, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same calls with the same results; statuses where the format can say them."""
    lines = rendered(named(name), trajectory, metadata=name == "openai")
    path = tmp_path_factory.mktemp("read") / "x.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    back = list(read(path, {"openai": "chat_files"}.get(name, name)))
    assert [call for t in back for call in calls_of(t)] == calls_of(trajectory)
    statuses = {o.call_id: o.status for o in observations(trajectory)}
    found = {o.call_id: o.status for t in back for o in observations(t)}
    unknown = dict.fromkeys(statuses, "unknown")
    assert found == (unknown if name == "sts" else statuses)


def read(path: Path, harness: str) -> Iterator[Trajectory]:
    from trajset.sources import SOURCES
    from trajset.sources.tally import Tally

    source = next(s for s in SOURCES if harness == s.NAME)
    for unit in source.units([str(path)]):
        yield from source.read(unit, Tally())


def observations(trajectory: Trajectory) -> list[Observation]:
    return [step for step in trajectory.steps if isinstance(step, Observation)]


def calls_of(trajectory: Trajectory) -> list[tuple[str, str, Any, str | None]]:
    results = {o.call_id: o.text for o in observations(trajectory)}
    return [
        (step.id, step.tool, step.arguments, results.get(step.id))
        for step in trajectory.steps
        if isinstance(step, ToolCall)
    ]


@settings(max_examples=25)
@given(trajectory=trajectories())
def test_sharegpt_keeps_the_text_beside_calls(trajectory: Trajectory) -> None:
    """All that an answer says, and thinks, stands in one value."""
    [ft, sharegpt] = (rendered(named(n), trajectory) for n in ("axolotl", "sharegpt"))
    for whole, line in zip(ft, sharegpt, strict=True):
        values = "\0".join(message["value"] for message in line["conversations"])
        for message in whole["messages"]:
            assert message["content"] in values or message["role"] == "system"
            assert message.get("reasoning_content", "") in values


def test_the_worked_example_of_codeact() -> None:
    """The failed call only looked for something: what finds it recovers it."""
    [line, _] = exported(SESSION, "--format", "codeact", "--keep-duplicates")
    start, end = line["error_recovery_spans"][0]
    assert line["trajectory"][start] == {"role": "observation", "content": "File does not exist."}
    assert line["trajectory"][end]["content"] == "./src/parser.py"
    assert set(line) == {
        *("session_id", "trajectory", "outcome", "has_error_recovery", "error_recovery_spans")
    }


def test_jsonl_is_codeact() -> None:
    assert exported(SESSION, "--format", "jsonl") == exported(SESSION, "--format", "codeact")


def test_reminders_go_and_results_stay() -> None:
    [line, *_] = exported(SESSION, "--format", "openai")
    user = line["messages"][1]["content"]
    assert user == "The parser drops the last digit. Repair it."
    assert line["messages"][4]["tool_call_id"] == "c2"


def test_atif_embeds_agents_and_refers_to_them() -> None:
    [line] = exported(SESSION, "--format", "atif")
    [agent] = line["subagent_trajectories"]
    results = [r for s in line["steps"] for r in s.get("observation", {"results": []})["results"]]
    [reference] = [r["subagent_trajectory_ref"] for r in results if "subagent_trajectory_ref" in r]
    assert reference[0]["trajectory_id"] == agent["trajectory_id"]


def test_failed_calls_of_the_model_have_weight_0() -> None:
    [line, *_] = exported(SESSION, "--format", "openai-ft")
    weights = [m["weight"] for m in line["messages"] if m["role"] == "assistant"]
    assert weights[:3] == [0, 1, 1]
    flags = [m["training"] for m in exported(SESSION, "--format", "axolotl")[0]["messages"]]
    assert [f for f, m in zip(flags, line["messages"], strict=True) if "weight" in m] == [
        bool(weight) for weight in weights
    ]


# --- what a format cannot carry -----------------------------------------------------------------

MARKS = {
    "reasoning": "The parser is probably at the root.",
    "system_prompt": "You repair small programs.",
    "model": "claude-sonnet-4-5",
    "project": "/home/user/calc",
}
"""Text of the golden session that is there if, and only if, the field is."""


@pytest.mark.parametrize("name", NAMES)
def test_coverage_says_the_truth(name: str) -> None:
    chosen = named(name)
    metadata = ["--include-metadata"] if chosen.METADATA else []
    result = run("--output", "-", SESSION, "--format", name, *metadata)
    for field, mark in MARKS.items():
        level = getattr(chosen.COVERAGE, field).level
        assert (mark in result.stdout) == (level != "dropped"), field


@pytest.mark.parametrize("name", NAMES)
def test_explain_names_every_field(name: str) -> None:
    text = "\n".join(explain(named(name)))
    for field in Coverage.__struct_fields__:
        carried = getattr(named(name).COVERAGE, field)
        assert f"{SIGN[carried.level]} {field.replace('_', ' ')}" in text
        assert carried.level == "full" or carried.why in text
        assert carried.level == "full" or carried.why
    assert run("--format", name, "--explain").stdout == text + "\n"


def coverage_table() -> str:
    fields = Coverage.__struct_fields__
    head = ["format", *(field.replace("_", " ") for field in fields)]
    rows = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for chosen in FORMATS:
        signs = [SIGN[getattr(chosen.COVERAGE, field).level] for field in fields]
        rows.append("| " + " | ".join([f"`{chosen.NAME}`", *signs]) + " |")
    return "\n".join(rows) + "\n"


def test_the_table_in_readme_is_the_registry(update_golden: bool) -> None:
    text = test_readme.README.read_text(encoding="utf-8")
    if update_golden:
        made = test_readme.replaced(text, "exports", coverage_table())
        test_readme.README.write_text(made, encoding="utf-8")
        text = made
    assert test_readme.section(text, "exports") == coverage_table()
    assert all(f"`{name}`" in text.split("## For other tools")[1] for name in (*NAMES, *ALIASES))


# --- the command --------------------------------------------------------------------------------


def test_a_file_is_private_and_equals_what_a_pipe_gets(tmp_path: Path) -> None:
    out = tmp_path / "lines.jsonl"
    result = run(SESSION, "--format", "openai", "--output", out)
    assert result.exit_code == 0
    assert "2 lines of 2 trajectories" in result.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    piped = run(SESSION, "--format", "openai", "--output", "-")
    assert out.read_text(encoding="utf-8") == piped.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["lines.jsonl"]


def test_a_failed_export_leaves_the_file_from_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trajset.exports import openai

    def broken(trajectory: Trajectory, case: Case) -> Iterator[Line]:
        yield {}
        raise OSError(28, "No space left on device", "part")

    out = tmp_path / "lines.jsonl"
    out.write_text("before")
    monkeypatch.setattr(openai, "render", broken)
    assert run(SESSION, "--format", "openai", "--output", out).exit_code == 1
    assert out.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["lines.jsonl"]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["--format", "opanai"], "--format: expected one of"),
        (["--filter", "errors"], "--filter: expected error-recovery"),
        (["--since", "soon"], "--since: expected 7d, 24h, 2w or a date"),
        (["--split", "dev"], "--split: expected one of train"),
        (["--dataset", ".", "x"], "--dataset: expected it or places of sessions"),
        (["--dataset", ".", "--format", "atif"], "--dataset: atif needs the sessions"),
        (
            ["--dataset", ".", "--format", "openai-dpo", "--filter", "error-recovery"],
            "--filter: expected with sessions",
        ),
        (["--output", "no/such/folder/x"], "--output: expected a file in a folder that exists"),
        (["--format", "sts", "--include-metadata"], "--include-metadata: sts has no place"),
        (["nowhere.jsonl"], "nowhere.jsonl"),
    ],
)
def test_misuse_is_told_in_a_line(args: list[str], expected: str) -> None:
    result = run("--output", "-", *args)
    assert result.exit_code == 2
    assert expected in result.stderr
    assert "Traceback" not in result.output


def test_no_dataset_is_a_failure(tmp_path: Path) -> None:
    result = run("--dataset", tmp_path, "--output", "-")
    assert result.exit_code == 1
    assert "expected a dataset, found none" in result.stderr


def test_filter_since_and_split_choose_trajectories() -> None:
    assert len(exported(SESSION, "--filter", "error-recovery")) == 1
    assert run(SESSION, "--since", "2026-03-03", "--output", "-").exit_code == 1
    assert len(exported(SESSION, "--since", "2026-03-02")) == 2
    by_split = [exported(SESSION, "--split", split) for split in ("train", "validation", "test")]
    assert sorted(map(len, by_split)) == [0, 0, 2]  # a session with its agents is one group


def test_metadata_says_where_it_comes_from() -> None:
    [line, _] = exported(SESSION, "--format", "codeact", "--include-metadata")
    metadata = line["metadata"]
    assert metadata["tokens"] == {"input_tokens": 2100, "output_tokens": 100, "cached_tokens": 300}
    assert metadata["started_at"] == "2026-03-02T09:00:00Z"
    assert metadata["project"] == "/home/user/calc"
    failure, _ = metadata["failures"]
    assert failure["category"] == "model"
    assert line["trajectory"][failure["index"]]["content"] == "File does not exist."


def test_duplicates_are_left_out_unless_wanted(tmp_path: Path) -> None:
    document = json.loads(SESSION.read_text(encoding="utf-8"))
    del document["subagent_trajectories"]
    for name in ("one", "two"):
        document["session_id"] = document["trajectory_id"] = name
        document["steps"][1]["timestamp"] = f"2026-03-0{len(name)}T09:00:00Z"
        (tmp_path / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    document["steps"][1]["message"] += " Today."
    (tmp_path / "two.json").write_text(json.dumps(document | {"session_id": "2"}))
    assert len(exported(tmp_path, "--keep-duplicates")) == 2
    result = run(tmp_path, "--output", "-")
    assert len(lines_of(result.stdout)) == 1
    assert "not kept: 1 " in result.stderr


@pytest.mark.parametrize("name", NAMES)
def test_no_format_holds_a_secret(name: str, tmp_path: Path) -> None:
    secret = "ghp_" + "x7Kq2mVb9TzR4nWc8LdY" + "3pHs6JfA1gEuQ0Xo"[:16]
    document = json.loads(SESSION.read_text(encoding="utf-8"))
    document["steps"][1]["message"] += f" The token is {secret}."
    document["steps"][9]["tool_calls"][0]["arguments"]["command"] += f" # {secret}"
    path = tmp_path / "session.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    metadata = ["--include-metadata"] if named(name).METADATA else []
    result = run("--output", "-", path, "--format", name, *metadata)
    assert result.exit_code == 0
    assert secret not in result.output


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from trajset.pipeline import build
    from trajset.recipe import Recipe

    out = tmp_path_factory.mktemp("dataset") / "builder"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAJSET_CACHE", str(tmp_path_factory.mktemp("cache")))
        build([str(SESSION)], out, Recipe(), jobs=1)
    return out


@pytest.mark.parametrize("name", [chosen.NAME for chosen in ROW_FORMATS])
def test_rows_of_a_dataset_give_the_same_lines(name: str, dataset: Path) -> None:
    """Where nothing had to be cut, a dataset and its sessions give the same."""
    rows = exported("--dataset", dataset, "--format", name)
    direct = exported(SESSION, "--format", name)
    if name == "anthropic":  # rows do not hold statuses
        for line in direct:
            for block in (b for m in line["messages"] for b in m["content"]):
                block.pop("is_error", None)
    if name == "openai":  # rows join user messages, and name the system prompt for every row
        assert [line["session_id"] for line in rows] == [line["session_id"] for line in direct]
        return
    assert sorted(map(json.dumps, rows)) == sorted(map(json.dumps, direct))


def test_windows_are_no_whole_trajectories(tmp_path: Path) -> None:
    from trajset.pipeline import build
    from trajset.recipe import Recipe

    document = json.loads(SESSION.read_text(encoding="utf-8"))
    results = [s["observation"]["results"] for s in document["steps"] if "observation" in s]
    for result in (one for group in results for one in group):
        result["content"] += " word" * 150
    path = tmp_path / "session.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    build([str(path)], tmp_path / "b", Recipe(fit=Fit(max_tokens=800)), jobs=1)
    result = run("--dataset", tmp_path / "b", "--format", "openai", "--output", "-")
    assert "window_of_a_longer_trajectory" in result.stderr
    assert all(len(line["messages"]) < 8 for line in lines_of(result.stdout))
    assert len(exported("--dataset", tmp_path / "b", "--format", "axolotl")) > 1


# --- with the consumers themselves --------------------------------------------------------------


@pytest.mark.slow
def test_workers_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from trajset.exports import exporting

    monkeypatch.setattr(exporting, "_FEW_STEPS", 0)
    monkeypatch.setattr(exporting, "_BATCH_STEPS", 10)
    logs = ROOT / "tests" / "cases" / "claude_code" / "demo" / "input"
    for jobs in ("1", "3"):
        out = tmp_path / jobs
        args = [str(logs), "--format", "openai", "--output", str(out), "--jobs", jobs]
        assert CliRunner().invoke(app, args).exit_code == 0
    assert (tmp_path / "1").read_bytes() == (tmp_path / "3").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_datasets_reads_it(name: str, tmp_path: Path) -> None:
    from datasets import load_dataset

    golden = GOLDEN / f"{name}.jsonl"
    options = {"parse_agent_traces": False} if name == "sts" else {}
    rows = load_dataset(
        "json", data_files=str(golden), split="train", cache_dir=str(tmp_path), **options
    )
    assert rows.num_rows == len(lines_of(golden.read_text(encoding="utf-8")))


@pytest.mark.slow
def test_llama_factory_reads_sharegpt() -> None:
    check = consumers.llama_factory()
    [line, *_] = lines_of((GOLDEN / "sharegpt.jsonl").read_text(encoding="utf-8"))
    first, *_, last = check(line)
    assert "I read the parser first." in first[0]
    assert first[1:] == [
        ("Read", {"path": "parser.py"}),
        ("Bash", {"command": "git log --oneline | head -3"}),
    ]
    assert "echo '<tool_call>'" in last[1][1]["command"]


@pytest.mark.slow
@settings(max_examples=25)
@given(trajectory=trajectories())
def test_llama_factory_reads_the_calls_of_every_line(trajectory: Trajectory) -> None:
    check = consumers.llama_factory()
    [ours, theirs] = (rendered(named(n), trajectory) for n in ("axolotl", "sharegpt"))
    for line, other in zip(ours, theirs, strict=True):
        made = [
            (call["function"]["name"], json.loads(call["function"]["arguments"]))
            for message in line["messages"]
            for call in message.get("tool_calls", ())
        ]
        assert [call for found in check(other) for call in found[1:]] == made


@pytest.mark.slow
def test_axolotl_trains_what_is_flagged_and_nothing_else() -> None:
    import templating

    consumers.bare("axolotl", "axolotl.prompt_strategies", "axolotl.utils", "axolotl.utils.schemas")
    from axolotl.prompt_strategies import chat_template as strategies  # type: ignore

    template = templating.TEMPLATES["qwen3_training"]
    tokenizer = templating.tokenizer_with(template)
    prompter = strategies.ChatTemplatePrompter(
        tokenizer, template, message_field_training="training", max_length=1 << 20
    )
    strategy = strategies.ChatTemplateStrategy(
        prompter, tokenizer, train_on_inputs=False, sequence_len=1 << 20, train_on_eos="turn"
    )
    [line, *_] = lines_of((GOLDEN / "axolotl.jsonl").read_text(encoding="utf-8"))
    made = strategy.tokenize_prompt(line)
    learnt = tokenizer.decode([label for label in made["labels"] if label != -100])
    assert "I read the parser first." not in learnt, "its call failed"
    assert "find . -name parser.py" in learnt
    assert "File does not exist" not in learnt
    assert "The slice is gone" in learnt
