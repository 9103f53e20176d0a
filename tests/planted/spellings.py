"""One text in many spellings."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Iterator
from random import Random


def spelled(random: Random, text: str, secret: str) -> Iterator[tuple[str, str]]:
    """A text in other spellings: (name of the spelling, text)."""
    yield "plain", text
    yield "json", json.dumps(text)
    yield "json in json", json.dumps({"output": json.dumps({"text": text})})
    yield "base64", "payload: " + base64.b64encode((text + " " * 8).encode()).decode() + "\n"
    yield "url", "GET /?q=" + urllib.parse.quote(text, safe="") + "&n=1"
    yield "diff", "".join(f"+{line}\n" for line in text.split("\n"))
    yield "numbered", "".join(f"{n:6}\t{line}\n" for n, line in enumerate(text.split("\n"), 3))
    yield "arrows", "".join(f"{n:6}→{line}\n" for n, line in enumerate(text.split("\n"), 3))
    yield "indented", "".join(f"      {line}\n" for line in text.split("\n"))
    yield "fenced", f"Here it is:\n\n```\n{text}\n```\n\nDone."
    yield "escaped all", "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else c for c in text)
    yield "python repr", repr({"stdout": text, "code": 0})
    yield "shell quoted", "bash -c '" + text.replace("'", "'\\''") + "'"
    if secret and secret in text and len(secret) >= 16 and "://" not in secret:
        cut = random.randint(6, len(secret) - 6)
        pieces = secret[:cut], secret[cut:]
        yield (
            "coloured",
            text.replace(secret, f"\x1b[1;31m{pieces[0]}\x1b[0m\x1b[31m{pieces[1]}\x1b[0m"),
        )
        escaped = "".join(f"\\u{ord(c):04x}" if i % 3 == 0 else c for i, c in enumerate(secret))
        yield "unicode escapes", text.replace(secret, escaped)
        yield "secret coloured", text.replace(secret, f"\x1b[32m{secret}\x1b[39;49m")


def wrapped(random: Random, text: str, secret: str) -> Iterator[tuple[str, str]]:
    """A text whose secret is broken over two lines."""
    cut = random.randint(1, len(secret) - 2)
    yield "wrapped", text.replace(secret, f"{secret[:cut]}\n{secret[cut:]}")
    yield "wrapped", text.replace(secret, f"{secret[:cut]}\n    {secret[cut:]}")
