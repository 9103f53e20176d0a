"""The linter inside a build: what must hold for each row, whatever the view that made it.

A violation is an error with the ids of rows, and nothing is published. The rules look at rows only,
never at how they were made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from trajset.fit.counter import Counter
from trajset.fit.labels import IGNORED
from trajset.views.view import Row

MUST_TEACH = frozenset({"sft", "error_recovery", "tokenized"})
"""Configs each of whose rows is there to be learnt from."""
MASKED = frozenset({"sft", "error_recovery"})
"""Configs that are trained with `assistant_only_loss`."""
_SHOWN = 5


class LintError(RuntimeError):
    """Rows that must not be written; the text names the rule, and rows by id."""


class Seen(Struct, kw_only=True):
    """What the linter saw of a config."""

    rows: int = 0
    tokens: int = 0
    learnt: int | None = None
    """Tokens that a trainer learns from; None where the config does not say."""
    violations: dict[str, list[str]] = field(default_factory=dict)
    """Rule -> ids of rows that break it, in order."""
    least: tuple[float, str] | None = None
    """The smallest share of learnt tokens, and its row."""

    @property
    def share(self) -> float | None:
        """Share of its tokens that a trainer learns from, to 6 decimals."""
        if self.learnt is None or not self.tokens:
            return None
        return round(self.learnt / self.tokens, 6)

    def add(self, other: Seen) -> None:
        """Add what was seen of the same config elsewhere."""
        self.rows += other.rows
        self.tokens += other.tokens
        if other.learnt is not None:
            self.learnt = (self.learnt or 0) + other.learnt
        for rule, ids in other.violations.items():
            self.violations.setdefault(rule, []).extend(ids)
        self.least = min((x for x in (self.least, other.least) if x is not None), default=None)


def inspect(seen: Seen, config: str, row: Row, answered: Collection[str], counter: Counter) -> None:
    """Look at one row. `answered` holds the ids of calls that have a result in their log."""
    seen.rows += 1
    seen.tokens += row["n_tokens"]
    learnt = learnt_tokens(config, row, counter)
    if learnt is not None:
        seen.learnt = (seen.learnt or 0) + learnt
        share = (learnt / max(1, row["n_tokens"]), row["id"])
        seen.least = share if seen.least is None else min(seen.least, share)
    rules = list(_broken(row, answered))
    if config in MUST_TEACH and not learnt:
        rules.append("nothing in it is learnt")
    labeller = counter.labeller
    if labeller is not None and (
        (config in MASKED and not labeller.learns_to_stop)
        or (config == "tokenized" and not labeller.stops(row["labels"]))
    ):
        rules.append("the token that ends a turn is outside what is learnt")
    for rule in dict.fromkeys(rules):
        seen.violations.setdefault(rule, []).append(row["id"])


def learnt_tokens(config: str, row: Row, counter: Counter) -> int | None:
    """Tokens of a row that a trainer learns from; None where the config does not say."""
    if config == "tokenized":
        labels: list[int] = row["labels"]
        return sum(label != IGNORED for label in labels)
    if "n_tokens_trained" in row:
        return int(row["n_tokens_trained"])
    if "messages" in row and "student_action" not in row:
        learnt = [message for message in row["messages"] if message.get("train")]
    elif "prompt" in row:
        learnt = row["completion"] if "completion" in row else row["chosen"]
    else:
        return None
    return sum(counter.weight(message) for message in learnt if message["role"] == "assistant")


def _broken(row: Row, answered: Collection[str]) -> Iterator[str]:
    """The rules about messages that a row breaks."""
    if "prompt" in row and (not row["prompt"] or row["prompt"][-1]["role"] == "assistant"):
        yield "its prompt is empty or ends in an assistant message"
    for side in ("completion", "chosen", "rejected"):
        if side in row:
            yield from _broken_run([*row["prompt"], *row[side]])
    if "messages" in row:
        yield from _broken_run(row["messages"])
    learnt = [m for m in row.get("messages", ()) if m.get("train")] + [
        *row.get("completion", ()),
        *row.get("chosen", ()),
    ]
    if any(call["id"] not in answered for message in learnt for call in _calls(message)):
        yield "a call without a result is learnt"


def _broken_run(messages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    waiting: set[str] = set()
    for message in messages:
        if message["role"] == "assistant":
            if waiting:
                yield "a call is not answered before the next assistant message"
            waiting = {call["id"] for call in _calls(message)}
        elif message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                yield "a result answers no call of the message before it"
            waiting.discard(message["tool_call_id"])


def _calls(message: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    made: Sequence[Mapping[str, Any]] = message.get("tool_calls", ())
    return made


def refuse(seen: Mapping[str, Seen], floor: float) -> None:
    """Raise for violations, and for configs that teach less than a share `floor` of their tokens.

    Raises:
        LintError: there are some; all of them are named.
    """
    found = []
    for config, what in seen.items():
        for rule, ids in what.violations.items():
            more = f" and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else ""
            found.append(f"config {config}: {rule}: {', '.join(ids[:_SHOWN])}{more}")
        if config in MUST_TEACH and what.share is not None and what.share < floor:
            least = f", least in {what.least[1]}" if what.least else ""
            found.append(
                f"config {config}: {what.share:.2%} of its tokens are learnt, less "
                f"than views.min_learnt ({floor:.2%}){least}"
            )
    if found:
        raise LintError("rows that must not be published:\n" + "\n".join(found))
