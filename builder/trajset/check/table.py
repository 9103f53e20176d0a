"""What the chat templates in TRL's wheel can render of an agent's work."""

from __future__ import annotations

from msgspec import Struct

from trajset.fit.capabilities import Can, Capabilities, capabilities
from trajset.fit.chat_template import ChatTemplate, trl_templates

COLUMNS = ("calls", "parallel calls", "results", "reasoning", "tools")
SIGNS: dict[Can, str] = {"yes": "●", "partly": "◐", "no": "○", "refuses": "–"}
LEGEND = (
    "● rendered, ◐ only after the last user message, ○ left out in silence, – refused; "
    "a → b: the template itself → the training template that TRL swaps in for it."
)


class Line(Struct, frozen=True, kw_only=True):
    """A template, with the training template for it where TRL has one."""

    name: str
    training: bool
    signs: tuple[str, ...]
    """In the order of `COLUMNS`."""


def lines() -> list[Line]:
    """One line a template of the installed TRL; empty without it."""
    texts = trl_templates()
    result = []
    for name, text in texts.items():
        base = name.removesuffix("_training")
        if base != name and base in texts:
            continue
        own = _signs(capabilities(ChatTemplate(text, name)))
        other = texts.get(f"{name}_training")
        if other is None:
            signs = own
        else:
            theirs = _signs(capabilities(ChatTemplate(other, f"{name}_training")))
            signs = tuple(a if a == b else f"{a} → {b}" for a, b in zip(own, theirs, strict=True))
        result.append(Line(name=name, training=other is not None, signs=signs))
    return result


def _signs(can: Capabilities) -> tuple[str, ...]:
    return tuple(SIGNS[c] for c in (can.calls, can.parallel, can.results, can.reasoning, can.tools))
