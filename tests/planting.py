"""Secrets made at run time, in logs that are read as chat files, and what must not show them."""

from __future__ import annotations

import json
import random
import string
from pathlib import Path

LETTERS = string.ascii_letters + string.digits


def token(seed: int) -> str:
    """A GitHub token that nobody has."""
    return "ghp_" + "".join(random.Random(seed).choices(LETTERS, k=36))


def private_key(seed: int, lines: int = 20) -> str:
    """A private key that is none."""
    source = random.Random(seed)
    body = "\n".join("".join(source.choices(LETTERS + "+/", k=64)) for _ in range(lines))
    name = "RSA PRIVATE" + " KEY"
    return f"-----BEGIN {name}-----\n{body}\n-----END {name}-----"


def pieces(secret: str) -> set[str]:
    """Every run of six characters of what is random in a secret."""
    own = secret.removeprefix("ghp_")
    return {own[i : i + 6] for i in range(len(own) - 5)}


def shows(text: str, secret: str) -> bool:
    """Whether a text shows six characters of a secret in a row."""
    return any(piece in text for piece in pieces(secret))


def plant(folder: Path, *secrets: str) -> Path:
    """A folder of logs, one session a secret: in the call, in its result, and repeated later."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, secret in enumerate(secrets):
        call = {"name": "bash", "arguments": json.dumps({"command": f"deploy --token {secret}"})}
        messages = [
            {"role": "user", "content": f"Deploy the service number {number}, please."},
            {
                "role": "assistant",
                "content": "I deploy it.",
                "tool_calls": [{"id": f"call_{number}", "type": "function", "function": call}],
            },
            {
                "role": "tool",
                "tool_call_id": f"call_{number}",
                "content": f"GITHUB_TOKEN={secret}\nservice {number} is up",
            },
            {"role": "assistant", "content": f"Service {number} is up."},
        ]
        (folder / f"{number}.json").write_text(json.dumps({"messages": messages}))
    return folder
