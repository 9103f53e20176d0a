"""The model: what one agent did, harness-free. Frozen types and their invariants.

Sources produce `Trajectory`, `annotate` adds what happened in it, `privacy` rewrites its strings,
views render rows out of it. Nothing in this module knows a log format or a row schema.

Times are integers, milliseconds since 1970-01-01 UTC, or None where the log has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import fields, replace

SCHEMA_VERSION = 1

Role = Literal["system", "user", "assistant"]
Origin = Literal["human", "model", "harness", "summary", "environment"]
Status = Literal["ok", "error", "rejected", "cancelled", "unknown"]
StatusSource = Literal["reported", "inferred"]
Outcome = Literal["success", "failure", "unknown"]
OutcomeSource = Literal["recorded", "inferred"]
Category = Literal[
    "sandbox_approval",
    "timeout",
    "background_job",
    "network",
    "missing_dependency",
    "tool_schema",
    "model",
    "command_exit",
    "unknown",
    "unclosed_turn",
]
MODEL_AT_FAULT: frozenset[str] = frozenset({"model", "tool_schema"})
ENVIRONMENT_SUSPECT: frozenset[str] = frozenset(
    {"sandbox_approval", "timeout", "background_job", "network", "missing_dependency", "unknown"}
)


class InvariantError(ValueError):
    """A source produced a trajectory that breaks an invariant; the text names the place."""


def _brief(value: Struct) -> str:
    """A struct with what is set in it, long texts cut: for people, in notebooks and messages."""
    shown = []
    for place in fields(value):
        content = getattr(value, place.name)
        if content != place.default:
            text = repr(content)
            shown.append(f"{place.name}={text if len(text) <= 100 else text[:100] + '…'}")
    return f"{type(value).__name__}({', '.join(shown)})"


class _Step(Struct, frozen=True, gc=False, kw_only=True):
    """What every step knows about where it came from."""

    key: str | None = None
    """Native key of the record (Claude's `uuid`), with `#n` where a record gave several steps."""
    response_id: str | None = None
    """Steps that one model call wrote share it; None on steps that no model wrote."""
    timestamp: int | None = None
    line: int | None = None
    """1-based line (or record number) in the log."""
    cwd: str | None = None
    learn: bool = True
    """False on model-written steps that must never be a target (API errors, demonstrations…)."""

    __repr__ = _brief


class Message(_Step, frozen=True, tag=True, gc=False, kw_only=True):
    """Text that somebody said. `origin` tells a person from the harness that speaks as `user`."""

    role: Role
    text: str
    origin: Origin


class Reasoning(_Step, frozen=True, tag=True, gc=False, kw_only=True):
    """The model's readable reasoning. Empty or encrypted reasoning is no step."""

    text: str


class ToolCall(_Step, frozen=True, tag=True, gc=False, kw_only=True):
    """A call. `raw_arguments` holds what could not be parsed (then `arguments` is empty)."""

    id: str
    tool: str
    arguments: dict[str, Any]
    raw_arguments: str | None = None


class Observation(_Step, frozen=True, tag=True, gc=False, kw_only=True):
    """The result of one earlier call, and whether the log calls it an error."""

    call_id: str
    text: str
    status: Status = "unknown"
    status_source: StatusSource | None = None
    exit_code: int | None = None


Step = Message | Reasoning | ToolCall | Observation


class Response(Struct, frozen=True, gc=False, kw_only=True):
    """One model call, as far as the log tells. Token counts as the harness reports them."""

    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    stop_reason: str | None = None
    effort: str | None = None


class Failure(Struct, frozen=True, gc=False, kw_only=True):
    """A call that did not do what it was asked to do (`definitions.md`)."""

    step: int
    """Index of the failing observation; for `unclosed_turn` of the last step of the turn."""
    call_id: str | None
    category: Category
    kind: str
    """Name of the rule that saw it, e.g. `exit_code`, `traceback`, `user_rejected`."""
    status_source: StatusSource
    why: str
    """One sentence for a person who checks; may quote the log, so it is redacted as well."""
    recovered_by: str | None = None
    """Call id of the recovering call, or None."""
    confidence: float = 1.0

    __repr__ = _brief


class Recovery(Struct, frozen=True, gc=False, kw_only=True):
    """Failures with the same recovering call share one recovery, and so one span."""

    start: int
    """First failing observation (step index); with `end` the inclusive span."""
    end: int
    """Observation of the recovering call (step index)."""
    call_id: str
    """The recovering call."""
    failures: tuple[int, ...]
    """Indices into `Trajectory.failures`, in order; those after the first are retries."""
    why: str
    confidence: float = 1.0
    user_helped: bool = False
    """A human message lies inside the span."""

    __repr__ = _brief


class Trajectory(Struct, frozen=True, gc=False, kw_only=True):
    """One agent's run: a flat tuple of steps in the order in which the model saw them.

    Steps of one response are contiguous and its observations follow its last step. Build one with
    `Trajectory.make`, which checks the invariants; decoding our own fragments does not check.
    """

    id: str
    """hash(harness, first own record, agent, branch); final once the plan knows what is copied."""
    session_id: str
    """As in the log; not unique (forks, sub-agents, slices)."""
    harness: str
    steps: tuple[Step, ...]
    parent_id: str | None = None
    parent_call_id: str | None = None
    parent_session: str | None = None
    """Session id of the agent that started this one; joined to `parent_id` in the plan."""
    agent: str | None = None
    """Id of this sub-agent; None for a main agent."""
    delegations: dict[str, str] = field(default_factory=dict)
    """Sub-agent id -> id of the call that started it."""
    branch: int = 0
    """0 = the path that was kept; >= 1 an abandoned branch (rewound or edited away)."""
    continues: str | None = None
    """Native key of the record before the first one, where a log is cut in slices."""
    ends_with: str | None = None
    """Native key of the last record, step or not: the next slice names it."""
    harness_version: str | None = None
    model: str | None = None
    model_family: str | None = None
    responses: dict[str, Response] = field(default_factory=dict)
    project: str | None = None
    repository: str | None = None
    git_branch: str | None = None
    title: str | None = None
    started_at: int | None = None
    ended_at: int | None = None
    system_prompt: str | None = None
    tools: tuple[dict[str, Any], ...] = ()
    """Recorded JSON schemas, `{"type": "function", "function": {...}}` each."""
    segments: tuple[int, ...] = (0,)
    """Start indices; more than one after a compaction."""
    recorded_outcome: Outcome | None = None
    reward: float | None = None
    scores: dict[str, float] = field(default_factory=dict)
    """Recorded grades by our name for them, 0 to 1: `correctness`, `efficiency`."""
    failures: tuple[Failure, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    outcome: Outcome = "unknown"
    outcome_source: OutcomeSource | None = None

    @classmethod
    def make(cls, **fields: Any) -> Trajectory:
        """Build a trajectory and check its invariants.

        Raises:
            InvariantError: call ids repeat, an observation answers no earlier call or a call that
                has been answered, a response is torn apart, or segments do not partition the steps.
        """
        trajectory = cls(**fields)
        check(trajectory)
        return trajectory

    def __repr__(self) -> str:
        """One line that tells what it is; its text may be megabytes."""
        n_calls = sum(isinstance(step, ToolCall) for step in self.steps)
        recovered = sum(failure.recovered_by is not None for failure in self.failures)
        named = [self.harness, self.model, self.project and self.project.rsplit("/", 1)[-1]]
        return (
            f"<Trajectory {self.id}: {', '.join(filter(None, named))}; {len(self.steps)} steps, "
            f"{n_calls} calls, {len(self.failures)} failures ({recovered} recovered), "
            f"outcome {self.outcome}>"
        )

    def with_(self, **changes: Any) -> Trajectory:
        """A copy with some fields changed; not checked again."""
        return replace(self, **changes)


def check(trajectory: Trajectory) -> None:
    """Raise InvariantError unless every invariant of the model holds."""
    steps = trajectory.steps
    if not steps:
        raise _broken(trajectory, None, "at least one step", "none")
    open_calls: set[str] = set()
    seen_calls: set[str] = set()
    closed_responses: set[str] = set()
    current: str | None = None
    for index, step in enumerate(steps):
        if isinstance(step, Observation):
            if step.call_id not in open_calls:
                raise _broken(trajectory, index, "the id of an open call", "another")
            open_calls.remove(step.call_id)
            response = None
        else:
            if isinstance(step, ToolCall):
                if step.id in seen_calls:
                    raise _broken(trajectory, index, "a new call id", "one used before")
                seen_calls.add(step.id)
                open_calls.add(step.id)
            elif not step.text:
                raise _broken(trajectory, index, "text", f"an empty {type(step).__name__}")
            response = None
            if written_by_model(step):
                response = step.response_id
                if response is None:
                    raise _broken(trajectory, index, "a response id", "none on a model's step")
                if response in closed_responses:
                    raise _broken(trajectory, index, "a response's steps side by side", "a gap")
        if current is not None and current != response:
            closed_responses.add(current)
        current = response
    starts = trajectory.segments
    if not starts or starts[0] != 0 or list(starts) != sorted(set(starts)):
        raise _broken(trajectory, None, "segments that start at 0 and rise", str(starts))
    if starts[-1] >= len(steps):
        raise _broken(trajectory, None, "a step in every segment", "an empty one")


def _broken(trajectory: Trajectory, index: int | None, expected: str, found: str) -> InvariantError:
    place = f"{trajectory.harness} session {trajectory.session_id}"
    if index is not None:
        place += f", step {index}"
    return InvariantError(f"{place}: expected {expected}, found {found}")


def written_by_model(step: Step) -> bool:
    """Whether the model wrote this step (so that it could be a training target)."""
    if isinstance(step, Observation):
        return False
    return not isinstance(step, Message) or step.origin == "model"


def response_spans(steps: tuple[Step, ...]) -> Iterator[tuple[int, int]]:
    """Half-open index ranges [start, end) of the responses, in order."""
    start: int | None = None
    for index, step in enumerate(steps):
        if start is not None and (
            not written_by_model(step) or step.response_id != steps[start].response_id
        ):
            yield start, index
            start = None
        if start is None and written_by_model(step):
            start = index
    if start is not None:
        yield start, len(steps)


def answers(steps: tuple[Step, ...]) -> dict[str, int]:
    """Call id -> index of the observation that answers it."""
    return {step.call_id: i for i, step in enumerate(steps) if isinstance(step, Observation)}


def calls(steps: tuple[Step, ...]) -> dict[str, int]:
    """Call id -> index of the call."""
    return {step.id: i for i, step in enumerate(steps) if isinstance(step, ToolCall)}
