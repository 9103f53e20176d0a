"""The API conversation of a task, made into steps.

Older versions write calls as XML into the answer's text, newer ones as `tool_use` blocks. Results
are text blocks of the next user message and carry no id: they answer the open calls in order.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.cline.prompts import prompt_of
from trajset.sources.cline.results import Results
from trajset.sources.cline.task import Task
from trajset.sources.cline.xml_calls import split_calls
from trajset.sources.content import block_text, text_of
from trajset.sources.lenient import mapping
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.trajectory import Response, Trajectory

_CONTINUED = "This session is being continued from a previous conversation"
_CWD = re.compile(r"# Current (?:Working|Workspace) Directory \(([^\n]{1,500})\) Files")
_THINKING = re.compile(r"\s*<thinking>(.*?)</thinking>\s*", re.DOTALL)
_CUT_BY_HARNESS = "\n\n[Response interrupted by a tool use result."
_STOPPED = ("[Response interrupted by user]", "[Response interrupted by API Error]")
_NO_ANSWER = "Failure: I did not provide a response."


class Conversation:
    """Collects the messages of one task."""

    def __init__(self, task: Task, tally: Tally) -> None:
        self._task = task
        self._tally = tally
        self._assembler = Assembler(tally)
        self._results = Results(self._assembler, tally)
        self._responses: dict[str, Response] = {}
        self._order: list[str] = []
        self._cwd: str | None = None

    def add(self, index: int, message: Any) -> None:
        """Add one message; `index` is its place in the conversation, from 0."""
        if not isinstance(message, dict):
            self._tally.skip("not_an_object")
            return
        role = message.get("role")
        at: dict[str, Any] = {
            "timestamp": to_ms(message.get("ts")) or self._task.times.get(index),
            "line": index + 1,
        }
        if message.get("type") == "reasoning":
            self._reasoning_item(index, message, at)
        elif role == "user":
            self._tally.use()
            self._user(message, at)
        elif role == "assistant":
            self._tally.use()
            self._assistant(index, message, at)
        else:
            self._tally.skip_unknown(role)

    def build(self, **fields: Any) -> Trajectory | None:
        """The trajectory of all that was added."""
        if len(self._task.usage) == len(self._order):
            for name, tokens in zip(self._order, self._task.usage, strict=True):
                self._responses[name] = _filled(self._responses[name], tokens)
        models = Counter(r.model for r in self._responses.values() if r.model)
        return self._assembler.build(
            model=models.most_common(1)[0][0] if models else self._task.model,
            responses=self._responses,
            project=self._cwd,
            **fields,
        )

    def _user(self, message: dict[str, Any], at: dict[str, Any]) -> None:
        blocks = _blocks(message.get("content"))
        if message.get("isSummary") is True or message.get("isTruncationMarker") is True:
            self._summary(text_of(message.get("content"), self._tally), at)
            return
        for block in blocks:
            kind = block.get("type")
            if kind == "tool_result":
                self._results.native(block, at)
                continue
            text = block_text(block, self._tally)
            if kind == "text" and text.startswith(_CONTINUED):
                self._results.close()
                self._summary(text, at)
            elif not self._results.take(kind, text, at):
                self._prompt(text, at)
        self._results.close()

    def _prompt(self, text: str, at: dict[str, Any]) -> None:
        if self._cwd is None and (match := _CWD.search(text)):
            self._cwd = match[1]
        prompt, origin = prompt_of(text)
        self._assembler.message("user", prompt, origin, **at)

    def _summary(self, text: str, at: dict[str, Any]) -> None:
        self._assembler.segment()
        self._results.forget()
        self._assembler.message("user", text, "summary", **at)

    def _assistant(self, index: int, message: dict[str, Any], at: dict[str, Any]) -> None:
        if message.get("isSummary") is True:
            self._summary(text_of(message.get("content"), self._tally), at)
            return
        response = f"message {index + 1}"
        blocks = _blocks(message.get("content"))
        said = [str(b.get("text")) for b in blocks if b.get("type") == "text"]
        stopped = any(mark in text for text in said for mark in _STOPPED)
        at = at | {"learn": not stopped and _NO_ANSWER not in said}
        self._results.forget()
        native = any(block.get("type") == "tool_use" for block in blocks)
        thought = message.get("reasoning_content")
        if isinstance(thought, str):
            self._assembler.reasoning(thought, response_id=response, **at)
        for block in blocks:
            self._block(block, response, native, at)
        self._responses[response] = _response(message)
        self._order.append(response)

    def _block(
        self, block: dict[str, Any], response: str, native: bool, at: dict[str, Any]
    ) -> None:
        kind = block.get("type")
        if kind == "tool_use":
            name, log_id = block.get("name"), block.get("id")
            name = name if isinstance(name, str) else ""
            log_id = log_id if isinstance(log_id, str) else None
            call = self._assembler.call(
                name, block.get("input"), call_id=log_id, response_id=response, **at
            )
            self._results.expect(call, name, log_id)
        elif kind == "thinking":
            thought = block.get("thinking")
            if isinstance(thought, str):
                self._assembler.reasoning(thought, response_id=response, **at)
        elif kind == "text":
            text = block_text(block, self._tally)
            if _CUT_BY_HARNESS in text:
                text = text[: text.index(_CUT_BY_HARNESS)]
                self._tally.repair("harness_note_in_response")
            self._said(text, response, native, at)
        else:
            self._tally.note("encrypted_reasoning" if kind == "redacted_thinking" else "blocks")

    def _said(self, text: str, response: str, native: bool, at: dict[str, Any]) -> None:
        if not native and (match := _THINKING.match(text)):
            self._assembler.reasoning(match[1].strip(), response_id=response, **at)
            text = text[match.end() :]
        for piece in [text] if native else split_calls(text):
            if isinstance(piece, str):
                self._assembler.message("assistant", piece, "model", response_id=response, **at)
            else:
                call = self._assembler.call(piece.tool, piece.arguments, response_id=response, **at)
                self._results.expect(call, piece.tool, None)

    def _reasoning_item(self, index: int, message: dict[str, Any], at: dict[str, Any]) -> None:
        """Roo keeps some reasoning as an item of its own, before the answer that it belongs to."""
        text = message.get("text")
        added = isinstance(text, str) and self._assembler.reasoning(
            text, response_id=f"message {index + 2}", **at
        )
        if added:
            self._tally.use()
        else:
            self._tally.skip("encrypted_reasoning")


def _blocks(content: Any) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [b for b in content if isinstance(b, dict)] if isinstance(content, list) else []


def _response(message: dict[str, Any]) -> Response:
    model = mapping(message.get("modelInfo")).get("modelId")
    tokens = mapping(mapping(message.get("metrics")).get("tokens"))
    return Response(
        model=model if isinstance(model, str) else None,
        input_tokens=_count(tokens.get("prompt")),
        output_tokens=_count(tokens.get("completion")),
        cached_tokens=_count(tokens.get("cached")),
    )


def _filled(response: Response, tokens: dict[str, Any]) -> Response:
    """Usage as the interface shows it, where the conversation has none."""
    if response.output_tokens is not None:
        return response
    return Response(
        model=response.model,
        input_tokens=_count(tokens.get("tokensIn")),
        output_tokens=_count(tokens.get("tokensOut")),
        cached_tokens=_count(tokens.get("cacheReads")),
    )


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
