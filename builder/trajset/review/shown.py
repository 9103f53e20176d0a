"""One trajectory's rows -> its entry in the page's list, and its content for the page.

The content holds each text and each message once, however many rows repeat it:

    texts   [text…]
    steps   [{role, text?, reasoning?, calls?, name?}…]     numbers point into `texts`
    rows    [{config, id, tokens, parts, failures, spans, …}…]
    part    {name, at: [step…], learnt?: [true | false | null…], start?, folded?}

A call is [name, [[argument, text, whether it is JSON]…]]. System prompts and tool schemas are the
same in many trajectories: they lie outside, and a number below zero points to them (-1 is 0).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from trajset.review.learnt import Responses
from trajset.review.stored import Row, Stored

Json = dict[str, Any]
_TITLE = 240
"""Signs of the first message in the list."""
_FACTS = (
    "category",
    "failed_tool",
    "distance",
    "n_retries",
    "step_in_recovery",
    "n_steps",
    "status_source",
    "confidence",
    "user_helped",
    "origin",
    "information_gap",
    "why",
    "n_tokens_trained",
    "needs_mask",
    "tools_source",
)
"""Columns that are told as they are, where a row has them."""


def shown(found: Stored, share: Callable[[str], int]) -> tuple[Json, Json]:
    """(entry of the list, content) of a trajectory.

    Args:
        found: its rows.
        share: takes a text that other trajectories have as well, returns its number.
    """
    content = _Content(share)
    rows = [content.row(config, row) for config, row in found.rows]
    responses = Responses(found.rows)
    for (config, row), made in zip(found.rows, rows, strict=True):
        if config == "codeact":
            made["parts"][0]["learnt"], made["links"] = responses.marks(row["trajectory"])
    entry = _entry(found)
    return entry, {"texts": content.texts, "steps": content.steps, "rows": rows}


def _entry(found: Stored) -> Json:
    config, first = found.rows[0]
    failures = [f for name, row in found.rows if name == "codeact" for f in row["failures"]]
    started = first["started_at"]
    configs = Counter(name for name, _ in found.rows)
    entry = {
        "id": found.id,
        "session": first["session_id"],
        "parent": first["parent_id"],
        "harness": first["harness"],
        "model": first["model"],
        "project": first["project"],
        "outcome": first["outcome"],
        "split": found.split,
        "started": None if started is None else started.strftime("%Y-%m-%d %H:%M"),
        "title": _title(config, first),
        "rows": dict(configs),
        "tokens": sum(row["n_tokens"] for name, row in found.rows if name == config),
        "failures": dict(Counter(f["category"] for f in failures)),
        "unrecovered": sum(not f["recovered"] for f in failures),
        "recovered": any(f["recovered"] for f in failures)
        or any(row.get("has_error_recovery") for _, row in found.rows),
    }
    return {name: value for name, value in entry.items() if value not in (None, {}, 0, False)}


def _title(config: str, row: Row) -> str:
    steps = row.get("trajectory") or row.get("messages") or row.get("prompt") or ()
    texts = (step["content"] for step in steps if step["role"] == "user")
    title = " ".join(next(texts, f"({config})").split())
    return title if len(title) <= _TITLE else title[:_TITLE] + "…"


class _Content:
    """Collects the texts and steps of one trajectory."""

    def __init__(self, share: Callable[[str], int]) -> None:
        self.texts: list[str] = []
        self.steps: list[Json] = []
        self._share = share
        self._text_at: dict[str, int] = {}
        self._step_at: dict[bytes, int] = {}

    def row(self, config: str, row: Row) -> Json:
        """A row as the page shows it."""
        tools = [-1 - self._share(_json(tool)) for tool in row.get("tools") or ()]
        span = row.get("span")
        made = {
            "config": config,
            "id": row["id"],
            "tokens": row["n_tokens"],
            "window": [row["window"] + 1, row["n_windows"]],
            "parts": self._parts(config, row),
            "failures": row.get("failures") or [],
            "spans": row.get("error_recovery_spans") or ([span] if span else []),
            "tools": tools,
            "facts": [[name, _said(row[name])] for name in _FACTS if row.get(name) is not None],
        }
        return {name: value for name, value in made.items() if value not in ([], None)}

    def _parts(self, config: str, row: Row) -> list[Json]:
        if config == "codeact":
            return [self._part("trajectory", row["trajectory"])]
        if config == "chat":
            learnt = [message.get("train") for message in row["messages"]]
            return [self._part("messages", row["messages"], learnt)]
        if config == "preference":
            sides = [self._part(name, row[name]) for name in ("chosen", "rejected")]
            return [self._part("prompt", row["prompt"], folded=True), *sides]
        if config == "tokenized":
            learnt_tokens = sum(label != -100 for label in row["labels"])
            return [{"name": f"{len(row['input_ids'])} tokens, {learnt_tokens} learnt", "at": []}]
        prompt = row["prompt"]
        # Of a repair, what is looked at first is the failure: its call and all that came after.
        cut = max(0, row["span"][0] - 1) if row.get("span") else len(prompt)
        parts = [
            self._part("prompt", prompt[:cut], folded=True),
            self._part("prompt, from the failure on", prompt[cut:], start=cut),
            self._part(
                "completion",
                row["completion"],
                [m["role"] == "assistant" or None for m in row["completion"]],
                start=len(prompt),
            ),
        ]
        return [part for part in parts if part["at"]]

    def _part(
        self,
        name: str,
        steps: Sequence[Json],
        learnt: Sequence[bool | None] | None = None,
        *,
        start: int = 0,
        folded: bool = False,
    ) -> Json:
        part: Json = {"name": name, "at": [self._step(step) for step in steps]}
        if learnt is not None:
            part["learnt"] = list(learnt)
        if start:
            part["start"] = start
        if folded:
            part["folded"] = True
        return part

    def _step(self, step: Json) -> int:
        """The number of a message (chat form) or an entry (codeact form)."""
        role = step["role"]
        made: Json = {"role": role}
        text = step.get("content")
        if text:
            made["text"] = -1 - self._share(text) if role == "system" else self._text(text)
        if step.get("reasoning_content"):
            made["reasoning"] = self._text(step["reasoning_content"])
        if role == "action":
            made["calls"] = [self._call(step["tool"], step["args"])]
        elif step.get("tool_calls"):
            made["calls"] = [
                self._call(call["function"]["name"], call["function"]["arguments"])
                for call in step["tool_calls"]
            ]
        if step.get("name"):
            made["name"] = step["name"]
        key = msgspec.json.encode(made)
        if key not in self._step_at:
            self._step_at[key] = len(self.steps)
            self.steps.append(made)
        return self._step_at[key]

    def _call(self, name: str, arguments: Any) -> list[Any]:
        if not isinstance(arguments, dict):
            return [name, [["", self._text(_said(arguments)), False]]]
        parts = [
            [key, self._text(_said(value)), not isinstance(value, str)]
            for key, value in arguments.items()
        ]
        return [name, parts]

    def _text(self, text: str) -> int:
        if text not in self._text_at:
            self._text_at[text] = len(self.texts)
            self.texts.append(text)
        return self._text_at[text]


def _said(value: Any) -> str:
    """A value as text: a string as it is, all else as JSON (numbers keep all their digits)."""
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
