"""Config `tokenized`: token ids and labels, for any trainer; made only with a real tokenizer.

Learnt are what `sft` learns and no more: the texts, reasoning, calls and end-of-turn tokens of the
responses that the loss policy allows, exactly where the training template marks them. Where that
template keeps messages apart, a window is one row; else each run of learnt responses is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trajset.fit.blocks import Item
from trajset.fit.counter import Counter, RenderError
from trajset.fit.labels import Labelled, Labeller
from trajset.trajectory import Trajectory
from trajset.views.conversation import conversation
from trajset.views.loss import kept_from_training
from trajset.views.messages import joined
from trajset.views.sft import missed, runs
from trajset.views.view import COMMON, ColumnType, Context, Place, Row, common
from trajset.views.windowed import Tools, Windowed, windows_of

NAME = "tokenized"
FEATURES: dict[str, ColumnType] = {**COMMON, "input_ids": "list<int32>", "labels": "list<int32>"}


def needs(counter: Counter) -> str | None:
    """Why no rows can be made with this counter, or None where they can."""
    if counter.approximate:
        return (
            "fit.tokenizer must name a local tokenizer folder or a hub id, "
            f"and it is {counter.name}"
        )
    if counter.labeller is None:
        return (
            f"the chat template of {counter.name} has no {{% generation %}} marks, "
            "and TRL (`pip install trl`) has no training template for it"
        )
    return None


def render(trajectory: Trajectory, place: Place, context: Context) -> Iterator[Row]:
    """One row a window, or a row for each run of learnt responses in it.

    Raises:
        ValueError: the counter has no real tokenizer (see `needs`).
    """
    labeller = context.counter.labeller
    if labeller is None:
        raise ValueError(f"config {NAME}: {needs(context.counter)}")
    if (reason := kept_from_training(trajectory, context.section)) is not None:
        context.drop(reason)
        return
    talk = conversation(trajectory, place, context)
    windows = windows_of(
        trajectory,
        talk.segments,
        place.copied,
        talk.tools,
        context,
        overlap=context.fit.overlap,
        ends=_last if labeller.whole else _runs,
    )
    ordinal = 0
    for number, window in enumerate(windows):
        if not_learnt := missed(window.items, window.first_own):
            context.drop("follows_an_assistant_message", not_learnt)
        elif not window.tokens:
            context.drop("nothing_to_learn")
        for labelled in _labelled(window, labeller, talk.tools, context):
            if labelled.unrendered:
                context.note("response_not_rendered_whole", labelled.unrendered)
            if not labelled.learnt:
                context.drop("nothing_to_learn")
                continue
            yield {
                **common(trajectory, place, NAME, ordinal, len(labelled.ids), number, len(windows)),
                "input_ids": labelled.ids,
                "labels": labelled.labels,
            }
            ordinal += 1


def _last(items: Sequence[Item], first_own: int) -> Sequence[int]:
    """Where the one row of a window ends: after the last message to learn."""
    return _runs(items, first_own)[-1:]


def _runs(items: Sequence[Item], first_own: int) -> Sequence[int]:
    return [end for _, end in runs(items, first_own)]


def _labelled(
    window: Windowed, labeller: Labeller, tools: Tools, context: Context
) -> Iterator[Labelled]:
    items, first_own = window.items, window.first_own
    try:
        if labeller.whole:
            ranges = list(runs(items, first_own))
            for _, end in ranges[-1:]:
                said = [at for at in range(end) if items[at].message["role"] == "assistant"]
                flags = [any(start <= at < stop for start, stop in ranges) for at in said]
                yield labeller.label(joined(items[:end])[0], tools, flags)
            return
        for start, end in runs(items, first_own):
            messages, index = joined(items[:end])
            cut = index[start]
            yield labeller.label_completion(messages[:cut], messages[cut:], tools)
    except RenderError:
        context.drop("template_refuses")
