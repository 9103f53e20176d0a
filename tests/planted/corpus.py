"""Planted texts, and what a redactor does to them."""

from __future__ import annotations

import base64
import binascii
import re
import urllib.parse
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from planted.contexts import in_named_context, in_token_context
from planted.lines import LINES
from planted.named import NAMED
from planted.services import SERVICES
from planted.spellings import spelled, wrapped
from planted.structures import structures
from planted.tokens import TOKENS
from planted.values import LOWER, chars


class Sample(NamedTuple):
    """One text, and what of it may not be seen afterwards."""

    kind: str
    text: str
    secret: str
    spelling: str


ALL_TOKENS = TOKENS | SERVICES
NOT_WRAPPED = {"slack_hook", "discord_hook"}


def planted(seed: int, samples: int) -> Iterator[Sample]:
    """Texts with one secret each: so many samples of each kind, contexts and spellings varied."""
    random = Random(seed)
    for number in range(samples):
        texts = [
            (k, in_token_context(random, s), s)
            for k, s in ((k, m(random)) for k, m in ALL_TOKENS.items())
        ]
        texts += [
            (k, in_named_context(random, n, s), s)
            for k, n, s in ((k, n, m(random)) for k, (n, m) in NAMED.items())
        ]
        texts += structures(random)
        for kind, text, make in LINES:
            secret, user = make(random), "svc" + chars(LOWER, 5)(random)
            texts.append((kind, text.replace("@U@", user).replace("@S@", secret), secret))
        for kind, text, secret in texts:
            spellings = list(spelled(random, text, secret))
            if kind in ALL_TOKENS and kind not in NOT_WRAPPED and secret in text:
                spellings += wrapped(random, text, secret)
            name, body = spellings[0] if number % 2 else random.choice(spellings)
            yield Sample(kind, body, secret, name)


def leaked(sample: Sample, redacted: str) -> bool:
    """Whether any part of the secret can still be read, in whatever spelling."""
    if not sample.secret:
        body = [line for line in sample.text.replace("\\n", "\n").split("\n") if len(line) > 40]
        return any(
            line.strip('"\\+ \t')[8:40] in redacted for line in body if "PRIVATE" not in line
        )
    size = min(8, len(sample.secret))
    pieces = {sample.secret[i : i + size] for i in range(len(sample.secret) - size + 1)}
    return any(piece in view for view in _readings(redacted) for piece in pieces)


def _readings(text: str) -> Iterator[str]:
    """What can be read from a text: wraps joined, escapes, encodings and colours undone."""
    plain = re.sub(r"\x1b\[[0-9;]*m|<SECRET:\w+:\d+>", "", text)
    for reading in (plain, urllib.parse.unquote(plain), _decoded(plain)):
        reading = re.sub(
            r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), reading
        ).replace("\\n", "\n")
        yield reading
        yield re.sub(r"\n[ +\t]*", "", reading)
        yield reading.replace("\\", "")


def _decoded(text: str) -> str:
    found = []
    for run in re.findall(r"[A-Za-z0-9+/]{16,}", text):
        for start in range(4):
            try:
                cut = run[start : start + (len(run) - start) // 4 * 4]
                found.append(base64.b64decode(cut).decode("latin-1"))
            except binascii.Error:
                continue
    return "\n".join(found)


def recall(
    redact: Callable[[str], str], seed: int, samples: int
) -> dict[str, tuple[int, int, list[Sample]]]:
    """kind -> (removed, planted, what leaked)."""
    result: dict[str, tuple[int, int, list[Sample]]] = {}
    for sample in planted(seed, samples):
        removed, total, missed = result.get(sample.kind, (0, 0, []))
        gone = not leaked(sample, redact(sample.text))
        result[sample.kind] = removed + gone, total + 1, missed if gone else [*missed, sample]
    return result
