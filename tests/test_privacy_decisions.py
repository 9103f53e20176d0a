"""Where the line lies between a secret and what only shows one, and whose names go."""

from __future__ import annotations

import base64
import json
import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trajset.privacy import Findings, Privacy, Redactor
from trajset.privacy.walk import (
    Place,
    read_trajectory,
    read_value,
    rewrite_trajectory,
    rewrite_value,
)
from trajset.trajectory import Message, Observation, ToolCall, Trajectory

REDACTOR = Redactor()
RUN = "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    "token",
    [
        "gh" + f"p_{RUN}ABCDEF0123",
        "sk-" + f"proj-{RUN}0123456789ABCDEFGHIJ",
        "gl" + f"pat-{RUN[:20]}",
        "np" + f"m_{RUN}0123456789",
        "AK" + "IA1234567890ABCDEF",
        "h" + f"f_{RUN}ABCDEFGH",
    ],
)
def test_a_token_of_its_providers_form_goes_although_it_is_a_run(token: str) -> None:
    assert re.fullmatch(r"use <SECRET:\w+:1> now", REDACTOR.redact_text(f"use {token} now"))


@pytest.mark.parametrize(
    "token",
    [
        "gh" + "p_" + "x" * 36,
        "gh" + "p_EXAMPLEexampleEXAMPLEexample12345678",
        "gh" + "p_" + "test" * 8 + "1234",
        "gh" + "p_your_token_here",
        "sk-" + "proj-your-key-here",
        "sk-" + "proj-" + "fake" * 10 + "0000",
        "AK" + "IAIOSFODNN7EXAMPLE",
        "h" + "f_***",
    ],
)
def test_a_token_that_says_that_it_is_an_example_stays(token: str) -> None:
    assert REDACTOR.redact_text(f"use {token} now") == f"use {token} now"


@pytest.mark.parametrize(
    "text",
    [
        "DB_PASSWORD=hunter2secret",
        'password = "hunter2"',
        'password: "correct-horse-battery"',
        '"password": "correct horse battery staple"',
        '"secret": "s3cr3t!"',
        "PGPASSWORD=postgres123 psql",
        'password = "12345678"',
        'dataSource.setPassword("t0osibJrpESRmgRk");',
    ],
)
def test_a_password_that_a_person_chose_goes(text: str) -> None:
    assert "<SECRET:" in REDACTOR.redact_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "password: str",
        "password=None",
        "PASSWORD=changeme",
        "PASSWORD=<password>",
        "PASSWORD=$PASS",
        'password: "your-password"',
        'password: "at-least-8-characters"',
        '"password": "required|min:8"',
        '"password": "invalid-password-format"',
        '"password": "please enter your password"',
        '"secret": "app-secrets"',
        'autocomplete="current-password"',
    ],
)
def test_what_only_speaks_of_a_password_stays(text: str) -> None:
    assert REDACTOR.redact_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "+username,password\n+svc,b4hrNqYmt48sRIfL\n",
        "   1\tusername,password\n   2\tsvc,b4hrNqYmt48sRIfL\n",
        "GET /?q=username%2Cpassword%0Asvc%2Cb4hrNqYmt48sRIfL%0A&n=1",
        "echo \\u00624hrNqYmt48sRIfL | docker login -u x --password-stdin",
        '[{"value":"b4hrNqYmt48sRIfL","name":"DB_PASSWORD"}]',
        "bash -c ''\\''password'\\'' => env('\\''PASSWORD'\\'', '\\''b4hrNqYmt48sRIfL'\\''),'",
        "<password>\\u00624hrNqYmt48sRIfL</password>",
        "+api_token: >-\n+  b4hrNqYmt48sRIfLb4hrNqYmt48sRIfL\n+host: x\n",
    ],
)
def test_spellings_of_tables_entries_and_quotes(text: str) -> None:
    assert "hrNqYmt48sRIfL" not in REDACTOR.redact_text(text)


def test_the_owner_in_a_listing_goes_where_a_home_folder_tells_the_name() -> None:
    listing = "drwxr-xr-x 5 annika staff 160 May  1 10:00 code"
    assert REDACTOR.redact_text(listing) == listing
    assert REDACTOR.redact_text(f"{listing}\n/home/annika/code") == (
        "drwxr-xr-x 5 user staff 160 May  1 10:00 code\n/home/user/code"
    )


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("annika@build-box:~$ ls", "user@<HOST:1>:~$ ls"),
        ("annika@build-box:/srv/x$ ls", "user@<HOST:1>:/srv/x$ ls"),
        ("[annika@build-box code]$ ls", "[user@<HOST:1> code]$ ls"),
        ("annika@Annikas-Book code % ls", "user@<HOST:1> code % ls"),
        ("root@3f2a1b4c5d6e:/app# ls", "root@3f2a1b4c5d6e:/app# ls"),
        ("runner@fv-az12-345:~$ ls", "runner@fv-az12-345:~$ ls"),
    ],
)
def test_names_in_prompts(prompt: str, expected: str) -> None:
    assert REDACTOR.redact_text(prompt) == expected


def test_the_host_of_a_prompt_goes_elsewhere_too() -> None:
    redacted = REDACTOR.redact_text("annika@build-box7:~$ ssh x\nconnected to build-box7\n")
    assert redacted == "user@<HOST:1>:~$ ssh x\nconnected to <HOST:1>\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("acme_corp.acme-x", "<NAME:1>_corp.<NAME:1>-x"),
        ("acmeClient(useAcmeHook)", "<NAME:1>Client(use<NAME:1>Hook)"),
        ("ACME_KEY/acme2", "<NAME:1>_KEY/<NAME:1>2"),
    ],
)
def test_names_of_a_recipe_in_joined_words(text: str, expected: str) -> None:
    assert Redactor(Privacy(names=["Acme"])).redact_text(text) == expected


def test_what_signs_thinking_stays_and_other_signatures_go() -> None:
    signed = base64.b64encode(Random(5).randbytes(180)).decode()
    blocks = [
        {"type": "thinking", "thinking": "hm", "signature": signed},
        {"type": "redacted_thinking", "data": signed},
        {"type": "reasoning", "encrypted_content": signed},
    ]
    assert REDACTOR.redact_value(blocks) == blocks
    line = json.dumps(blocks)
    assert REDACTOR.redact_text(line) == line
    other = {"url": "x", "signature": signed}
    assert REDACTOR.redact_value(other) != other
    held = {"thinking": "hm", "signature": "gh" + "p_" + "aK3dfGh2Jk4LmN5pQr6StU7vWx8YzA9bCdE1"}
    assert REDACTOR.redact_value(held)["signature"] == "<SECRET:github:1>"


JSON = st.recursive(
    st.none() | st.integers() | st.sampled_from(["a", "--token", "x y", "é", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "value", "password", "signature", "thinking"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_reading_and_rewriting_meet_the_same_strings(value: object) -> None:
    read: list[tuple[str, str, str]] = []
    met: list[tuple[str, str, str]] = []

    def take(text: str, name: str = "", stream: str = "") -> None:
        read.append((text, name, stream))

    def visit(text: str, place: Place) -> str:
        met.append((text, place.name, place.stream))
        return text

    read_value(value, take)
    assert rewrite_value(value, visit) == value
    assert read == met

    trajectory = _trajectory({"a": value, "b": "x"})
    read.clear()
    met.clear()
    parts: list[int] = []
    read_trajectory(trajectory, take, lambda: parts.append(len(read)))
    assert rewrite_trajectory(trajectory, visit) == trajectory
    assert read == met
    assert len(parts) == len(trajectory.steps) + 2


def _trajectory(arguments: dict[str, object], home: str = "/srv/x") -> Trajectory:
    steps = (
        Message(role="user", text="do", origin="human", cwd=home),
        ToolCall(id="c1", tool="sh", arguments=arguments, cwd=home, response_id="r1"),
        Observation(call_id="c1", text="plain", cwd=home),
        Message(role="assistant", text="done", origin="model", response_id="r2"),
    )
    return Trajectory.make(
        id="t", session_id="s", harness="test", steps=steps, tools=({"name": "sh"},), title="t"
    )


def test_only_what_changes_is_made_anew() -> None:
    plain = _trajectory({"a": "x"})
    (same,) = REDACTOR.redact_unit([plain])
    assert same is plain
    findings = Findings()
    (moved,) = REDACTOR.redact_unit([_trajectory({"a": "x"}, "/home/annika/x")], findings)
    assert [step.cwd for step in moved.steps] == ["/home/user/x"] * 3 + [None]
    assert findings.counts == {"home": {"cwd": 3}}
    (both,) = REDACTOR.redact_unit([_trajectory({"a": "/home/annika/y"}, "/home/annika/x")])
    assert both.steps[1].cwd == "/home/user/x"
    assert both.steps[1].arguments == {"a": "/home/user/y"}
