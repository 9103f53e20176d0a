"""How values are made up: alphabets, tokens, passwords, keys."""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable
from random import Random

ALNUM = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits
LOWER = string.ascii_lowercase + string.digits
HEX = "0123456789abcdef"
URLSAFE = ALNUM + "-_"
STANDARD = ALNUM + "+/"

Make = Callable[[Random], str]


def chars(alphabet: str, number: int) -> Make:
    """A value of so many characters, with a digit and letters in it."""

    def make(random: Random) -> str:
        while True:
            value = "".join(random.choices(alphabet, k=number))
            if any(c.isdigit() for c in value) and any(c.isalpha() for c in value):
                return value

    return make


def prefixed(*parts: str | Make) -> Make:
    """Parts put together; prefixes are written apart so that no scanner takes them for a token."""
    return lambda random: "".join(p if isinstance(p, str) else p(random) for p in parts)


def password(random: Random) -> str:
    body = "".join(random.choices(ALNUM + "!#%*+=?@^_~-.", k=random.randint(10, 18)))
    return (
        random.choice(string.ascii_letters)
        + body
        + random.choice("7!x")
        + random.choice(string.digits)
    )


def b64(random: Random, size: int) -> str:
    return base64.b64encode(random.randbytes(size)).decode()


def jwt(random: Random) -> str:
    def part(value: object) -> str:
        raw = json.dumps(value, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    head = part({"alg": "HS256", "typ": "JWT"})
    body = part({"sub": chars(LOWER, 12)(random), "exp": random.randint(10**9, 2 * 10**9)})
    return f"{head}.{body}.{chars(URLSAFE, 43)(random)}"


def pem(label: str) -> Make:
    def make(random: Random) -> str:
        body = b64(random, random.randint(300, 900))
        lines = "\n".join(body[i : i + 64] for i in range(0, len(body), 64))
        return (
            f"-----BEGIN {label}PRIVATE " + f"KEY-----\n{lines}\n-----END {label}PRIVATE KEY-----"
        )

    return make


def cut_pem(random: Random) -> str:
    return "\n".join(pem("RSA ")(random).split("\n")[: random.randint(4, 9)])
