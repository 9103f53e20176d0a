"""States and answers become pairs: the teachers' choice against what the agent did.

Of the answers to one state the one with most votes is `chosen` (then the best mean score, then the
first), the agent's own is `rejected`. Both stand without reasoning, since the agent's is in no
prompt that a teacher saw. Every answer that gives no pair is counted under a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from trajset.fit.counter import Counter, RenderError, make_counter
from trajset.privacy import Redactor
from trajset.recipe import Recipe
from trajset.replay.answers import Answer, Malformed, as_row, message_of
from trajset.stats import increase
from trajset.teachers import eligible
from trajset.trajectory import Message
from trajset.views.gap import information_gap
from trajset.views.preference import FEATURES, normal
from trajset.views.toolbox import accepts, name_of
from trajset.views.view import COMMON

ORIGIN = "replay"
_UNSEEN = Message(role="user", text="", origin="harness")
"""Stands for the failing result of other pairs: nothing happened between the two answers."""


class Replayed(Struct, kw_only=True):
    """What became of the answers."""

    answers: int = 0
    states: int = 0
    """States that were answered."""
    rows: int = 0
    drops: dict[str, int] = field(default_factory=dict)
    """Reason -> answers (or, from `equal_sides` on, states) that gave no row."""


class Choice(Struct):
    """An answer that one or more teachers gave."""

    message: dict[str, Any]
    teachers: list[str] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    votes: int = 0

    @property
    def rank(self) -> tuple[int, float]:
        """Votes, then the mean score."""
        mean = sum(self.scores) / len(self.scores) if self.scores else 0.0
        return self.votes, mean


def pairs(
    states: Iterable[Mapping[str, Any]],
    answers: Iterable[Answer],
    *,
    recipe: Recipe | None = None,
    min_votes: int = 1,
    redactor: Redactor | None = None,
    counts: Replayed | None = None,
) -> Iterator[dict[str, Any]]:
    """Rows with the columns of `preference`, at most one a state.

    Args:
        states: rows of `trace_state`, from a file, a dataset or `trajset.trace_states`.
        answers: what teachers answered.
        recipe: `views.gaps` says what a chosen answer may know more than the prompt does,
            `fit` the token budget.
        min_votes: least votes for an answer to be chosen.
        redactor: removes from answers what must not be in a dataset; without it one with the
            recipe's `privacy`, that knows no values of this machine.
        counts: told what became of each answer.
    """
    recipe = recipe or Recipe()
    counts = counts if counts is not None else Replayed()
    counter = make_counter(recipe.fit.tokenizer)
    if redactor is None and recipe.privacy.enabled:
        redactor = Redactor(recipe.privacy)
    waiting: dict[str, list[Answer]] = {}
    for answer in answers:
        counts.answers += 1
        waiting.setdefault(answer.state_id, []).append(answer)
    for state in states:
        given = waiting.pop(state["state_id"], None)
        if given is None:
            continue
        counts.states += 1
        choices = _choices(state, given, redactor, counts)
        row = _pair(state, choices, recipe, counter, min_votes, counts)
        if row is not None:
            counts.rows += 1
            yield row
    for given in waiting.values():
        increase(counts.drops, "unknown_state", len(given))


def _pair(
    state: Mapping[str, Any],
    choices: Sequence[Choice],
    recipe: Recipe,
    counter: Counter,
    min_votes: int,
    counts: Replayed,
) -> dict[str, Any] | None:
    """The pair of one state; None where there is none (counted)."""
    if not choices:
        return None
    best = max(choices, key=lambda choice: choice.rank)
    outvoted = sum(len(choice.teachers) for choice in choices if choice is not best)
    if outvoted:
        increase(counts.drops, "outvoted", outvoted)
    names: dict[str, str] = {}
    try:
        prompt = [_in_prompt(message, names) for message in state["messages"]]
        rejected = as_row(state["student_message"])
    except Malformed:
        increase(counts.drops, "student_call_malformed")
        return None
    chosen = best.message
    reason = None
    if best.votes < min_votes:
        reason = "too_few_votes"
    elif normal(chosen) == normal(rejected):
        reason = "equal_sides"
    elif prompt[-1]["role"] == "assistant":
        reason = "prompt_ends_in_assistant"
    if reason is not None:
        increase(counts.drops, reason)
        return None
    gap = information_gap(prompt, rejected, chosen, _UNSEEN, ())
    if gap not in recipe.views.gaps:
        increase(counts.drops, f"{ORIGIN}_gap_{gap}")
        return None
    tools = state["tools"]
    try:
        n_tokens = max(counter.count([*prompt, side], tools) for side in (chosen, rejected))
    except RenderError:
        increase(counts.drops, "template_refuses")
        return None
    if n_tokens > recipe.fit.max_tokens:
        increase(counts.drops, "over_budget")
        return None
    asked = sum(len(choice.teachers) for choice in choices)
    row = {name: state.get(name) for name in COMMON} | {
        "id": f"{state['state_id']}-{ORIGIN}",
        "n_tokens": n_tokens,
        "prompt": prompt,
        "chosen": [chosen],
        "rejected": [rejected],
        "tools": tools,
        "tools_source": state.get("tools_source"),
        "origin": ORIGIN,
        "information_gap": gap,
        "category": None,
        "why": f"Given by {len(best.teachers)} of {asked} teachers: {', '.join(best.teachers)}.",
    }
    return {name: row[name] for name in FEATURES}


def _choices(
    state: Mapping[str, Any],
    given: Sequence[Answer],
    redactor: Redactor | None,
    counts: Replayed,
) -> list[Choice]:
    """The different answers to a state that may be chosen, in order."""
    schemas = {name_of(tool): tool for tool in state["tools"]}
    allowed = set(eligible(state, [answer.by for answer in given]))
    known: dict[bytes, Choice] = {}
    heard: set[str] = set()
    for answer in given:
        if answer.by not in allowed:
            increase(counts.drops, "teacher_ineligible")
            continue
        if answer.by in heard:
            increase(counts.drops, "teacher_answered_before")
            continue
        try:
            message = message_of(answer)
        except Malformed as error:
            increase(counts.drops, str(error))
            continue
        if not _fits(message, schemas):
            increase(counts.drops, "answer_call_against_schema")
            continue
        if redactor is not None:
            message = _redacted(message, redactor)
        heard.add(answer.by)
        choice = known.setdefault(normal(message), Choice(message))
        choice.teachers.append(answer.by)
        choice.votes += answer.votes
        if answer.score is not None:
            choice.scores.append(answer.score)
    return list(known.values())


def _redacted(message: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    """The message without secrets in what it says and in its arguments."""
    made = message | {"content": redactor.redact_text(message["content"])}
    if "tool_calls" in message:
        made["tool_calls"] = [
            {**call, "function": {**function, "arguments": redactor.redact_value(arguments)}}
            for call in message["tool_calls"]
            for function in (call["function"],)
            for arguments in (function["arguments"],)
        ]
    return made


def _fits(message: Mapping[str, Any], schemas: Mapping[str, dict[str, Any]]) -> bool:
    made = [call["function"] for call in message.get("tool_calls", ())]
    return all(f["name"] in schemas and accepts(schemas[f["name"]], [f["arguments"]]) for f in made)


def _in_prompt(message: Mapping[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A message of a state as rows have it; learns the tools of its calls for their results."""
    made = as_row(message, names)
    names |= {call["id"]: call["function"]["name"] for call in made.get("tool_calls", ())}
    return made
