"""Command lines: what is run on them, for any shell and however broken."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trajset.annotate.shell import runs

LINES = [
    ("cd x && uv run pytest -q tests/a.py 2>&1 | tail -5 || true", "cd pytest tail true"),
    ("sudo -u bob timeout 5 npm run test:unit -- a.ts", "npm run test:unit"),
    ("FOO=1 BAR=$(date) npx -y tsc --noEmit", "tsc date"),
    ("docker compose exec -T web python manage.py test", "manage.py test"),
    ("kubectl -n a exec -it pod -- ls /x", "ls"),
    ("wsl -e bash -lc 'cd /x && cargo +nightly test --lib'", "cd cargo test"),
    ("ssh -p 22 host 'systemctl status web'", "systemctl status"),
    ("bash -c \"ls a; ls b\" | head", "ls ls head"),
    ("python -m unittest a.b", "unittest"),
    ("git -C /x diff --stat", "git diff"),
    ("go -C src test ./...", "go test"),
    ("cat > a.py <<'EOF' && python a.py\nif x: (\nEOF\nls", "cat python a.py ls"),
    ("python - <<'PY' 2>&1 | tail -3\nprint('a')\nPY", "python tail"),
    ("for f in *.c; do gcc $f || break; done", "gcc break"),
    ("if grep -q a b; then make test; fi", "grep make test"),
    ("find . -name x | xargs -n 1 grep -l y", "find grep"),
    ("cmd /c dir C:\\x", "dir"),
    ("pwsh -Command \"Get-ChildItem x | Select-Object -First 3\"", "get-childitem select-object"),
    ("git commit -m \"$(cat <<'EOF'\nfix (a)\nEOF\n)\" && git push", "git commit cat git push"),
    ("C:\\tools\\Node.EXE --test a.js", "node test"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "names"), LINES)
def test_the_programs_of_a_command_line(line: str, names: str) -> None:
    assert " ".join(run.name for run in runs(line)) == names


def test_where_output_and_status_go() -> None:
    first, tail, last = runs("pytest 2>/dev/null | tail -1 && ls || true")[:3]
    assert (first.feeds, first.quiet, first.purpose) == (True, True, "test")
    assert (tail.piped, tail.purpose) == (True, "filter")
    assert (last.guarded, last.hidden) == (True, False)
    assert runs("make > log")[0].hidden
    assert runs("! grep a b")[0].negated
    assert runs("x=$(git rev-parse HEAD)")[0].scope == "substitution"


@given(st.text(alphabet=st.sampled_from(list("ab '\"`$(){}[]|&;<>\\\n#=-!*/é\0EOF")), max_size=80))
def test_any_text_is_a_command_line(text: str) -> None:
    found = runs(text)
    assert found == runs(text)
    assert all(run.name for run in found)


@pytest.mark.parametrize(
    "piece", ["a | ", "(", "a && b || ", "$(a ", "'a' ", "a\n", "<<A ", "if a; then ", "\0", "x=( "]
)
def test_a_long_command_line_is_parsed_quickly(piece: str) -> None:
    start = time.perf_counter()
    runs(piece * 1_000)
    assert time.perf_counter() - start < 2
