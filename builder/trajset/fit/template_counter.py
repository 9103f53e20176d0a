"""Counting through a real tokenizer's chat template: the length that training will see.

The length is the maximum over the renderings that training uses: the tokenizer's own template and
the training template that TRL swaps in for it (found in TRL's wheel by exact match, if installed).
A template that refuses a conversation is left out of the maximum as long as the other renders it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from trajset.fit.capabilities import TOOL, call, probe
from trajset.fit.chat_template import (
    ChatTemplate,
    own_template,
    quiet_transformers,
    training_template,
)
from trajset.fit.counter import PER_CALL, PER_MESSAGE, Messages, RenderError, Tools
from trajset.fit.labels import Labeller
from trajset.fit.pieces import Pieces


class TemplateCounter:
    """Counts with `transformers.AutoTokenizer` (extra `templates`)."""

    approximate = False

    def __init__(self, tokenizer: str) -> None:
        """Load a local tokenizer folder or a hub id.

        Raises:
            ValueError: transformers is missing, the tokenizer cannot be loaded, or it has no chat
                template.
        """
        try:
            quiet_transformers()
            from transformers import AutoTokenizer
        except ImportError:
            raise ValueError(
                f"fit.tokenizer {tokenizer}: expected the package transformers, found none; "
                "install it with `pip install 'trajset[templates]'`"
            ) from None
        try:
            loaded = AutoTokenizer.from_pretrained(tokenizer)
        except (OSError, ValueError) as error:
            raise ValueError(
                f"fit.tokenizer {tokenizer}: expected a tokenizer folder or hub id that can be "
                f"loaded, found {type(error).__name__}; `embedded` needs no download"
            ) from None
        if not loaded.chat_template:
            raise ValueError(f"fit.tokenizer {tokenizer}: expected a chat template, found none")
        self._use(loaded, tokenizer)

    @classmethod
    def of(cls, tokenizer: Any, name: str = "tokenizer") -> TemplateCounter:
        """A counter around a tokenizer object that is loaded already."""
        counter = cls.__new__(cls)
        counter._use(tokenizer, name)
        return counter

    def _use(self, tokenizer: Any, name: str) -> None:
        self.name = name
        self.tokenizer = tokenizer
        self.own = own_template(tokenizer, name)
        # As TRL does it: a template with marks of its own is never swapped.
        self.training = None if self.own.has_marks else training_template(tokenizer)
        self.templates = [t for t in (self.own, self.training) if t is not None]
        self.digest = _digest(tokenizer, self.templates)
        self._pieces = Pieces(tokenizer, _probes(self.templates))
        self._weights: dict[bytes, int] = {}
        self._contexts: dict[tuple[str, int], int | None] = {}
        marks = next((t for t in reversed(self.templates) if t.has_marks), None)
        self.labeller = None if marks is None else Labeller(marks, tokenizer)

    def count(self, messages: Messages, tools: Tools) -> int:
        """Tokens of the longest of the renderings. See `Counter.count`."""
        counts = [self._count(template, messages, tools) for template in self.templates]
        rendered = [count for count in counts if count is not None]
        if not rendered:
            raise RenderError(f"{self.name}: the template refuses these messages")
        return max(rendered)

    def _count(self, template: ChatTemplate, messages: Messages, tools: Tools) -> int | None:
        try:
            return self._pieces.count(template.render(messages, tools))
        except RenderError:
            return None

    def weight(self, message: Mapping[str, Any]) -> int:
        """Tokens that the message adds after a short context: close to what it adds anywhere."""
        key = blake2b(msgspec.json.encode(message), digest_size=16).digest()
        if key not in self._weights:
            self._weights[key] = self._weigh(message)
        return self._weights[key]

    def _weigh(self, message: Mapping[str, Any]) -> int:
        before, after = _context(message)
        added = []
        for number, template in enumerate(self.templates):
            place = (str(message["role"]), number)
            if place not in self._contexts:
                self._contexts[place] = self._count(template, [*before, *after], ())
            base = self._contexts[place]
            whole = self._count(template, [*before, message, *after], ())
            if base is not None and whole is not None:
                added.append(whole - base)
        return max(added) if added else self._guess(message)

    def _guess(self, message: Mapping[str, Any]) -> int:
        """For a message that the template refuses alone: its texts, with room for markers."""
        total = 2 * PER_MESSAGE + self.text(message["content"])
        total += self.text(message.get("reasoning_content", ""))
        for made in message.get("tool_calls", ()):
            arguments = msgspec.json.encode(made["function"]["arguments"]).decode()
            total += PER_CALL + self.text(made["function"]["name"]) + self.text(arguments)
        return total

    def text(self, text: str) -> int:
        """Tokens of plain text; special tokens in it count as such, as in training."""
        return self._pieces.count(text)


def _context(message: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
    """The shortest conversation in which a message of this role may stand: before, and after it."""
    question = {"role": "user", "content": "?"}
    if message["role"] == "system":
        return [], [question]
    if message["role"] == "user":
        return [question, {"role": "assistant", "content": "!"}], []
    if message["role"] == "assistant":
        return [question], []
    asked = {"role": "assistant", "content": "", "tool_calls": [call(1, {})]}
    return [question, asked], []


def _probes(templates: Sequence[ChatTemplate]) -> list[str]:
    """What conversations look like in these templates, for the choice of where to cut."""
    texts = []
    for template in templates:
        for tools in ((), (TOOL,)):
            try:
                texts.append(template.render(probe(), tools))
            except RenderError:
                continue
    return texts


def _digest(tokenizer: Any, templates: Sequence[ChatTemplate]) -> str:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None:
        vocabulary = str(backend.to_str()).encode()
    else:
        vocabulary = msgspec.json.encode(sorted(tokenizer.get_vocab().items()))
    content = vocabulary + "\0".join(template.text for template in templates).encode()
    return blake2b(content, digest_size=8).hexdigest()
