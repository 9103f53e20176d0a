"""Token ids and labels of a row: exactly what is learnt, nothing else.

What may be learnt is where two decisions agree: the marks of the training template (what the
assistant wrote, and the token that ends its turn), and ours for each message. A token that lies
across the border of a mark is learnt, as TRL and transformers have it: real vocabularies join the
line ends on both sides of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from trajset.fit.capabilities import capabilities, lost, probe
from trajset.fit.chat_template import ChatTemplate
from trajset.fit.counter import Messages, RenderError, Tools

IGNORED = -100
"""The label of a token that is not learnt, as torch's cross entropy knows it."""

Span = tuple[int, int]


class Labelled(Struct, frozen=True, gc=False, kw_only=True):
    """A row as token ids."""

    ids: list[int]
    labels: list[int]
    unrendered: int
    """Messages that would be learnt but are not: the template loses a part of them."""

    @property
    def learnt(self) -> int:
        """Number of learnt tokens."""
        return sum(label != IGNORED for label in self.labels)


class Labeller:
    """Makes token ids and labels with a template that marks what the assistant wrote."""

    def __init__(self, template: ChatTemplate, tokenizer: Any) -> None:
        self.template = template
        self._tokenizer = tokenizer
        self._reasoning = capabilities(template).reasoning in ("yes", "partly")
        self._special = set(tokenizer.get_added_vocab().values())
        self.whole = self._keeps_messages_apart()
        """Whether each assistant message is one marked span and none loses its reasoning to a
        later user message: then one row can learn from several turns."""
        self.learns_to_stop = self._learns_to_stop()
        """Whether the token that ends a turn is inside what is learnt."""

    def label(self, messages: Messages, tools: Tools, learnt: Sequence[bool]) -> Labelled:
        """Ids and labels of a conversation; `learnt` has a flag for each assistant message.

        Raises:
            RenderError: the template refuses these messages, or does not mark each assistant
                message with one span (see `whole`).
        """
        text, spans = self.template.marked(messages, tools)
        said = [message for message in messages if message["role"] == "assistant"]
        if len(spans) != len(said):
            raise RenderError(f"{self.template.name}: expected one marked span a message")
        wanted = [
            (message, span) for message, span, flag in zip(said, spans, learnt, strict=True) if flag
        ]
        good = [span for message, span in wanted if not self._loses([message], text, [span])]
        return self._labelled(self._encoded(text), good, len(wanted) - len(good))

    def label_completion(self, prompt: Messages, completion: Messages, tools: Tools) -> Labelled:
        """Ids and labels of a prompt and a completion all of whose assistant messages are learnt.

        Nothing of the prompt's messages is learnt, even where the template renders the prompt
        otherwise once an answer follows it; TRL then learns from where the two part (gpt-oss).

        Raises:
            RenderError: the template refuses these messages.
        """
        text, spans = self.template.marked([*prompt, *completion], tools)
        encoded = self._encoded(text)
        start = self._start(self.template.render(prompt, tools, prompt=True), encoded, len(text))
        said = [message for message in completion if message["role"] == "assistant"]
        if len(spans) == sum(m["role"] == "assistant" for m in (*prompt, *completion)):
            spans = spans[len(spans) - len(said) :]
        inside = [(max(start, first), last) for first, last in spans if last > start]
        bad = self._loses(said, text, inside)
        return self._labelled(encoded, [] if bad else inside, len(said) if bad else 0)

    def _start(self, prompt: str, whole: Any, end: int) -> int:
        """Where the completion starts: where the tokens of prompt and whole part, as in TRL.

        That is before the end of the prompt where a token joins its end with what follows.
        """
        alone = self._encoded(prompt)["input_ids"]
        pairs = zip(alone, whole["input_ids"], strict=False)
        at = next((i for i, (a, b) in enumerate(pairs) if a != b), len(alone))
        return int(whole["offset_mapping"][at][0]) if at < len(whole["input_ids"]) else end

    def _encoded(self, text: str) -> Any:
        return self._tokenizer(
            text,
            add_special_tokens=False,
            return_attention_mask=False,
            return_offsets_mapping=True,
            verbose=False,
        )

    def stops(self, labels: Sequence[int]) -> bool:
        """Whether what is learnt ends in a special token, so that the model learns to stop.

        Each message must where the template keeps messages apart (`whole`), else the last one.
        """
        last = [
            at
            for at, label in enumerate(labels)
            if label != IGNORED and (at + 1 == len(labels) or labels[at + 1] == IGNORED)
        ]
        return all(self._stops_at(labels, at) for at in (last if self.whole else last[-1:]))

    def _stops_at(self, labels: Sequence[int], at: int) -> bool:
        while at >= 0 and labels[at] != IGNORED and not self._tokenizer.decode(labels[at]).strip():
            at -= 1
        return at >= 0 and labels[at] in self._special

    def _loses(self, said: Sequence[Any], text: str, spans: Iterable[Span]) -> bool:
        """Whether a part of these messages does not stand in these spans."""
        written = "".join(text[first:last] for first, last in spans)
        gone = set().union(*(lost(message, written) for message in said))
        return bool(gone if self._reasoning else gone - {"reasoning"})

    def _labelled(self, encoded: Any, spans: Sequence[Span], unrendered: int) -> Labelled:
        ids = list(encoded["input_ids"])
        labels = [IGNORED] * len(ids)
        current = 0
        for at, (first, stop) in enumerate(encoded["offset_mapping"]):
            while current < len(spans) and first >= spans[current][1]:
                current += 1
            if current == len(spans):
                break
            if stop > spans[current][0]:
                labels[at] = ids[at]
        return Labelled(ids=ids, labels=labels, unrendered=unrendered)

    def _learns_to_stop(self) -> bool:
        question, answer = probe()[0], probe()[-1]
        try:
            labelled = self.label_completion([question], [answer], ())
        except RenderError:
            return False
        return labelled.learnt > 0 and self.stops(labelled.labels)

    def _keeps_messages_apart(self) -> bool:
        messages = probe()
        try:
            text, spans = self.template.marked(messages, ())
        except RenderError:
            return False
        said = [message for message in messages if message["role"] == "assistant"]
        return len(spans) == len(said) and not any(
            self._loses([message], text, [span]) for message, span in zip(said, spans, strict=True)
        )
