"""Known values: what counts as one, that they go everywhere, and that nothing shows them."""

from __future__ import annotations

import base64
from pathlib import Path
from random import Random

import planted
from trajset.privacy import KnownValues, Privacy, Redactor

SECRET = planted.chars(planted.ALNUM, 24)(Random(11))
PASSWORD = "Quiet!" + planted.chars(planted.ALNUM, 6)(Random(12))


def test_secrets_are_collected_and_ordinary_values_are_not(tmp_path: Path) -> None:
    file = tmp_path / "app.env"
    file.write_text(
        f"# comment\nexport APP_TOKEN='{SECRET}'\nDB_PASSWORD={PASSWORD} # note\nPORT=8080\n"
        f"DEBUG=true\nDATA=/var/lib/app\nURL=postgres://app:{SECRET[::-1]}@db/x\nMODE=production\nbroken\n"
    )
    environ = {
        "PATH": "/usr/bin:/bin",
        "HOME": "/home/annika",
        "LANG": "en_US.UTF-8",
        "EDITOR": "nvim-0.10-x86",
        "API_KEY": SECRET.swapcase(),
        "SHORT_TOKEN": "abc",
    }
    known = KnownValues.collect(Privacy(env_files=[str(file)]), environ, [])
    assert known.values == {SECRET, PASSWORD, SECRET[::-1], SECRET.swapcase()}
    assert KnownValues.collect(Privacy(known_env=False), environ).values == frozenset()


def test_a_known_value_goes_wherever_it_occurs() -> None:
    redactor = Redactor(known=KnownValues(frozenset({SECRET})))
    encoded = base64.b64encode(f"x{SECRET}y".encode()).decode()
    text = redactor.redact_text(f"said {SECRET}; {SECRET[:9]}\n{SECRET[9:]}; {encoded}")
    assert text == "said <SECRET:known:1>; <SECRET:known:1>; <SECRET:known:1>"


def test_nothing_shows_a_known_value() -> None:
    known = KnownValues(frozenset({SECRET}))
    assert SECRET not in repr(known) + str(known) + known.fingerprint(b"k" * 32)


def test_the_fingerprint_depends_on_the_set_and_on_the_key() -> None:
    one, two = (
        KnownValues(frozenset({SECRET, PASSWORD})),
        KnownValues(frozenset({PASSWORD, SECRET})),
    )
    assert one.fingerprint(b"a") == two.fingerprint(b"a")
    assert one.fingerprint(b"a") != one.fingerprint(b"b")
    assert one.fingerprint(b"a") != KnownValues(frozenset({SECRET})).fingerprint(b"a")
