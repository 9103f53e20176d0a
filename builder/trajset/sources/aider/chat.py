"""The blocks of one session, made into steps."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from trajset.sources.aider.blocks import Block
from trajset.sources.aider.console import announced, tokens_of, without_noise
from trajset.sources.aider.edits import Edit, outcome, split_edits
from trajset.sources.assemble import Assembler
from trajset.sources.tally import Tally
from trajset.trajectory import Response, Trajectory

_COMMAND = re.compile(r"[/!](\w*)")
_ASKED_TO_FIX = re.compile(r"^Attempt to fix \w+ errors\? .*\by(?:es)?\s*$", re.MULTILINE | re.I)
_ASKING = frozenset({"ask", "code", "architect", "help", "context", "ok"})
"""Commands whose text goes to the model."""
_RUNNING = frozenset({"run", "test", "lint", "web", "git", "commit", ""})
"""Commands whose result may go to the model; all others concern Aider alone."""


class Chat:
    """Collects the blocks of one session."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._assembler = Assembler(tally)
        self._responses: dict[str, Response] = {}
        self._response: str | None = None
        self._edits: list[tuple[str, Edit]] = []
        self._model: str | None = None
        self._version: str | None = None
        self._listening = False
        self.spoken = False
        """Whether a person said something to the model, or it answered."""

    def header(self) -> None:
        """A session begins."""
        self._tally.use()

    def typed(self, block: Block) -> None:
        """A person typed a prompt or a command."""
        self._tally.use()
        self._edits.clear()
        self._response = None
        match = _COMMAND.match(block.text)
        name = match[1] if match else None
        to_model = name is None or (name in _ASKING and " " in block.text.strip())
        self._listening = to_model or name in _RUNNING
        self.spoken = self.spoken or to_model
        self._assembler.message(
            "user", block.text, "human" if to_model else "harness", line=block.line
        )

    def console(self, block: Block, following: list[Block]) -> None:
        """Aider printed something; `following` holds the next block, if there is one."""
        model, version = announced(block.text)
        self._model = model or self._model
        self._version = version or self._version
        self._usage(block.text)
        # Without a prompt: Aider sends the errors that it printed, if the user agrees.
        self._listening = self._listening or _ASKED_TO_FIX.search(block.text) is not None
        used = bool(model or version)
        remaining = block.text
        if self._edits:
            answered, remaining = outcome([edit for _, edit in self._edits], block.text)
            for position, result in sorted(answered.items(), reverse=True):
                call_id, _ = self._edits.pop(position)
                self._assembler.observation(
                    result.text, call_id=call_id, status=result.status, line=block.line
                )
                used = True
        text = without_noise(remaining)
        if text and (self.spoken or (following and following[0].kind == "model")):
            self._assembler.message("user", text, "environment", line=block.line)
            used = True
        if used:
            self._tally.use()
        else:
            self._tally.skip("console_noise")

    def said(self, block: Block) -> None:
        """Text without a mark: the model's if it was asked something, else a command's output."""
        self._tally.use()
        if not self._listening:
            self._assembler.message("user", block.text, "environment", line=block.line)
            return
        self.spoken = True
        self._edits.clear()
        self._response = f"line {block.line}"
        self._responses[self._response] = Response(model=self._model)
        at: dict[str, Any] = {"response_id": self._response, "line": block.line}
        for piece in split_edits(block.text):
            if isinstance(piece, str):
                self._assembler.message("assistant", piece, "model", **at)
            else:
                call = self._assembler.call("edit", {"input": piece.text}, learn=piece.whole, **at)
                self._edits.append((call, piece))

    def build(self, **fields: Any) -> Trajectory | None:
        """The trajectory of all that was added."""
        models = Counter(r.model for r in self._responses.values() if r.model)
        return self._assembler.build(
            harness_version=self._version,
            model=models.most_common(1)[0][0] if models else self._model,
            responses=self._responses,
            **fields,
        )

    def _usage(self, text: str) -> None:
        tokens = tokens_of(text)
        if tokens is None or self._response is None:
            return
        sent, received = tokens
        self._responses[self._response] = Response(
            model=self._model, input_tokens=sent, output_tokens=received
        )
