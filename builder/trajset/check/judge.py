"""Judging the rows of a dataset folder as the trainer will see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq

from trajset.check.verdict import (
    CUT,
    LEARNS_MORE,
    LOSES_CALL,
    LOSES_REASONING,
    MASKED,
    NO_STOP,
    REFUSED,
    TEXT_ARGUMENTS,
    Checked,
    Shown,
    Verdict,
)
from trajset.fit.capabilities import capabilities, lost
from trajset.fit.chat_template import ChatTemplate
from trajset.fit.counter import RenderError
from trajset.fit.labels import IGNORED
from trajset.fit.template_counter import TemplateCounter
from trajset.folder import read_manifest
from trajset.manifest import Manifest

CONFIGS = ("chat", "sft", "error_recovery", "preference", "tokenized")
_LOOKED_AT = ("sft", "error_recovery", "tokenized", "chat")
Row = dict[str, Any]


class CheckError(ValueError):
    """There is nothing to check. The text says why."""


def check(
    folder: Path, counter: TemplateCounter, max_length: int | None = None, rows: int | None = None
) -> Checked:
    """Check a dataset folder against a tokenizer.

    Args:
        folder: what a build wrote.
        counter: the tokenizer and its templates.
        max_length: what the trainer will be given; without it, the manifest's.
        rows: look only at the first so many rows of a config.

    Raises:
        CheckError: there is no dataset.
        FolderError: the folder is not ours, or damaged.
    """
    manifest = read_manifest(folder) if folder.is_dir() else None
    if manifest is None:
        raise CheckError(f"{folder}: expected a dataset folder that a build wrote, found none")
    labeller = counter.labeller
    marks = None if labeller is None else labeller.template
    same = manifest.training["tokenizer_digest"] == counter.digest
    checked = Checked(
        tokenizer=counter.name,
        max_length=max_length or int(manifest.training["max_length"]),
        template=None if marks is None else marks.name,
        swapped=marks is not None and marks is counter.training,
        learns_to_stop=labeller is not None and labeller.learns_to_stop,
        own=capabilities(counter.own),
        training=None if marks is None else capabilities(marks),
        built_with=None if same else str(manifest.training["tokenizer"]),
    )
    judge = _Judge(counter, checked)
    for config in CONFIGS:
        if config == "tokenized" and checked.built_with is not None:
            if any(shard.config == config for shard in manifest.shards):
                checked.configs[config] = Verdict()
            continue
        for row in islice(read_rows(folder, manifest, config), rows):
            judge.row(config, row)
    checked.shown = [judge.first[c] for c in _LOOKED_AT if c in judge.first][:3]
    return checked


def read_rows(folder: Path, manifest: Manifest, config: str) -> Iterator[Row]:
    """The rows of a config, in the order of its shards."""
    for shard in manifest.shards:
        if shard.config != config:
            continue
        with pq.ParquetFile(folder / shard.file) as file:
            for batch in file.iter_batches(batch_size=50):
                for row in batch.to_pylist():
                    yield {name: _decoded(value) for name, value in row.items()}


def _decoded(value: Any) -> Any:
    """A list of JSON texts as what it holds."""
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [msgspec.json.decode(item) for item in value]
    return value


class _Judge:
    """Looks at rows one after the other and takes note in a `Checked`."""

    def __init__(self, counter: TemplateCounter, checked: Checked) -> None:
        self.first: dict[str, Shown] = {}
        self._tokenizer = counter.tokenizer
        self._own = counter.own
        self._labeller = counter.labeller
        self._checked = checked

    def row(self, config: str, row: Row) -> None:
        """Judge one row."""
        verdict = self._checked.configs.setdefault(config, Verdict())
        if row.get("needs_mask"):
            verdict.set_aside += 1
            return
        verdict.rows += 1
        if config == "tokenized":
            self._seen(config, row["id"], row["input_ids"], row["labels"])
            if self._labeller is not None and not self._labeller.stops(row["labels"]):
                verdict.note(NO_STOP, row["id"])
            return
        if any(isinstance(a, str) for a in _arguments(row)):
            verdict.note(TEXT_ARGUMENTS, row["id"])
        try:
            if config == "preference":
                self._preference(row, verdict)
            elif self._labeller is not None:
                self._masked(config, row, verdict)
        except RenderError:
            verdict.note(REFUSED, row["id"])

    def _masked(self, config: str, row: Row, verdict: Verdict) -> None:
        """A row for `SFTTrainer(assistant_only_loss=True)`."""
        assert self._labeller is not None
        template = self._labeller.template
        prompt: list[Any] = row.get("prompt", [])
        answer: list[Any] = row["completion"] if "completion" in row else row["messages"]
        text, spans = template.marked([*prompt, *answer], row["tools"])
        ids, labels = self._trl_labels(template, prompt, answer, row["tools"])
        self._seen(config, row["id"], ids, labels)
        if prompt:
            exact = self._labeller.label_completion(prompt, answer, row["tools"])
            more = sum(
                trl != IGNORED and ours == IGNORED
                for trl, ours in zip(labels, exact.labels, strict=True)
            )
            # A token may lie across the border of what the assistant wrote.
            if not exact.unrendered and more > 2 * len(spans):
                verdict.note(LEARNS_MORE, row["id"])
        written = "".join(text[first:stop] for first, stop in spans)
        self._losses(verdict, row["id"], answer, written)

    def _preference(self, row: Row, verdict: Verdict) -> None:
        """A row for `DPOTrainer`, which renders with the tokenizer's own template."""
        sides = [("chosen", row["chosen"]), ("rejected", row["rejected"])]
        prompt = self._own.render(row["prompt"], row["tools"], prompt=True)
        longest = 0
        for side, messages in sides:
            text = self._own.render([*row["prompt"], *messages], row["tools"])
            size = len(self._encode(text))
            longest = max(longest, size)
            if side == "chosen":
                verdict.tokens += size
                verdict.learnt += max(0, size - len(self._encode(prompt)))
            self._losses(verdict, row["id"], messages, text[_common(prompt, text) :])
        if longest > self._checked.max_length:
            verdict.note(CUT, row["id"])

    def _losses(
        self, verdict: Verdict, row_id: str, messages: Sequence[Mapping[str, Any]], written: str
    ) -> None:
        gone = set().union(*(lost(m, written) for m in messages if m["role"] == "assistant"))
        if "call" in gone:
            verdict.note(LOSES_CALL, row_id)
        if "reasoning" in gone:
            verdict.note(LOSES_REASONING, row_id)

    def _seen(self, config: str, row_id: str, ids: list[int], labels: list[int]) -> None:
        verdict, limit = self._checked.configs[config], self._checked.max_length
        learnt = sum(label != IGNORED for label in labels[:limit])
        verdict.tokens += min(len(ids), limit)
        verdict.learnt += learnt
        if len(ids) > limit:
            verdict.note(CUT, row_id)
        if not learnt:
            verdict.note(MASKED, row_id)
        if config not in self.first:
            self.first[config] = Shown(id=row_id, config=config, ids=ids, labels=labels)

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    def _trl_labels(
        self, template: ChatTemplate, prompt: Sequence[Any], answer: Sequence[Any], tools: Any
    ) -> tuple[list[int], list[int]]:
        """Ids and labels as TRL makes them."""
        whole = self._tokenizer.apply_chat_template(
            [*prompt, *answer],
            tools=tools,
            chat_template=template.text,
            return_dict=True,
            return_assistant_tokens_mask=True,
        )
        ids, mask = list(whole["input_ids"]), whole["assistant_masks"]
        cut = 0
        if prompt:
            before = self._encode(template.render(prompt, tools, prompt=True))
            pairs = zip(before, ids, strict=False)
            cut = next((i for i, (a, b) in enumerate(pairs) if a != b), len(before))
        return ids, [
            token if flag and at >= cut else IGNORED
            for at, (token, flag) in enumerate(zip(ids, mask, strict=True))
        ]


def _arguments(row: Row) -> Iterator[Any]:
    for column in ("messages", "prompt", "completion", "chosen", "rejected"):
        for message in row.get(column, ()):
            for call in message.get("tool_calls") or ():
                yield call["function"]["arguments"]


def _common(one: str, other: str) -> int:
    """Length of what two texts have in common at their start."""
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
