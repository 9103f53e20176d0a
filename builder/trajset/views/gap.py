"""What a later answer knew that an earlier one could not: decided by its arguments' literals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from trajset.trajectory import Message, Observation, Step
from trajset.views.section import Gap

_WORD = re.compile(r"[\w][\w./\\:@~+-]*[\w/]|\d+")
_LONG = 8
"""Characters from which on a literal may stand anywhere in a text; shorter ones as a whole word."""
_COMMENTARY = frozenset({"description", "explanation", "justification"})
"""Arguments in which the model says what it does: words of its own, no facts."""


def information_gap(
    prompt: Sequence[Mapping[str, Any]],
    rejected: Mapping[str, Any],
    chosen: Mapping[str, Any],
    failing: Step,
    between: Sequence[Step],
) -> Gap:
    """The least that explains the literals of the chosen call.

    Args:
        prompt: messages that both answers are given.
        rejected: the assistant message that failed or was refused.
        chosen: the assistant message that came later.
        failing: the step with the failing result.
        between: steps from there to the chosen answer.

    `none`: each literal occurs in the prompt or in the rejected call. Else `error_text` if the
    failing result supplies the rest, `observations` if other results do; `user_feedback` where a
    person spoke in between, or refused and something is unexplained.
    """
    known = "\n".join([*map(_text, prompt), _text(rejected)])
    missing = _missing(set(_arguments(chosen)), known)
    spoke = any(isinstance(s, Message) and s.origin == "human" for s in between)
    refused = isinstance(failing, Observation) and failing.status == "rejected"
    if spoke or (refused and missing):
        return "user_feedback"
    if not missing:
        return "none"
    text = failing.text if isinstance(failing, Observation) else ""
    return "observations" if _missing(missing, text) else "error_text"


def _text(message: Mapping[str, Any]) -> str:
    """All that a message says, its calls' arguments included."""
    said = (message["content"], message.get("reasoning_content", ""))
    return "\n".join([*said, *_arguments(message)])


def _arguments(message: Mapping[str, Any]) -> Iterator[str]:
    for call in message.get("tool_calls", ()):
        yield from _literals(call["function"]["arguments"])


def _literals(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            if name not in _COMMENTARY:
                yield from _literals(item)
    elif isinstance(value, list):
        for item in value:
            yield from _literals(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


def _missing(literals: Iterable[str], text: str) -> set[str]:
    """Those literals (or, of longer ones, those words) that do not occur in a text."""
    missing = set()
    for literal in literals:
        if len(literal) >= _LONG and literal in text:
            continue
        missing |= {word for word in _WORD.findall(literal) if not _occurs(word, text)}
    return missing


def _occurs(word: str, text: str) -> bool:
    if word not in text:
        return False
    if len(word) >= _LONG:
        return True
    return re.search(rf"(?<![\w]){re.escape(word)}(?![\w])", text) is not None
