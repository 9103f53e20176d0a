"""Counting through a real tokenizer's chat template: the length that training will see.

The length is the maximum over the renderings that training uses: the tokenizer's own template and
the training template that TRL swaps in for it (found in TRL's wheel by exact match, if installed).
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from trajset.fit.counter import PER_CALL, PER_MESSAGE, Messages, RenderError, Tools


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
        self.name = tokenizer
        self._use(loaded)

    def _use(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.templates = [tokenizer.chat_template]
        training = training_template(tokenizer)
        if training is not None:
            self.templates.append(training)
        vocabulary = msgspec.json.encode(sorted(tokenizer.get_vocab().items()))
        content = vocabulary + "\0".join(self.templates).encode()
        self.digest = blake2b(content, digest_size=8).hexdigest()

    @classmethod
    def of(cls, tokenizer: Any, name: str = "tokenizer") -> TemplateCounter:
        """A counter around a tokenizer object that is loaded already."""
        counter = cls.__new__(cls)
        counter.name = name
        counter._use(tokenizer)
        return counter

    def count(self, messages: Messages, tools: Tools) -> int:
        """Tokens of the longest of the renderings. See `Counter.count`."""
        return max(self._render(messages, tools, template) for template in self.templates)

    def _render(self, messages: Messages, tools: Tools, template: str) -> int:
        try:
            text = self._tokenizer.apply_chat_template(
                list(messages), tools=list(tools) or None, chat_template=template, tokenize=False
            )
        except Exception as error:  # templates raise jinja2's and whatever their filters raise
            raise RenderError(
                f"{self.name}: the template refuses this: {type(error).__name__}"
            ) from None
        return self.text(text)

    def weight(self, message: Mapping[str, Any]) -> int:
        """Tokens of the message's texts, with room for markers."""
        total = 2 * PER_MESSAGE + self.text(message["content"])
        if reasoning := message.get("reasoning_content"):
            total += self.text(reasoning) + PER_MESSAGE
        for call in message.get("tool_calls", ()):
            function = call["function"]
            total += PER_CALL + self.text(function["name"])
            total += self.text(msgspec.json.encode(function["arguments"]).decode())
        return total

    def text(self, text: str) -> int:
        """Tokens of plain text; special tokens in it count as such, as in training."""
        return len(self._tokenizer(text, add_special_tokens=False)["input_ids"])


def training_template(tokenizer: Any) -> str | None:
    """TRL's training template for this tokenizer, or None (no TRL, or none needed or known)."""
    try:
        from trl.chat_template_utils import get_training_chat_template
    except ImportError:
        return None
    try:
        found = get_training_chat_template(tokenizer)
    except ValueError:  # TRL knows no training template for this one
        return None
    return None if found is None else str(found)
