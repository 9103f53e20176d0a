"""Laws of redaction: idempotent, leak-free in every spelling, JSON stays JSON, ids stay."""

from __future__ import annotations

import base64
import json
import string
import urllib.parse
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planted
from trajset.privacy import Findings, Privacy, Redactor
from trajset.trajectory import Message, Observation, Reasoning, ToolCall, Trajectory, check

REDACTOR = Redactor()
TOKEN = "gh" + "p_" + planted.chars(planted.ALNUM, 36)(Random(7))
OTHER = "gl" + "pat-" + planted.chars(planted.ALNUM, 20)(Random(8))

_SNIPPETS = st.sampled_from(
    [
        TOKEN, OTHER, "password=", 'password: "', '"', "'", "\n", "\\n", " ", "=", ":", "\x1b[31m",
        "/home/ann/", "C:\\Users\\ann\\", "ann", "-Users-ann-x", "ann@corp.io", "postgres://u:",
        "@host/db", "Bearer ", "52.23.11.9", "+49 30 12345678", "<SECRET:github:1>", "<EMAIL:1>",
        "%40", "\\u0040", "token", "Xk92fjaQw7", "é", "\0", "phone", "Cookie: a=", "; ", "curl -u ",
        base64.b64encode(TOKEN.encode()).decode(), "kind: Secret\ndata:\n  a: ",
        "-----BEGIN RSA PRIVATE " + "KEY-----",
    ]
)  # fmt: skip
MESSY = st.lists(_SNIPPETS | st.text(max_size=6), max_size=12).map("".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | MESSY,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(MESSY, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(MESSY)
def test_redacting_twice_is_redacting_once(text: str) -> None:
    once = REDACTOR.redact_text(text)
    assert REDACTOR.redact_text(once) == once


@settings(max_examples=100, deadline=None)
@given(MESSY, MESSY)
def test_a_token_between_any_texts_is_gone(before: str, after: str) -> None:
    text = REDACTOR.redact_text(f"{before} {TOKEN} {after}")
    assert TOKEN not in text


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_json_stays_json_of_the_same_shape(value: object) -> None:
    def shape(v: object) -> object:
        if isinstance(v, dict):
            return [shape(member) for member in v.values()]
        return [shape(member) for member in v] if isinstance(v, list) else type(v)

    assert shape(REDACTOR.redact_value(value)) == shape(value)
    document = json.dumps(value)
    json.loads(REDACTOR.redact_text(document))


@settings(max_examples=60, deadline=None)
@given(MESSY)
def test_findings_lie_in_the_text_in_order(text: str) -> None:
    at = 0
    for finding in REDACTOR.scan_text(text):
        assert at <= finding.start < finding.end <= len(text)
        at = finding.end


def _spellings(secret: str) -> dict[str, str]:
    half = len(secret) // 2
    return {
        "json": json.dumps({"a": secret}),
        "json twice": json.dumps(json.dumps({"a": secret})),
        "unicode": "".join(f"\\u{ord(c):04x}" for c in secret),
        "percent": "".join(f"%{ord(c):02X}" for c in secret),
        "url": "/?q=" + urllib.parse.quote(secret, safe=""),
        "base64": base64.b64encode(secret.encode()).decode(),
        "base64 inside": base64.b64encode(f"see {secret} here and there".encode()).decode(),
        "colours": f"{secret[:5]}\x1b[0m\x1b[1;32m{secret[5:]}",
        "wrapped": f"{secret[:half]}\n{secret[half:]} end",
        "listing": f"   9\t{secret[:half]}\n  10\t{secret[half:]} end",
        "diff": f"+{secret[:half]}\n+{secret[half:]} end",
    }


@pytest.mark.parametrize("spelling", list(_spellings("x" * 20)))
def test_a_secret_known_by_its_context_goes_in_every_spelling(spelling: str) -> None:
    secret = planted.chars(planted.ALNUM + "/+", 28)(Random(5))
    text = f'api_secret = "{secret}"\n===\n{_spellings(secret)[spelling]}\n'
    redacted = REDACTOR.redact_text(text)
    plain = redacted.replace("\n", "").replace("\x1b[0m\x1b[1;32m", "")
    for piece in (_spellings(secret)[spelling], secret[:8], secret[-8:]):
        assert piece not in plain
    assert "<SECRET:token:2>" not in redacted, "one value, one placeholder"


def _unit() -> Trajectory:
    steps = (
        Message(
            role="user", text="my key is " + TOKEN, origin="human", key="k1", cwd="/home/annika/x"
        ),
        Reasoning(text=f"uses {TOKEN}", response_id="r1"),
        Message(role="assistant", text="gh" + "p_ab", origin="model", response_id="r1"),
        ToolCall(
            id="call_" + TOKEN[-8:],
            tool="sh",
            arguments={TOKEN: 1, "password": "hunter2-xY", "argv": ["--token", OTHER[6:]]},
            response_id="r1",
        ),
        Observation(call_id="call_" + TOKEN[-8:], text=f"out annika {OTHER}\n"),
        Message(role="user", text="then " + OTHER[6:], origin="human", cwd="/home/annika/x"),
    )
    return Trajectory.make(
        id="t1",
        session_id="-Users-annika-" + TOKEN[-8:],
        harness="test",
        steps=steps,
        delegations={"agent-annika": "call_" + TOKEN[-8:]},
        title=f"fix {TOKEN}",
        project="-home-annika-x",
        tools=({"type": "function", "function": {"name": "sh", "description": TOKEN}},),
    )


def test_a_unit_loses_its_secrets_and_keeps_its_ids() -> None:
    findings = Findings()
    (redacted,) = REDACTOR.redact_unit([_unit()], findings)
    check(redacted)
    shown = repr(redacted)
    assert TOKEN not in shown
    assert OTHER[6:] not in shown
    assert "hunter2-xY" not in shown
    assert redacted.session_id == _unit().session_id
    assert redacted.delegations == _unit().delegations
    assert [getattr(s, "id", None) for s in redacted.steps] == [
        getattr(s, "id", None) for s in _unit().steps
    ]
    assert redacted.steps[0].cwd == "/home/user/x"
    assert redacted.project == "-home-user-x"
    assert "out user" in redacted.steps[4].text
    assert findings.counts["github"]["title"] == 1
    assert TOKEN not in repr(findings)
    assert REDACTOR.redact_unit([redacted]) == (redacted,)


def test_more_steps_do_not_change_the_numbers_of_earlier_ones() -> None:
    whole = _unit()
    first = whole.with_(steps=whole.steps[:2])
    (short,) = REDACTOR.redact_unit([first])
    (long,) = REDACTOR.redact_unit([whole])
    assert long.steps[:2] == short.steps


def test_pieces_of_a_stream_are_one_text() -> None:
    pieces = ["go: " + TOKEN[:9], TOKEN[9:20], TOKEN[20:] + " end"]
    redacted = REDACTOR.redact_value({"chunks": [{"delta": piece} for piece in pieces]})
    assert [c["delta"] for c in redacted["chunks"]] == [
        "go: <SECRET:github:1>",
        "<SECRET:github:1>",
        "<SECRET:github:1> end",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/annika/x", "/home/user/x"),
        ("/Users/annika/x", "/Users/user/x"),
        (r"C:\Users\annika\x", r"C:\Users\user\x"),
        (r"C:\\Users\\annika\\x", r"C:\\Users\\user\\x"),
        (r"\\wsl$\Ubuntu\home\annika\x", r"\\wsl$\Ubuntu\home\user\x"),
        ("/mnt/c/Users/annika/x", "/mnt/c/Users/user/x"),
        ("projects/-Users-annika-code-x/1.jsonl", "projects/-Users-user-code-x/1.jsonl"),
        ("file%3A%2F%2F%2Fhome%2Fannika%2Fx", "file%3A%2F%2F%2Fhome%2Fuser%2Fx"),
        ("annika@annikas-laptop:~/x$ ls", "user@<HOST:1>:~/x$ ls"),
        ("mail annika@corp.io, annika@corp.io", "mail <EMAIL:1>, <EMAIL:1>"),
        ("from 52.23.11.9 port 22", "from <IP:1> port 22"),
        ("2a00:1450:4001:81b::200e", "<IP:1>"),
        ("call (415) 523-2671 or +49 30 1234567", "call <PHONE:1> or <PHONE:2>"),
        ("git@git.corp.example-works.net:team/app.git", "git@<HOST:1>:team/app.git"),
        ("https://build-7.corp.internal:8443/x", "https://<HOST:1>:8443/x"),
    ],
)
def test_personal_data(text: str, expected: str) -> None:
    assert REDACTOR.redact_text(text) == expected


def test_syntax_around_a_secret_stays() -> None:
    secret = planted.chars(string.ascii_letters + string.digits, 20)(Random(3))
    url = REDACTOR.redact_text(f"postgres://app:{secret}@db:5432/x")
    assert url == "postgres://app:<SECRET:url:1>@db:5432/x"
    code = REDACTOR.redact_text(f"client = Client(password='{secret}', retries=3)\n")
    assert code == "client = Client(password='<SECRET:password:1>', retries=3)\n"
    compile(code, "code", "exec")


def test_images_become_placeholders() -> None:
    blob = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + Random(1).randbytes(300)).decode()
    assert REDACTOR.redact_text(f"![x](data:image/png;base64,{blob})") == "![x]([image])"
    assert REDACTOR.redact_value({"data": blob}) == {"data": "[image]"}


def test_a_policy_adds_and_allows() -> None:
    policy = Privacy(
        patterns={"ticket": r"ACME-[0-9]{4}"},
        names=["Project Falcon"],
        allow=["ann@corp.io", r"52\.23\.\d+\.\d+"],
        keep_repositories=["https://github.com/annika/tools"],
    )
    text = "ACME-1234 project falcon ann@corp.io 52.23.11.9 ~ /home/annika/x"
    own = "github.com/annika/tools"
    assert Redactor(policy).redact_text(f"{text} {own} annika") == (
        f"<SECRET:ticket:1> <NAME:1> ann@corp.io 52.23.11.9 ~ /home/user/x {own} user"
    )


def test_numbers_of_an_earlier_redaction_are_not_given_again() -> None:
    text = REDACTOR.redact_text(f"<SECRET:github:1> and {TOKEN}")
    assert text == "<SECRET:github:1> and <SECRET:github:2>"


@pytest.mark.parametrize(
    "text", ["Acme", "see acme.", "/srv/acme/x", "acme_client", "acmeClient", "MyAcme2", "ACME1"]
)
def test_names_of_a_recipe_go_alone_and_joined(text: str) -> None:
    assert "acme" not in Redactor(Privacy(names=["Acme"])).redact_text(text).lower()


@pytest.mark.parametrize("text", ["acmes", "pacmen", "placme"])
def test_names_inside_of_other_words_stay(text: str) -> None:
    assert Redactor(Privacy(names=["Acme"])).redact_text(text) == text
