"""Rendering conversations through chat templates, as `transformers` and TRL do it.

TRL's training templates are found in its wheel; nothing here needs torch.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from trajset.fit.counter import Messages, RenderError, Tools

_MARKS = re.compile(r"\{%-?\s*generation\s*-?%\}")


class ChatTemplate:
    """A chat template with the special tokens that it may name."""

    def __init__(
        self, text: str | Mapping[str, str], name: str, special: Mapping[str, Any] | None = None
    ) -> None:
        """Of named variants (`default`, `tool_use`) the one that rows with tools are given.

        Raises:
            ValueError: there are variants, but neither of these.
        """
        if not isinstance(text, str):
            text = text.get("tool_use") or text.get("default") or ""
        if not text:
            raise ValueError(f"{name}: expected a chat template, found none")
        self.text = text
        self.name = name
        self._special = dict(special or {"bos_token": "<s>", "eos_token": "</s>"})

    @property
    def has_marks(self) -> bool:
        """Whether it marks what the assistant wrote with `{% generation %}`."""
        return _MARKS.search(self.text) is not None

    def render(self, messages: Messages, tools: Tools, *, prompt: bool = False) -> str:
        """The conversation as text; with `prompt` up to where the model is to go on.

        Raises:
            RenderError: the template refuses these messages.
        """
        return self._render(messages, tools, marks=False, prompt=prompt)[0]

    def marked(self, messages: Messages, tools: Tools) -> tuple[str, list[tuple[int, int]]]:
        """The conversation as text, and the half-open spans that the template marks.

        Raises:
            RenderError: the template refuses these messages.
        """
        return self._render(messages, tools, marks=True, prompt=False)

    def _render(
        self, messages: Messages, tools: Tools, *, marks: bool, prompt: bool
    ) -> tuple[str, list[tuple[int, int]]]:
        quiet_transformers()
        from transformers.utils import chat_template_utils

        render: Any = chat_template_utils.render_jinja_template
        try:
            texts, spans = render(
                conversations=[list(messages)],
                tools=list(tools),
                chat_template=self.text,
                return_assistant_tokens_mask=marks,
                add_generation_prompt=prompt,
                **self._special,
            )
        except Exception as error:  # templates raise jinja2's and whatever their filters raise
            raise RenderError(
                f"{self.name}: the template refuses this: {type(error).__name__}"
            ) from None
        return texts[0], [(first, stop) for first, stop in spans[0]] if marks else []


def quiet_transformers() -> None:
    """Import `transformers` without its advice about torch, which nobody here needs.

    Raises:
        ImportError: it is not installed.
    """
    if "transformers" in sys.modules:
        return
    quiet = "TRANSFORMERS_NO_ADVISORY_WARNINGS"
    before = os.environ.get(quiet)
    os.environ[quiet] = "1"
    try:
        import_module("transformers")
    finally:
        if before is None:
            del os.environ[quiet]
        else:
            os.environ[quiet] = before


def own_template(tokenizer: Any, name: str) -> ChatTemplate:
    """The tokenizer's own template."""
    return ChatTemplate(tokenizer.chat_template, name, tokenizer.special_tokens_map)


def training_template(tokenizer: Any) -> ChatTemplate | None:
    """TRL's training template for this tokenizer, or None (no TRL, or none needed or known)."""
    try:
        from trl.chat_template_utils import get_training_chat_template
    except ImportError:
        return None
    try:
        found = get_training_chat_template(tokenizer)
    except ValueError:  # TRL knows no training template for this one
        return None
    if found is None:
        return None
    name = next((n for n, text in trl_templates().items() if text == found), "by TRL")
    return ChatTemplate(str(found), name, tokenizer.special_tokens_map)


def trl_templates() -> dict[str, str]:
    """Name -> text of the chat templates in TRL's wheel; empty where TRL is not installed."""
    spec = importlib.util.find_spec("trl")
    if spec is None or not spec.submodule_search_locations:
        return {}
    folder = Path(next(iter(spec.submodule_search_locations))) / "chat_templates"
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.jinja"))}
