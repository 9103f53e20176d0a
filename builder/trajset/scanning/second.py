"""The second opinion: detect-secrets, an independent scanner, as a library.

Not all of its plugins are of use on logs. Measured on rows made of real sessions:

- Its two entropy plugins find git SHAs, checksums and test data only (72 findings in 10 MB): left
  out. The plugin for public IP addresses finds version numbers and well-known servers; addresses
  are no credentials, and our own detectors look for them: left out. Twilio's finds the names of
  accounts and keys (AC…, SK…), which are no secrets: left out.
- Its keyword plugin, and those that go by a name such as `api_key` before a loosely described
  value, find words (`"secret": "testing"`): kept, but what they find has to be one token of eight
  characters or more, with letters and digits, that is hardly compressible.
- The plugins for tokens with a form of their own are kept as they are.

Its own filters for ids, sequences and templates are applied to what is found, and ours for values
that only stand for one (`xxxx`, `changeme`). No plugin verifies: nothing goes over the network.
"""

from __future__ import annotations

import importlib.metadata
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.filters import heuristic
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.keyword import CONFIG_DENYLIST_REGEX_TO_GROUP

from trajset.privacy.placeholders import PLACEHOLDER
from trajset.privacy.words import is_placeholder

NAME = "detect-secrets"
VERSION = importlib.metadata.version(NAME)

_LEFT_OUT = {
    "Base64 High Entropy String",
    "Hex High Entropy String",
    "Public IP (ipv4)",
    "Twilio API Key",
}
_BY_NAME = {
    "Secret Keyword",
    "IBM Cloud IAM Key",
    "IBM COS HMAC Credentials",
    "Cloudant Credentials",
    "SoftLayer Credentials",
}
_KEY = "Private Key"
_NAMES = re.compile(r"(?i)key|pass|pwd|secret|token|contrase|cloudant|softlayer")
_AROUND = 300
"""So much of a line, on both sides of a telling name, is looked at."""
_PIECE, _OVERLAP = 8_000, 2_000
"""A few of its expressions take quadratic time on text that is made for it; pieces bound that."""
_MATERIAL = re.compile(r"[A-Za-z0-9+/]{40}")
_OURS = re.compile(PLACEHOLDER.pattern.decode())
_ONE_TOKEN = re.compile(r"(?=.*\d)(?=.*[A-Za-z])\S{8,}", re.ASCII)
_INNER = {"Basic Auth Credentials", "AWS Access Key"}
"""Plugins whose expressions hold the secret in a group, and what is around it as well."""
_LEAST_BITS = 3.0
"""Shannon entropy of a character; a random password of 12 characters has about 3.4."""


class SecondScanner:
    """The plugins, made once."""

    def __init__(self) -> None:
        classes: dict[str, Any] = get_mapping_from_secret_type_to_class()
        plugins = {kind: plugin() for kind, plugin in classes.items()}
        self._by_form = {
            kind: plugin
            for kind, plugin in plugins.items()
            if kind not in _LEFT_OUT | _BY_NAME and kind != _KEY
        }
        self._by_name = {kind: plugins[kind] for kind in sorted(_BY_NAME & set(plugins))}
        self._keys = [expression.pattern for expression in plugins[_KEY].denylist]

    def scan(self, text: str, name: str = "") -> Iterator[tuple[str, str]]:
        """(kind, value) of what looks like a secret in a text; `name` is what it is called."""
        found: set[tuple[str, str]] = set()
        text = _OURS.sub("<>", text) if "<" in text else text
        for start in range(0, max(len(text), 1), _PIECE - _OVERLAP):
            found.update(self._in_piece(text[start : start + _PIECE]))
        found.update(self._keys_in(text))
        for window in _windows(text):
            found.update(self._near_names(window))
        if name and "\n" not in text and _NAMES.search(name):
            found.update(self._near_names(f'{name} = "{text}"'))
        yield from sorted(found)

    def _in_piece(self, piece: str) -> Iterator[tuple[str, str]]:
        for kind, plugin in self._by_form.items():
            for value in _values(kind, plugin, piece):
                if not _stands_for_one(value):
                    yield kind, value

    def _keys_in(self, text: str) -> Iterator[tuple[str, str]]:
        """Private keys: the first line alone is none, the key has to follow."""
        if "PRIVATE KEY" not in text and "PuTTY" not in text:
            return
        for expression in self._keys:
            for start in (found.end() for found in re.finditer(expression, text)):
                material = _MATERIAL.search(text, start, start + 400)
                if material is not None:
                    yield _KEY, material[0]

    def _near_names(self, window: str) -> Iterator[tuple[str, str]]:
        for kind, plugin in self._by_name.items():
            values = list(plugin.analyze_string(window))
            if kind == "Secret Keyword":
                values += plugin.analyze_string(window, CONFIG_DENYLIST_REGEX_TO_GROUP)
            for value in values:
                if _worth_a_look(value):
                    yield kind, value


def _values(kind: str, plugin: Any, piece: str) -> Iterator[str]:
    """What a plugin matches, whole: for a GitHub token it would give the group `ghp` alone.

    The hash of such a group would allow every token.
    """
    if type(plugin).analyze_string is not RegexBasedDetector.analyze_string:
        yield from plugin.analyze_string(piece)
        return
    for expression in plugin.denylist:
        for found in expression.finditer(piece):
            inner = found[1] if kind in _INNER and expression.groups else None
            yield inner or found[0]


def _windows(text: str) -> Iterator[str]:
    """The lines that hold a telling name, or what is near the name in long ones."""
    done = 0
    for found in _NAMES.finditer(text):
        if found.start() < done:
            continue
        start = max(text.rfind("\n", 0, found.start()) + 1, found.start() - _AROUND)
        newline = text.find("\n", found.end())
        done = min(newline if newline >= 0 else len(text), found.end() + _AROUND)
        yield text[start:done]


def _worth_a_look(value: str) -> bool:
    return (
        _ONE_TOKEN.fullmatch(value) is not None
        and "(" not in value
        and _bits(value) >= _LEAST_BITS
        and not heuristic.is_potential_uuid(value)
        and not heuristic.is_prefixed_with_dollar_sign(value)
        and not _stands_for_one(value)
    )


def _stands_for_one(value: str) -> bool:
    return (
        is_placeholder(value.encode("utf-8", "surrogatepass"))
        or heuristic.is_sequential_string(value)
        or heuristic.is_templated_secret(value)
        or heuristic.is_not_alphanumeric_string(value)
    )


def _bits(value: str) -> float:
    """Shannon entropy of a character."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values())
