"""One conversation while its events are read: its trajectory, and those of its delegates.

Events of a delegate stand between the action that started it and the observation that ended it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from trajset.sources.assemble import Assembler
from trajset.sources.ids import trajectory_id
from trajset.sources.record_steps import RecordSteps
from trajset.sources.responses import usual_model
from trajset.sources.tally import Tally
from trajset.trajectory import Response, Status, Trajectory


class Place(Struct, frozen=True, gc=False):
    """Where the steps of an event come from."""

    key: str | None = None
    timestamp: int | None = None
    line: int | None = None
    learn: bool = True


class _Agent:
    """One agent of a run: the main one (`name` is None) or a delegate."""

    def __init__(self, name: str | None, call_id: str | None, tally: Tally) -> None:
        self.name = name
        self.call_id = call_id
        self.assembler = Assembler(tally)
        self.delegations: dict[str, str] = {}
        self.asked = False


class Run:
    """Collects what the events of one conversation tell. `batch`: nobody sat before it, so only
    the first user message is the task, and later ones were made by the evaluation.
    """

    def __init__(
        self,
        harness: str,
        session_id: str,
        tally: Tally,
        *,
        fallback_key: str,
        batch: bool = False,
    ) -> None:
        self._harness = harness
        self._tally = tally
        self._fallback_key = fallback_key
        self._batch = batch
        self._agents = [_Agent(None, None, tally)]
        self._delegates: list[_Agent] = []
        self._calls: dict[Any, str] = {}
        self._steps: RecordSteps | None = None
        self._place: Place | None = None
        self._begun: set[str] = set()
        self.first_key: str | None = None
        self.session_id = session_id
        self.responses: dict[str, Response] = {}
        self.system_prompt: str | None = None
        self.tools: tuple[dict[str, Any], ...] = ()
        self.version: str | None = None
        self.model: str | None = None
        self.cwd: str | None = None

    def said(self, text: str, place: Place, response_id: str | None) -> bool:
        """Add text of the model; False where there is none."""
        steps = self._at(place)
        before = steps.count
        steps.model(text, response_id)
        return steps.count > before

    def reasoned(self, text: Any, place: Place, response_id: str | None) -> None:
        """Add the model's reasoning, if it is readable."""
        self._at(place).reasoning(text, response_id)

    def asked(self, text: str, place: Place, *, by_user: bool) -> bool:
        """Add a user's message, or one that the harness put in a user's place."""
        agent = self._agents[-1]
        human = by_user and agent.name is None and not (self._batch and agent.asked)
        agent.asked = True
        return self._message(text, "human" if human else "harness", place)

    def injected(self, text: str, place: Place, *, system: bool = False) -> bool:
        """Add context that the harness put before the model."""
        return self._message(text, "harness", place, system=system)

    def compact(self, summary: str | None, place: Place) -> bool:
        """Start a new segment with this summary; False (and nothing done) without one."""
        if summary is None:
            return False
        self._agents[-1].assembler.segment()
        return self._message(summary, "summary", place)

    def called(
        self, tool: str, arguments: Any, call_id: str | None, place: Place, response_id: str | None
    ) -> str:
        """Add a call; returns its id."""
        return self._at(place).call(tool, arguments, call_id, response_id)

    def answered(
        self, text: str, call_id: str | None, status: Status, exit_code: int | None, place: Place
    ) -> bool:
        """Add a result; False where it neither answers a call nor has text."""
        steps = self._at(place)
        before = steps.count
        steps.observation(text, call_id, status, exit_code)
        return steps.count > before

    def first_of(self, response_id: str) -> bool:
        """Whether this is the first call of a response: its text belongs before that one."""
        if response_id in self._begun:
            return False
        self._begun.add(response_id)
        return True

    def remember(self, event_id: Any, call_id: str | None) -> None:
        """Note which call (by the log's id) an action event made."""
        if call_id is not None and isinstance(event_id, int | str):
            self._calls[event_id] = call_id

    def call_of(self, event_id: Any) -> str | None:
        """The call that an action event made, by the log's id."""
        return self._calls.get(event_id) if isinstance(event_id, int | str) else None

    def delegate(self, event_id: Any, call_id: str, task: str | None, place: Place) -> None:
        """What follows is another agent's, until `end_delegate`; its task comes first."""
        name = f"delegate-{event_id if isinstance(event_id, int | str) else call_id}"
        self._agents[-1].delegations[name] = call_id
        self._agents.append(_Agent(name, call_id, self._tally))
        self._delegates.append(self._agents[-1])
        self._steps = None
        if task is not None:
            # no key: the record is the delegating agent's, and keys join forks
            self._message(task, "harness", replace(place, key=None))

    def end_delegate(self) -> None:
        """Back to the agent that delegated."""
        if len(self._agents) > 1:
            self._agents.pop()
            self._steps = None

    def trajectories(self, **fields: Any) -> Iterator[Trajectory]:
        """The main agent's trajectory, then its delegates' in order of their start."""
        for agent in [self._agents[0], *self._delegates]:
            own = dict(fields)
            if agent.name is not None:
                own |= {
                    "agent": agent.name,
                    "parent_session": self.session_id,
                    "parent_call_id": agent.call_id,
                    "recorded_outcome": None,
                }
            trajectory = agent.assembler.build(
                id=trajectory_id(
                    self._harness, self.first_key or self._fallback_key, agent.name, 0
                ),
                session_id=self.session_id,
                harness=self._harness,
                harness_version=self.version,
                model=usual_model(self.responses) or self.model,
                responses=self.responses,
                project=self.cwd,
                system_prompt=self.system_prompt if agent.name is None else None,
                tools=self.tools if agent.name is None else (),
                delegations=agent.delegations,
                **own,
            )
            if trajectory is not None:
                yield _with_own_responses(trajectory)

    def _message(self, text: str, origin: Any, place: Place, *, system: bool = False) -> bool:
        steps = self._at(place)
        before = steps.count
        steps.message(text, origin, role="system" if system else "user")
        return steps.count > before

    def _at(self, place: Place) -> RecordSteps:
        if self._steps is None or place is not self._place:
            if self.first_key is None:
                self.first_key = place.key
            self._place = place
            self._steps = RecordSteps(
                self._agents[-1].assembler,
                key=place.key,
                timestamp=place.timestamp,
                line=place.line,
                learn=place.learn,
                cwd=self.cwd,
            )
        return self._steps


def _with_own_responses(trajectory: Trajectory) -> Trajectory:
    used = {getattr(step, "response_id", None) for step in trajectory.steps}
    kept = {i: r for i, r in trajectory.responses.items() if i in used}
    return trajectory.with_(responses=kept)
