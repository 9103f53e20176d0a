"""Texts around a secret: with and without a telling name."""

from __future__ import annotations

import json
from random import Random


def _camel(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(map(str.capitalize, rest))


def in_token_context(random: Random, token: str) -> str:
    """A text in which a token stands without a telling name."""
    return random.choice(
        [
            f"remote: using {token} for the upload\nremote: done",
            f'client = Client("{token}")\nclient.run()\n',
            f"I set it to {token}, and it works now.",
            f"$ tool login --with {token}\nLogged in.",
            f"export SERVICE_TOKEN={token}\necho ready\n",
            f"api_key: {token}\nregion: eu\n",
            json.dumps({"headers": {"X-Api-Key": token}, "retries": 3}),
            f"Authorization: Bearer {token}",
            f"https://api.service.dev/v1/items?access_token={token}&page=2",
            f"- old\n+const key = '{token}';\n",
            f"GET /hook?x={token}",
            f"[default]\ntoken = {token}\n",
            f"`{token}`",
            f"({token})",
            f"{token}\n",
        ]
    )


def in_named_context(random: Random, name: str, value: str) -> str:
    """A text in which only the name tells that the value is a secret."""
    lower, camel = name.lower(), _camel(name)
    quoted = json.dumps(value)
    return random.choice(
        [
            f"{name}={value}\nPORT=8080\n",
            f"export {name}={value}\n",
            f'export {name}="{value}"\n',
            json.dumps({"host": "db", camel: value, "port": 5432}),
            f"{lower}: {value}\nhost: db\n",
            f'{lower}: "{value}"\n',
            f'{lower} = "{value}"\n',
            f"{camel} = '{value}';\n",
            f"const {camel} = {quoted};\n",
            f'os.environ["{name}"] = {quoted}\n',
            f"docker run -e {name}={value} image\n",
            f'tool --{lower.replace("_", "-")} "{value}" --verbose\n',
            f"      - name: {name}\n        value: {quoted}\n",
            f"-{name}=old\n+{name}={value}\n",
            f'connect(host="db", {lower}={quoted})\n',
            f"  14\t{lower} = {quoted}\n  15\tdebug = false\n",
            f'$env:{name} = "{value}"\n',
            f"src/config.py:12:{name} = {quoted}\n",
            f"set -gx {name} {value}\n",
        ]
    )
