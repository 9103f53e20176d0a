"""Config `sft`: prompt and completion for `SFTTrainer(assistant_only_loss=True)`.

Whatever must not be learnt stands in the prompt: a window is split again after each assistant
message that must not be learnt. It is split after each user message as well: many templates drop
the reasoning of turns before the last user message, so a completion across one would lose its
reasoning, and its prompt would render differently alone (TRL then learns from where they differ).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trajset.fit.blocks import Item
from trajset.trajectory import Trajectory
from trajset.views.conversation import conversation
from trajset.views.loss import kept_from_training
from trajset.views.messages import joined
from trajset.views.view import COMMON, ColumnType, Context, Place, Row, common
from trajset.views.windowed import windows_of

NAME = "sft"
FEATURES: dict[str, ColumnType] = {
    **COMMON,
    "prompt": "list<json>",
    "completion": "list<json>",
    "tools": "list<json>",
    "tools_source": "string",
    "n_tokens_trained": "int32",
}


def render(trajectory: Trajectory, place: Place, context: Context) -> Iterator[Row]:
    """One row for each run of learnt responses in a window."""
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
        ends=lambda items, first_own: [end for _, end in runs(items, first_own)],
    )
    ordinal = 0
    for number, window in enumerate(windows):
        items = window.items
        ranges = list(runs(items, window.first_own))
        if not_learnt := missed(items, window.first_own):
            context.drop("follows_an_assistant_message", not_learnt)
        elif not ranges:
            context.drop("nothing_to_learn")
        for (start, end), n_tokens in zip(ranges, window.tokens, strict=True):
            messages, index = joined(items[:end])
            cut = index[start]
            trained = sum(
                item.weight for item in items[start:end] if item.message["role"] == "assistant"
            )
            yield {
                **common(trajectory, place, NAME, ordinal, n_tokens, number, len(windows)),
                "prompt": messages[:cut],
                "completion": messages[cut:],
                "tools": talk.tools,
                "tools_source": talk.tools_source,
                "n_tokens_trained": trained,
            }
            ordinal += 1


def runs(items: Sequence[Item], first_own: int) -> Iterator[tuple[int, int]]:
    """Half-open ranges of items that may be completions: from a learnt assistant message to the
    last one before the next user message or assistant message that is not learnt. None begins
    right after an assistant message.
    """
    start: int | None = None
    end = 0
    for at, item in enumerate(items):
        role = item.message["role"]
        if role == "tool":
            continue
        follows = at > 0 and items[at - 1].message["role"] == "assistant"
        if role == "assistant" and item.learn and at >= first_own:
            if start is None and not follows:
                start = at
            end = at + 1
        elif start is not None:
            yield start, end
            start = None
    if start is not None:
        yield start, end


def missed(items: Sequence[Item], first_own: int) -> int:
    """How many messages may be learnt but are in no range of `runs`: those that come right after
    an assistant message that is not. What the agent saw in between is not in the log."""
    ranges = list(runs(items, first_own))
    return sum(
        item.learn and not any(start <= at < end for start, end in ranges)
        for at, item in enumerate(items)
        if at >= first_own
    )
