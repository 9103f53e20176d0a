"""The steps of one record: what a source adds for it, with numbered keys and one place."""

from __future__ import annotations

from typing import Any

from trajset.sources.assemble import Assembler
from trajset.trajectory import Origin, Role, Status


class RecordSteps:
    """Adds the steps of one record to an assembler.

    `at` holds the common fields (`key`, `timestamp`, `line`, `cwd`, and `learn` for model-written
    steps). The first step gets the record's key, further ones the key with `#2`, `#3`…
    """

    def __init__(self, assembler: Assembler, **at: Any) -> None:
        self._assembler = assembler
        self._at = at
        self.count = 0
        """Steps added so far: a record that added none was empty."""

    def model(self, text: str, response_id: str | None = None) -> None:
        """Add text that the model said."""
        added = self._assembler.message(
            "assistant", text, "model", response_id=response_id, **self._place()
        )
        self.count += added

    def message(self, text: str, origin: Origin, role: Role = "user") -> None:
        """Add a message that no model wrote."""
        place = self._place()
        place.pop("learn", None)
        self.count += self._assembler.message(role, text, origin, **place)

    def reasoning(self, text: Any, response_id: str | None = None) -> None:
        """Add reasoning, if it is readable text."""
        if isinstance(text, str):
            added = self._assembler.reasoning(text, response_id=response_id, **self._place())
            self.count += added

    def call(self, tool: Any, arguments: Any, call_id: Any, response_id: str | None = None) -> str:
        """Add a call; returns the id that it got. One that names no tool is not learnt."""
        place = self._place()
        named = isinstance(tool, str) and tool != ""
        if not named:
            place["learn"] = False
        new_id = self._assembler.call(
            tool if named else "unknown",
            arguments,
            call_id=call_id if isinstance(call_id, str) and call_id else None,
            response_id=response_id,
            **place,
        )
        self.count += 1
        return new_id

    def observation(
        self, text: str, call_id: Any, status: Status = "unknown", exit_code: int | None = None
    ) -> str | None:
        """Add a result; returns the id of the call that it answers, or None."""
        answered = self._assembler.observation(
            text,
            call_id=call_id if isinstance(call_id, str) and call_id else None,
            status=status,
            exit_code=exit_code,
            **self._place(),
        )
        # A result without a call and without text adds nothing.
        self.count += answered is not None or bool(text.strip())
        return answered

    def _place(self) -> dict[str, Any]:
        key = self._at.get("key")
        if key is None or self.count == 0:
            return dict(self._at)
        return {**self._at, "key": f"{key}#{self.count + 1}"}
