"""TRL's own dataset preparation on every row of every case, against our labels and checked-in text.

`masks/<template>/<harness>-<case>.txt` holds what TRL learns of each row, decoded. Refresh with
`pytest -m slow tests/test_mask_oracle.py --update-golden`, then read the diff.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from case_rows import CaseRow, case_rows
from conftest import ROOT
from templating import TEMPLATES, tokenizer_with
from trajset.fit.labels import IGNORED, Labeller
from trajset.fit.template_counter import TemplateCounter
from trajset.shards import features_of
from trajset.trajectory import MODEL_AT_FAULT
from trajset.views import chat, error_recovery, sft, tokenized
from trajset.views.section import Views

pytestmark = pytest.mark.slow
pytest.importorskip("torch", reason="the extra `train` is not installed: no torch")
trl = pytest.importorskip("trl", reason="the extra `train` is not installed: no trl")

sys.path.insert(0, str(ROOT / "scripts"))
from tiny_model import tiny_model  # noqa: E402 - it lies beside the scripts that use it

MASKS = Path(__file__).parent / "masks"
REVIEWED = ("qwen3", "qwen2_5", "glm4moe")
"""Templates whose learnt text is checked in."""
MORE = ("qwen3_6", "nemotron_3_nano")
"""A prompt that ends inside the reasoning, with messages kept apart and not."""
MAX_LENGTH = 32_768
Labels = list[int]


class Prepared(Struct, frozen=True, kw_only=True):
    """A row beside what TRL made of it."""

    made_of: CaseRow
    ids: list[int]
    labels: Labels

    @property
    def messages(self) -> list[dict[str, Any]]:
        row = self.made_of.row
        return row["messages"] if "messages" in row else [*row["prompt"], *row["completion"]]

    @property
    def learnt(self) -> list[bool]:
        """For each assistant message whether the trainer may learn it."""
        row = self.made_of.row
        if "messages" in row:
            return [m["train"] for m in row["messages"] if m["role"] == "assistant"]
        sides = [(m, side) for side in ("prompt", "completion") for m in row[side]]
        return [side == "completion" for m, side in sides if m["role"] == "assistant"]


class Oracle(Struct, frozen=True, kw_only=True):
    """One template: the rows of all cases as TRL prepares them, and our tokenized rows."""

    name: str
    counter: TemplateCounter
    labeller: Labeller
    prepared: list[Prepared]
    tokenized: list[CaseRow]

    def of(self, *configs: str) -> list[Prepared]:
        return [p for p in self.prepared if p.made_of.config in configs]


def prepare(tokenizer: Any, rows: Sequence[CaseRow], columns: dict[str, Any]) -> list[Prepared]:
    """What `SFTTrainer(assistant_only_loss=True)` makes of rows; none may be lost or cut."""
    from datasets import Dataset, Features

    keys = sorted(set(columns) & {"messages", "prompt", "completion", "tools", "id"})
    features = Features.from_dict(features_of({key: columns[key] for key in keys}))
    data = Dataset.from_dict({key: [r.row[key] for r in rows] for key in keys}, features=features)
    arguments = trl.SFTConfig(
        output_dir="unused",
        max_length=MAX_LENGTH,
        assistant_only_loss=True,
        completion_only_loss="prompt" in columns,
        bf16=False,
        report_to="none",
    )
    trainer = trl.SFTTrainer(
        model=tiny_model(tokenizer, MAX_LENGTH),
        args=arguments,
        train_dataset=data,
        processing_class=tokenizer,
    )
    made = trainer.train_dataset
    assert made["id"] == [r.row["id"] for r in rows]
    return [
        Prepared(made_of=of, ids=ids, labels=labels)
        for of, ids, labels in zip(rows, made["input_ids"], made["labels"], strict=True)
    ]


@pytest.fixture(scope="module", params=[*REVIEWED, *MORE])
def oracle(request: pytest.FixtureRequest) -> Oracle:
    name = request.param
    tokenizer = tokenizer_with(TEMPLATES[name])
    counter = TemplateCounter.of(tokenizer, name)
    assert counter.labeller is not None
    views = (sft, error_recovery, chat, tokenized)
    rows = [r for r in case_rows(counter, views, Views()) if not r.row.get("needs_mask")]
    pairs = [r for r in rows if "prompt" in r.row]
    whole = [r for r in rows if r.config == "chat"]
    return Oracle(
        name=name,
        counter=counter,
        labeller=counter.labeller,
        prepared=[
            *prepare(tokenizer, pairs, sft.FEATURES),
            *prepare(tokenizer, whole, chat.FEATURES),
        ],
        tokenized=[r for r in rows if r.config == "tokenized"],
    )


def positions(labels: Sequence[int]) -> set[int]:
    return {at for at, label in enumerate(labels) if label != IGNORED}


def stretches(tokenizer: Any, labels: Sequence[int]) -> Iterator[str]:
    """The runs of learnt tokens, decoded."""
    for learnt, run in groupby(labels, key=lambda label: label != IGNORED):
        if learnt:
            yield tokenizer.decode(list(run))


def test_no_row_is_longer_than_its_column_says(oracle: Oracle) -> None:
    for one in oracle.prepared:
        assert len(one.ids) == len(one.labels) <= one.made_of.row["n_tokens"] <= MAX_LENGTH
        assert positions(one.labels)


def test_labels_of_completions_are_ours_token_by_token(oracle: Oracle) -> None:
    for one in oracle.of("sft", "error_recovery"):
        row = one.made_of.row
        ours = oracle.labeller.label_completion(row["prompt"], row["completion"], row["tools"])
        assert ours.unrendered == 0, row["id"]
        assert (ours.ids, ours.labels) == (one.ids, one.labels), row["id"]


def test_labels_of_whole_conversations_are_ours_token_by_token(oracle: Oracle) -> None:
    compared = 0
    for one in oracle.of("chat"):
        ours = oracle.labeller.label(one.messages, one.made_of.row["tools"], one.learnt)
        assert ours.ids == one.ids
        if oracle.labeller.whole:
            assert ours.unrendered == 0
        if not ours.unrendered:
            assert ours.labels == one.labels, one.made_of.row["id"]
            compared += 1
    assert compared > 0.8 * len(oracle.of("chat"))


def test_tokenized_learns_what_trl_learns_of_sft(oracle: Oracle) -> None:
    """Each window of `tokenized` holds the ids of its `sft` rows, and learns all that they do.

    Where the template marks the end of what it ends a prompt with as well, TRL learns this (a line
    end, a `<think>`) in all but the first response of a completion; in a window we learn it always.
    """

    def window(made_of: CaseRow) -> tuple[int, int]:
        return id(made_of.trajectory), made_of.row["window"]

    sides: dict[Any, list[Prepared]] = {}
    for one in oracle.of("sft"):
        sides.setdefault(window(one.made_of), []).append(one)
    if not oracle.labeller.whole:
        trl_rows = sorted((o.made_of.case, o.ids, o.labels) for o in oracle.of("sft"))
        our_rows = sorted((t.case, t.row["input_ids"], t.row["labels"]) for t in oracle.tokenized)
        assert our_rows == trl_rows
        return
    assert {window(t) for t in oracle.tokenized} == set(sides)
    question = [{"role": "user", "content": "?"}]
    template = oracle.labeller.template
    waiting = template.render(question, (), prompt=True)[len(template.render(question, ())) :]
    for made_of in oracle.tokenized:
        ids, labels = made_of.row["input_ids"], made_of.row["labels"]
        learnt: set[int] = set()
        for one in sides[window(made_of)]:
            assert ids[: len(one.ids)] == one.ids
            learnt |= positions(one.labels)
        more = positions(labels) - learnt
        assert learnt <= positions(labels)
        assert all(oracle.counter.tokenizer.decode(ids[at]) in waiting for at in more)


def test_no_observation_and_no_user_text_is_learnt(oracle: Oracle) -> None:
    """What others wrote stands between the learnt stretches of the rendered text."""
    for one in oracle.prepared:
        text, spans = oracle.labeller.template.marked(one.messages, one.made_of.row["tools"])
        assert learnt_outside(oracle, one, text, spans) == []
        stops, starts = [0, *(s for _, s in spans)], [*(f for f, _ in spans), len(text)]
        gaps = [text[stop:start] for stop, start in zip(stops, starts, strict=True)]
        said = 0
        for message in one.messages:
            if message["role"] == "assistant":
                said += 1
            else:
                assert message["content"].strip() in gaps[said], one.made_of.row["id"]


def learnt_outside(
    oracle: Oracle, one: Prepared, text: str, spans: Sequence[tuple[int, int]]
) -> list[str]:
    """Learnt tokens that do not lie in the span of a message that may be learnt."""
    wanted = [span for span, learnt in zip(spans, one.learnt, strict=True) if learnt]
    encoded = oracle.counter.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    assert encoded["input_ids"] == one.ids
    return [
        text[first:stop]
        for at, (first, stop) in enumerate(encoded["offset_mapping"])
        if one.labels[at] != IGNORED and not any(a <= first and stop <= b for a, b in wanted)
    ]


def test_no_failed_call_is_learnt(oracle: Oracle) -> None:
    seen = 0
    for one in oracle.prepared:
        failed = {
            f.call_id for f in one.made_of.trajectory.failures if f.category in MODEL_AT_FAULT
        }
        said = [m for m in one.messages if m["role"] == "assistant"]
        _, spans = oracle.labeller.template.marked(one.messages, one.made_of.row["tools"])
        assert len(spans) == len(said)
        for message, learnt in zip(said, one.learnt, strict=True):
            if failed & {call["id"] for call in message.get("tool_calls", ())}:
                seen += 1
                assert not learnt
    assert seen


def test_what_is_learnt_is_the_text_that_was_reviewed(oracle: Oracle, update_golden: bool) -> None:
    if oracle.name not in REVIEWED:
        pytest.skip("its text is not checked in, its labels are compared")
    folder = MASKS / oracle.name
    texts: dict[str, str] = {}
    for one in sorted(oracle.prepared, key=lambda o: o.made_of.case):
        row = one.made_of.row
        learnt = "\n---\n".join(stretches(oracle.counter.tokenizer, one.labels))
        text = f"=== {one.made_of.config} {row['id']}\n{learnt.rstrip()}\n"
        texts[one.made_of.case] = texts.get(one.made_of.case, "") + text
    if update_golden:
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob("*.txt"):
            path.unlink()
        for case, text in texts.items():
            (folder / f"{case}.txt").write_text(text, encoding="utf-8")
    golden = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.txt")}
    assert texts == golden
