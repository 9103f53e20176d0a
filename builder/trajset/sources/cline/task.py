"""What the side files of a task tell about its conversation: times, usage, model, version."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

from trajset.sources.lenient import items, mapping
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms


class Task(Struct):
    """Facts gathered from `ui_messages.json` and `task_metadata.json`."""

    version: str | None = None
    model: str | None = None
    times: dict[int, int] = field(default_factory=dict)
    """Index of a message of the conversation -> when it was written."""
    usage: list[dict[str, Any]] = field(default_factory=list)
    """Token counts of each request, in order, as the interface shows them."""

    def metadata(self, document: dict[str, Any]) -> None:
        """Read `task_metadata.json`."""
        for used in items(document.get("model_usage")):
            model = mapping(used).get("model_id")
            self.model = model if isinstance(model, str) else self.model
        for seen in items(document.get("environment_history")):
            version = mapping(seen).get("cline_version")
            self.version = version if isinstance(version, str) else self.version

    def interface(self, entries: Any, tally: Tally) -> None:
        """Read `ui_messages.json`: a request stands for the prompt before it and its answer."""
        for entry in items(entries):
            if not isinstance(entry, dict):
                tally.skip("not_an_object")
                continue
            at = to_ms(entry.get("ts"))
            if entry.get("say") != "api_req_started":
                tally.skip("interface")
                continue
            tally.use()
            self.usage.append(_tokens(entry.get("text")))
            index = entry.get("conversationHistoryIndex")
            if at is not None and isinstance(index, int):
                self.times[index + 1] = at
                self.times[index + 2] = at


def _tokens(text: Any) -> dict[str, Any]:
    try:
        return mapping(msgspec.json.decode(text)) if isinstance(text, str) else {}
    except (msgspec.DecodeError, RecursionError):
        return {}
