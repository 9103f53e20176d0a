"""What is no failure: exit codes that are answers, text that only mentions errors."""

from __future__ import annotations

import pytest

from annotating import Log

ANSWERS = [
    ("nothing_matched", "grep -rn nowhere src", "", 1),
    ("nothing_matched", "cd src && rg -n 'a|b' . -g '*.md'", "", 1),
    ("nothing_matched", "find . -name '*.ts' | xargs grep -l nowhere", "", 123),
    ("nothing_matched", "npm test 2>&1 | grep -c FAIL", "0", 1),
    ("differs", "diff a.txt b.txt", "1c1\n< a\n---\n> b", 1),
    ("differs", "git diff --exit-code", "diff --git a/x b/x", 1),
    ("asked", "which rg", "", 1),
    ("asked", "command -v node", "", 1),
    ("asked", "test -f a.txt", "", 1),
    ("asked", "[ -d build ]", "", 1),
    ("asked", "pgrep -f server", "", 1),
    ("status_query", "gh pr checks 12", "build\tfail\t2m\thttps://x.test", 1),
    ("status_query", "systemctl is-active nginx", "inactive", 3),
    ("looked_whether_there", "ls build 2>/dev/null", "", 2),
    ("killed_nothing", "pkill -f 'vite dev'", "", 1),
    ("pipe_closed", "yes | head -1", "y", 141),
    ("optional_in_loop", "for f in a b; do grep -l x $f; done", "a", 1),
]


@pytest.mark.parametrize(("name", "command", "text", "code"), ANSWERS)
def test_an_exit_code_that_is_an_answer_is_no_failure(
    name: str, command: str, text: str, code: int
) -> None:
    assert Log().bash(command, text, code).failures() == ()


@pytest.mark.parametrize(
    ("command", "text", "code"),
    [
        ("grep -rn '(' src", "grep: Unmatched ( or \\(", 2),
        ("diff a.txt b.txt", "diff: b.txt: No such file or directory", 2),
        ("ls a b", "ls: cannot access 'b': No such file or directory\na", 2),
        ("pytest -q && grep -c ok log", "1 failed in 0.1s", 1),
        ("gh pr checks 12", "failed to get checks: HTTP 502", 1),
    ],
)
def test_the_same_programs_fail_when_they_say_so(command: str, text: str, code: int) -> None:
    assert len(Log().bash(command, text, code).failures()) == 1


def test_a_failing_run_that_was_wanted_is_no_failure() -> None:
    said = "Now let me run it to reproduce the issue."
    trace = "Traceback (most recent call last):\nKeyError: 1"
    assert Log().bash("python repro.py", trace, 1, said).failures() == ()
    assert len(Log().bash("python repro.py", trace, 1, "Let me run it.").failures()) == 1
    assert len(Log().bash("pytest", "1 failed", 1, "Let me verify no tests fail.").failures()) == 1


def test_a_session_that_the_agent_stopped_is_no_failure() -> None:
    log = Log().call("write_stdin", {"session_id": 1, "chars": "\x03"}, "^C", "error", 130)
    assert log.failures() == ()


QUOTES = [
    "cat app.log",
    "sed -n '1,80p' src/errors.py",
    "grep -rn 'error' src | head",
    "git log --oneline | head -20",
    "git show HEAD:src/errors.py | tail -40",
    "gh run view 1 --log | tail -30",
    "docker logs web 2>&1 | tail -50",
    "tail -50 /tmp/server.log; echo done",
    "curl -s http://localhost:3000/docs | head -c 400",
    "kubectl logs pod/web | grep -i error",
    "jq -r .message log.json | sort | uniq -c",
]
MENTIONS = "\n".join(
    [
        "Traceback (most recent call last):",
        '  File "app.py", line 3, in <module>',
        "ValueError: bash: line 1: rg: command not found",
        "error TS2322: Type 'x' is not assignable to type 'y'",
        "FAILED tests/test_a.py::test_b - 1 failed",
        "connect ECONNREFUSED 127.0.0.1:5432",
        "touch: cannot touch 'x': Permission denied",
        "the user doesn't want to proceed",
        "done",
    ]
)


@pytest.mark.parametrize("command", QUOTES)
def test_text_that_only_mentions_errors_is_no_failure(command: str) -> None:
    assert Log().bash(command, MENTIONS, 0).failures() == ()
    assert Log().bash(command, MENTIONS, None).failures() == ()


@pytest.mark.parametrize("tool", ["Read", "Grep", "WebFetch", "view", "mcp__docs__search"])
def test_a_file_or_page_that_mentions_errors_is_no_failure(tool: str) -> None:
    text = f"1\t# Troubleshooting\n2\tError: File not found\n{MENTIONS}"
    assert Log().call(tool, {"file_path": "a.md"}, text, "ok").failures() == ()


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("npm test 2>&1 | tail -4", "error: logged by a test\nTests: 12 passed, 12 total"),
        ("uv run pytest -q | tail -2", "tests/test_unknown option ..\n12 passed in 0.3s"),
        ("npx eslint . | tail -2", "✖ 3 problems (0 errors, 3 warnings)"),
        ("cargo build 2>&1 | tail", "warning: unused variable: `x`\nFinished `dev` profile"),
        ("ls marker 2>&1 || echo none", "ls: cannot access 'marker': No such file\nnone"),
        ("ls a.log 2>/dev/null; echo EXIT:$?", "(eval):1: no matches found: a*.log\nEXIT:1"),
        ("cat a b 2>&1 | head", "cat: b: No such file or directory\nfirst line of a"),
        ("find / -name x 2>&1 | head", "find: '/root': Permission denied"),
        ("python x.py | head", "Traceback (most recent call last):\nKeyError: 1\ncaught, went on"),
        ("git status --short | head", " M tests/error_test.py"),
    ],
)
def test_what_only_looks_like_a_failure_behind_a_pipe(command: str, text: str) -> None:
    assert Log().bash(command, text, 0).failures() == ()


@pytest.mark.parametrize("command", ["npm test", "pytest -q", "make check"])
def test_an_exit_code_that_was_seen_is_believed(command: str) -> None:
    assert Log().bash(command, "FAIL src/a.test.ts (a fixture)\nerror: x", 0).failures() == ()


def test_warnings_and_empty_results_are_no_failures() -> None:
    assert Log().bash("ruff check . | tail", "warning: deprecated setting", 0).failures() == ()
    assert Log().bash("ls", "", 0).failures() == ()
    assert Log().call("Glob", {"pattern": "*.zig"}, "No files found", "ok").failures() == ()


def test_an_error_that_the_agent_set_out_to_see_is_no_failure() -> None:
    text = 'Traceback (most recent call last):\n  File "/w/repro.py", line 3\nValueError: bad'
    announced = Log().bash("python repro.py", text, 1, said="Let me run it to confirm the bug.")
    confirmed = Log().bash("python repro.py", text, 1).says("This confirms the issue. Next…")
    expected = Log().bash("python x.py", text, None).says("As expected, we get a ValueError.")
    for log in (announced, confirmed, expected):
        assert log.failures() == ()


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("Let's run the script again to see if the error is fixed.", "It still fails."),
        ("Let's confirm the error.", "Let's fix the import in the script first."),
        ("Let's confirm the error.", "That is a different error than the one reported."),
        ("", "The output is not as expected. 1. **Reproduce the error**: change the script."),
    ],
)
def test_another_error_than_the_one_wanted_is_a_failure(said: str, reply: str) -> None:
    text = 'Traceback (most recent call last):\n  File "/w/repro.py", line 3\nValueError: bad'
    log = Log().bash("python repro.py", text, 1, said=said).says(reply)
    assert [f.category for f in log.failures()] == ["command_exit"]


def test_a_module_that_is_missing_was_not_wanted() -> None:
    text = 'Traceback (most recent call last):\n  File "/w/r.py"\n'
    text += "ModuleNotFoundError: No module named 'x'"
    log = Log().bash("python r.py", text, 1, said="Let's reproduce the error")
    assert [f.category for f in log.failures()] == ["missing_dependency"]


def test_an_alternative_is_for_the_work_failing_not_for_a_wrong_call() -> None:
    usage = "usage: tool [-h] {a}\ntool: error: argument {a}: invalid choice: 'b'\nnone"
    assert [f.kind for f in Log().bash("tool b || echo none", usage, 0).failures()] == [
        "unknown_option"
    ]
    assert Log().bash("tool b || echo none; ls src", f"{usage}\na.py", 0).failures() == ()


def test_a_script_that_prints_its_own_error_counts_where_the_agent_says_so() -> None:
    text = "case 1: ok\nError: KeyError: 'x'"
    lamented = Log().bash("python t.py", text, None).says("We still have one failing case.")
    assert [f.kind for f in lamented.failures()] == ["own_check_failed"]
    assert Log().bash("python t.py", text, None).says("Good, on to the docs.").failures() == ()


@pytest.mark.parametrize(
    "url", ["http://localhost:3000/x", "https://a.example/x -o /dev/null -w %{http_code}"]
)
def test_an_error_of_the_agents_own_server_or_asked_for_is_an_answer(url: str) -> None:
    assert Log().bash(f"curl -s {url}", '{"message": "Not Found"}', 0).failures() == ()


def test_a_notebook_cell_that_raised_is_a_failure_with_hints_behind_it_too() -> None:
    text = "-" * 30 + "\nOperationalError   Traceback (most recent call last)\nCell In[1], line 2\n"
    text += "OperationalError: no such column: b\n(Background on this error at: https://a.example)"
    log = Log().call("python", {"code": "run(query)"}, text, "unknown")
    assert [f.category for f in log.failures()] == ["model"]


CAUGHT = "Error getting one: not in the rule\nError listing all: nothing is in the rule"
ERRORS = "Error getting one: Unable to locate credentials\nError listing all: no route"


@pytest.mark.parametrize(
    ("text", "reply", "category"),
    [
        (ERRORS, "We need to set up credentials for testing.", "missing_dependency"),
        ("Error: KeyError: 'id'", "We have an issue with the third case.", "command_exit"),
        (CAUGHT, "Let me fix the rule.", "command_exit"),
        (CAUGHT, "All errors are handled, as they should be.", None),
        (f"3 rows\n{CAUGHT}", "Let me add a summary.", None),
    ],
)
def test_errors_that_a_script_caught_fail_where_the_agent_mends_them(
    text: str, reply: str, category: str | None
) -> None:
    failures = Log().bash("python try.py", text, None).says(reply).failures()
    assert [f.category for f in failures] == ([category] if category else [])


def test_findings_of_a_linter_fail_also_where_only_the_list_was_wanted() -> None:
    text = "a.py:1:1: F401 `os` imported but unused\nFound 1 error."
    log = Log().bash("ruff check .", text, 1, said="Let me run it to see the issues.")
    assert [f.category for f in log.failures()] == ["command_exit"]
    log = Log().bash("ruff check .", text, 1, said="Let me run it to reproduce the issue.")
    assert log.failures() == ()


def test_a_process_that_could_not_be_named_was_not_just_gone() -> None:
    assert Log().bash("kill 12", "kill: (12) - No such process", 1).failures() == ()
    assert Log().bash("kill $pids", "zsh:kill:1: illegal pid: 12", 1).failures() != ()


@pytest.mark.parametrize(
    ("text", "kind", "category"),
    [
        (
            "File \"/w/lib/__init__.py\", line 3\nModuleNotFoundError: No module named 'lib._fast'"
            "\nImportError: The lib._fast C extension is not importable. Has it been compiled?",
            "not_built",
            "missing_dependency",
        ),
        (
            "File \"/w/lib/try.py\", line 3, in <module>\nImportError: cannot import name 'f'",
            "name_not_there",
            "model",
        ),
        (
            "File \"/w/lib/core.py\", line 3, in <module>\nImportError: cannot import name 'f'",
            "traceback",
            "command_exit",
        ),
    ],
)
def test_whose_fault_an_import_is(text: str, kind: str, category: str) -> None:
    log = Log().call("Read", {"file_path": "/w/lib/try.py"}, "import lib", "ok")
    text = f"Traceback (most recent call last):\n  {text}"
    (failure,) = log.bash("python lib/try.py", text, 1).failures()
    assert (failure.kind, failure.category) == (kind, category)
