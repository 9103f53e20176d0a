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
