"""Recoveries: what relates a later success to a failure, and what does not."""

from __future__ import annotations

import pytest

from annotating import Log

NOT_READ = "<tool_use_error>File has not been read yet. Read it first before writing to it."
GONE = "<tool_use_error>File does not exist."


def edit(log: Log, path: str, old: str, new: str, result: str = "updated") -> Log:
    status = "error" if result.startswith("<tool_use_error>") else "ok"
    arguments = {"file_path": path, "old_string": old, "new_string": new}
    return log.call("Edit", arguments, result, status)


def read(log: Log, path: str, result: str = "1\ttext") -> Log:
    status = "error" if result.startswith("<tool_use_error>") else "ok"
    return log.call("Read", {"file_path": path}, result, status)


def recovering(log: Log) -> list[str | None]:
    return [failure.recovered_by for failure in log.failures()]


def test_an_edit_is_recovered_by_the_edit_and_not_by_the_read_on_the_way() -> None:
    log = edit(Log(), "/w/a.py", "x = 1", "x = 2", NOT_READ)
    edit(read(log, "/w/a.py"), "/w/a.py", "x = 1", "x = 2")
    assert recovering(log) == ["c3"]
    (recovery,) = log.recoveries()
    assert (recovery.start, recovery.end, recovery.call_id) == (1, 5, "c3")
    assert "a.py" in recovery.why


def test_failures_in_a_row_share_one_recovery() -> None:
    log = edit(Log(), "/w/a.py", "x = 1", "x = 2", NOT_READ)
    edit(log, "/w/a.py", "x = 1", "x = 2", NOT_READ)
    edit(read(log, "/w/a.py"), "/w/a.py", "x = 1", "x = 2")
    assert recovering(log) == ["c4", "c4"]
    assert [r.failures for r in log.recoveries()] == [(0, 1)]


def test_an_edit_of_another_file_is_no_recovery() -> None:
    log = edit(Log(), "/w/a.py", "x = 1", "x = 2", NOT_READ)
    edit(log, "/w/b.py", "y = 1", "y = 2")
    assert recovering(log) == [None]


def test_a_failed_search_for_a_file_is_recovered_by_what_finds_it() -> None:
    log = read(Log(), "/w/src/parser.py", GONE)
    log.call("Glob", {"pattern": "**/parser.py"}, "/w/lib/parser.py", "ok")
    read(log, "/w/lib/parser.py")
    assert recovering(log) == ["c2"]


def test_a_file_of_a_common_name_in_another_folder_is_another_file() -> None:
    log = read(Log(), "/w/a/__init__.py", GONE)
    read(log, "/w/b/__init__.py")
    assert recovering(log) == [None]


@pytest.mark.parametrize(
    ("failed", "later"),
    [
        (
            "cd src && go test ./color/... && gofmt -l color/",
            "go test ./color/... && gofmt -l color/",
        ),
        ("go test ./...", "cd /w/src && go test ./..."),
        ("pytest -q tests/test_a.py", "uv run pytest tests/test_a.py"),
        ("npm test", "timeout 60 npm test 2>&1 | tail -5"),
        ("npm run lint", "npm run lint && npm test"),
        ("go build ./...", "go test ./..."),
        ("npx tsc --noEmit", "npx tsc --noEmit -p ."),
        ("mise run test:unit", "sudo -E mise run test:unit"),
        ("docker exec web python manage.py test app", "docker exec web python manage.py test app"),
        ("git push origin main", "git push --set-upstream origin main"),
        ("git add a/b.go && git commit -m x", "cd /w && git add a/b.go && git commit -m x"),
        ("python -c 'import a; a.run(1, 2)'", "python3 -c 'import a; a.run(1, 2)'"),
        ("curl -s https://x.test/api/v1/items?sort=a", "curl -s https://x.test/api/v1/items"),
        ("pip install left-pad", "uv add left-pad"),
        ("cp src/a.txt dst/", "cp src/a.txt dst/"),
    ],
)
def test_the_same_end_on_another_command_line(failed: str, later: str) -> None:
    log = Log().bash(failed, "went wrong", 1).bash("date", "today", 0).bash(later, "fine", 0)
    assert recovering(log) == ["c3"]


@pytest.mark.parametrize(
    ("failed", "later"),
    [
        ("pytest tests/test_a.py", "pytest tests/test_b.py"),
        ("go test ./...", "npm test"),
        ("markdownlint a.md", "golangci-lint run"),
        ("curl -s https://x.test/a/items", "curl -s https://y.test/b"),
        ("git add a.go", "git status"),
        ("npm run build", "npm run dev"),
        ("npm install left-pad", "npm install"),
    ],
)
def test_an_unrelated_success_is_no_recovery(failed: str, later: str) -> None:
    assert recovering(Log().bash(failed, "went wrong", 1).bash(later, "fine", 0)) == [None]


def test_a_step_that_fails_again_is_no_recovery() -> None:
    log = Log()
    for result in ("2 failed", "1 failed"):
        log.bash("pytest -q", result, 1)
    assert recovering(log.bash("pytest -q", "9 passed", 0)) == ["c3", "c3"]


def test_a_call_that_fails_at_something_else_can_recover() -> None:
    log = Log().bash("pytst -q", "bash: line 1: pytst: command not found", 127)
    log.bash("sed -i s/a/b/ nowhere.py && pytest -q", "sed: can't read nowhere.py: No such file", 2)
    log.bash("cd nowhere && make", "bash: line 1: cd: nowhere: No such file or directory", 1)
    log.bash("make", "a.c:1:1: error: x", 2)
    assert recovering(log)[2] == "c4"


def test_an_answer_in_a_call_sent_before_the_failure_was_seen_is_no_recovery() -> None:
    from trajset.annotate import annotate
    from trajset.trajectory import Observation, ToolCall, Trajectory

    arguments = {"file_path": "/w/a.py", "old_string": "x", "new_string": "y"}
    steps = (
        ToolCall(id="a", tool="Edit", arguments=arguments, response_id="r"),
        ToolCall(id="b", tool="Edit", arguments=arguments, response_id="r"),
        Observation(call_id="a", text=NOT_READ, status="error"),
        Observation(call_id="b", text="updated", status="ok"),
    )
    made = Trajectory.make(id="t", session_id="s", harness="h", steps=steps)
    assert [f.recovered_by for f in annotate(made).failures if f.call_id] == [None]


def test_what_the_user_did_is_no_recovery_and_help_is_noted() -> None:
    log = Log().human("go").bash("make", "a.c:1:1: error: x", 2)
    log.human("I fixed it, go on")
    assert recovering(log) == [None]
    assert [r.user_helped for r in log.bash("make", "ok", 0).recoveries()] == [True]


def test_a_rejected_plan_is_recovered_only_by_one_that_is_accepted() -> None:
    log = Log().call("ExitPlanMode", {"plan": "a"}, "The user doesn't want to proceed", "rejected")
    log.bash("ls", "a", 0)
    assert recovering(log) == [None]
    log.call("ExitPlanMode", {"plan": "b"}, "User has approved your plan", "ok")
    assert recovering(log) == ["c3"]


def test_a_malformed_call_is_recovered_by_the_same_tool_called_right() -> None:
    bad = "<tool_use_error>InputValidationError: The required parameter `prompt` is missing"
    log = Log().call("Task", {"description": "look around"}, bad, "error")
    log.call("Task", {"description": "look around", "prompt": "do"}, "report", "ok")
    assert recovering(log) == ["c2"]


def test_a_recovery_is_found_across_a_compaction() -> None:
    log = edit(Log(), "/w/a.py", "x = 1", "x = 2", NOT_READ)
    edit(log, "/w/a.py", "x = 1", "x = 2")
    (recovery,) = log.annotated(segments=(0, 2)).recoveries
    assert (recovery.start, recovery.end) == (1, 3)


def test_a_poll_stands_for_the_command_that_it_polls() -> None:
    running = "Chunk ID: 1\nProcess running with session ID 7\nOutput:\n"
    log = Log().bash("pytest -q", "1 failed in 2s", 1)
    log.call("exec_command", {"cmd": "pytest -q"}, running, "unknown")
    log.call("write_stdin", {"session_id": 7, "chars": ""}, "9 passed in 2s", "ok", 0)
    assert recovering(log) == ["c3"]
    log = Log().call("exec_command", {"cmd": "pytest -q"}, running, "unknown")
    log.call("write_stdin", {"session_id": 7}, "FAILED a.py::b\n1 failed in 2s", "error", 1)
    assert [(f.call_id, f.category) for f in log.failures()] == [("c2", "command_exit")]


def test_the_worked_example_of_the_target_format() -> None:
    """A read that only looked for something is recovered by the first call that finds it."""
    log = read(Log(), "config.json", GONE)
    log.call("exec", {"command": "find . -name config.json"}, "./src/config.json")
    read(log, "./src/config.json", "{}")
    assert recovering(log)[0] == "c2"


def test_a_search_that_finds_the_guessed_file_recovers_the_read() -> None:
    log = read(Log(), "/w/app/config.json", GONE)
    log.call("Glob", {"pattern": "**/config.json"}, "/w/app/src/config.json")
    assert recovering(read(log, "/w/app/src/config.json"))[0] == "c2"


def test_a_file_is_found_under_another_suffix_where_it_was_asked_for() -> None:
    log = read(Log(), "/w/src/db.js", GONE)
    log.call("Glob", {"pattern": "src/db.*"}, "/w/src/db.ts", "ok")
    assert recovering(log) == ["c2"]
    other = read(Log(), "/w/src/db.js", GONE)
    other.call("Glob", {"pattern": "src/*.ts"}, "/w/src/db.ts", "ok")
    assert recovering(other) == [None]


def test_a_reason_names_files_as_they_are_written() -> None:
    log = read(Log(), "/w/src/TreeView.tsx", GONE)
    (recovery,) = read(log, "/w/lib/TreeView.tsx").recoveries()
    assert "`TreeView.tsx`" in recovery.why


def test_a_page_is_recovered_by_another_page_on_the_same_subject() -> None:
    missing = "The server returned HTTP 404 Not Found."
    ask = {"url": "https://a.example/release.md", "prompt": "fields of release.extra_files"}
    found = {"url": "https://b.example/x/", "prompt": "which fields does release.extra_files have"}
    log = Log().call("WebFetch", ask, missing, "ok").call("WebFetch", found, "glob, name", "ok")
    assert recovering(log) == ["c2"]
    found["prompt"] = "how is the weather"
    log = Log().call("WebFetch", ask, missing, "ok").call("WebFetch", found, "sunny", "ok")
    assert recovering(log) == [None]


def test_a_search_and_replace_block_is_recovered_by_the_next_in_its_file() -> None:
    block = "src/a.py\n<<<<<<< SEARCH\n{}\n=======\nvalue = compute(3)\n>>>>>>> REPLACE"
    refused = "The LLM did not conform to the edit format."
    log = Log().call("edit", {"input": block.format("value = compute(1)")}, refused, "error")
    log.call("edit", {"input": block.format("value = compute(2)")}, "Applied edit", "ok")
    assert recovering(log) == ["c2"]


def test_a_cell_that_edits_a_file_is_recovered_by_the_next_that_does() -> None:
    code = "edit_file_by_replace('/w/a.tsx', to_replace='''{}''', new_content='''toggle = true''')"
    refused = "[No exact match found in /w/a.tsx for\n```\nx\n```\n]"
    log = Log().call("run_ipython", {"code": code.format("const x")}, refused, "unknown")
    done = "[File: /w/a.tsx (9 lines total after edit)]"
    log.call("run_ipython", {"code": code.format("const y")}, done, "unknown")
    assert recovering(log) == ["c2"]


def test_a_reproduction_that_shows_the_bug_at_last_recovers_the_tries_before() -> None:
    trace = 'Traceback (most recent call last):\n  File "/w/repro.py", line 3\n{}: x'
    log = Log().bash("python repro.py", trace.format("TypeError"), 1).says("Wrong argument.")
    log.bash("python repro.py", trace.format("ValueError"), 1)
    log.says("The script now raises the ValueError as expected.")
    assert recovering(log) == ["c2"]
