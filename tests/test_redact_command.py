"""`trajset redact`: text in, text out; JSON lines stay JSON lines; what is secret is gone."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from planting import private_key, shows, token
from trajset.cli import app
from trajset.privacy import Redactor
from trajset.scanning.filtering import Filtered, redact_lines, redact_text

SECRET = token(21)
REDACTOR = Redactor()
_MAIN = "import sys; from trajset.cli import main; sys.argv[0] = 'trajset'; main()"


def command(*args: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", _MAIN, "redact", *args], input=data, capture_output=True, check=False
    )


def filtered(text: str, piece: int = 10**9) -> tuple[str, Filtered]:
    what = Filtered()
    return "".join(redact_text(io.StringIO(text), REDACTOR, what, piece)), what


def lines(text: str, piece: int = 10**9) -> tuple[str, Filtered]:
    what = Filtered()
    return "".join(redact_lines(text.splitlines(True), REDACTOR, what, piece)), what


def test_text_from_a_file_and_from_standard_input(tmp_path: Path) -> None:
    text = f"export GITHUB_TOKEN={SECRET}\r\nagain {SECRET}\n\nno line end".encode() + b" \xff\xfe"
    (tmp_path / "log.txt").write_bytes(text)
    first, second = command(str(tmp_path / "log.txt")), command(data=text)
    assert first.returncode == second.returncode == 0
    assert first.stdout == second.stdout == text.replace(SECRET.encode(), b"<SECRET:github:1>")
    assert b"github: 2" in first.stderr
    assert not shows((first.stderr + second.stdout).decode("latin-1"), SECRET)


def test_json_lines_from_standard_input_with_an_env_file(tmp_path: Path) -> None:
    value = "zorvex-" + token(22)[10:18]
    (tmp_path / "values.env").write_text(f"STAGE_PASSWORD={value}\n")
    data = f'{{"note": "it is {value}"}}\n{{"broken": "{SECRET}\n'.encode()
    done = command("--jsonl", "--env-file", str(tmp_path / "values.env"), data=data)
    assert done.returncode == 0
    assert done.stdout == b'{"note": "it is <SECRET:known:1>"}\n{"broken": "<SECRET:github:1>\n'
    assert b"no JSON, redacted as text: 1" in done.stderr


def test_mistakes_are_told_in_one_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["redact", str(tmp_path / "nowhere")])
    assert done.exit_code == 2
    assert done.output.count("\n") == 1


@pytest.mark.parametrize("piece", [300, 1_000, 1_700, 5_000, 10**6])
def test_a_private_key_is_whole_wherever_pieces_end(piece: int) -> None:
    key = private_key(23)
    fill = "".join(f"line {n} of the log, nothing to see here\n" for n in range(40))
    text, what = filtered(fill + key + "\n" + fill, piece)
    assert text == fill + "<SECRET:private_key:1>\n" + fill
    assert what.findings.by_kind() == {"private_key": 1}


@pytest.mark.parametrize("piece", [200, 700, 10**6])
def test_numbers_go_on_over_pieces(piece: int) -> None:
    other = token(24)
    fill = "an ordinary line of a log\n" * 30
    text, _ = filtered(f"{SECRET}\n{fill}{other}\n{fill}{SECRET} {other}\n", piece)
    assert text == (
        f"<SECRET:github:1>\n{fill}<SECRET:github:2>\n{fill}<SECRET:github:1> <SECRET:github:2>\n"
    )


def test_what_its_context_gives_away_goes_in_later_pieces_too() -> None:
    value = "Kx9-" + token(25)[4:16]
    fill = "an ordinary line of a log\n" * 30
    text, _ = filtered(f'password = "{value}"\n{fill}login with {value}\n', 300)
    assert value not in text


@given(st.text(max_size=300), st.integers(1, 400))
def test_ordinary_text_is_as_it_was_whatever_the_pieces(text: str, piece: int) -> None:
    whole, what = filtered(text)
    if not what.findings.total:
        assert whole == text
        assert filtered(text, piece)[0] == text
    assert filtered(whole)[0] == whole


def test_structure_and_ids_stay() -> None:
    call = "toolu_" + token(26)[4:28]
    rows = [
        {"id": call, "n": 12345678901234567890, "ok": [None, True, 1.5], SECRET: {"é": SECRET}},
        {"tool_use_id": call, "text": f"{call} gave {SECRET}", "uuid": token(27)[4:30]},
        [f"/home/zorvex/{call}", {"password": "Kx9-" + token(28)[4:16]}],
        "plain",
        7,
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows) + "\n"
    out, what = lines(text)
    assert what.malformed == 0
    done = [json.loads(line) for line in out.splitlines()[:-1]]
    mark = "<SECRET:github:1>"
    assert done[0] == {"id": call, "n": 12345678901234567890, "ok": [None, True, 1.5],
                       mark: {"é": mark}}  # fmt: skip
    assert done[1] == {"tool_use_id": call, "text": f"{call} gave {mark}", "uuid": rows[1]["uuid"]}
    assert done[2] == [f"/home/user/{call}", {"password": "<SECRET:password:1>"}]
    assert done[3:] == ["plain", 7]
    assert out.endswith("\n\n")
    assert lines(out)[0] == out


def test_a_credential_under_the_key_of_an_id_goes() -> None:
    out, _ = lines(json.dumps({"id": SECRET, "session_id": "k-1"}) + "\n")
    assert json.loads(out) == {"id": "<SECRET:github:1>", "session_id": "k-1"}


def test_a_token_in_pieces_of_a_stream_goes() -> None:
    text = "".join(json.dumps({"delta": part}) + "\n" for part in (SECRET[:18], SECRET[18:]))
    out, _ = lines(text)
    assert not shows(out, SECRET)


@pytest.mark.parametrize(
    "line",
    ['{"a": 1, "a": "SECRET"}', '{"a": 1e999, "b": "SECRET"}', "[" * 3_000 + '"SECRET"', "SECRET"],
)
def test_what_cannot_be_written_as_it_was_is_redacted_as_text(line: str) -> None:
    out, what = lines(line.replace("SECRET", SECRET) + "\n")
    assert what.malformed == 1
    assert out == line.replace("SECRET", "<SECRET:github:1>") + "\n"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(st.lists(_JSON, max_size=5), st.booleans(), st.integers(1, 200))
def test_json_stays_the_same_json(values: list[object], ascii_only: bool, piece: int) -> None:
    text = "".join(json.dumps(value, ensure_ascii=ascii_only) + "\n" for value in values)
    what = Filtered()
    out = list(redact_lines(text.split("\n")[:-1], REDACTOR, what, piece))
    assert len(out) == len(values)
    if not what.findings.total:
        assert "".join(line + "\n" for line in out) == text
