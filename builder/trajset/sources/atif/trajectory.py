"""One ATIF trajectory, assembled from its steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.content import text_of
from trajset.sources.ids import trajectory_id
from trajset.sources.record_steps import RecordSteps
from trajset.sources.responses import usual_model, whole, word
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.sources.tool_lists import tools_of
from trajset.trajectory import Outcome, Response, Status, Trajectory

_STATUSES: tuple[Status, ...] = ("ok", "error", "rejected", "cancelled")


class Reader:
    """Reads a trajectory and, within it, those of its sub-agents."""

    def __init__(self, harness: str, document: Mapping[str, Any], fallback_id: str, tally: Tally):
        self._harness = harness
        self._document = document
        self._id = identity(document) or fallback_id
        self._tally = tally
        self._assembler = Assembler(tally)
        self._agent = as_dict(document.get("agent"))
        self._system: str | None = None
        self._delegations: dict[str, str] = {}
        self._responses: dict[str, Response] = {}

    def read(self, parent: str | None = None) -> Iterator[Trajectory]:
        """The trajectory, if it holds a step, then those of its sub-agents."""
        document = self._document
        steps = document.get("steps")
        for number, step in enumerate(steps if isinstance(steps, list) else (), 1):
            if not isinstance(step, dict):
                self._tally.skip("malformed_record")
            elif (reason := self._add(step, number)) is None:
                self._tally.use()
            else:
                self._tally.skip(reason)
        reward = _reward(document)
        extra = as_dict(self._agent.get("extra"))
        agent = self._id if parent is not None else None
        # A continued run keeps its session id: the time of the first step tells its parts apart.
        first = as_dict(steps[0]).get("timestamp") if isinstance(steps, list) and steps else None
        found = self._assembler.build(
            id=trajectory_id(self._harness, f"{self._id}@{first}", agent, 0),
            session_id=self._id,
            harness=self._harness,
            harness_version=word(self._agent.get("version")),
            agent=agent,
            parent_session=parent,
            delegations=self._delegations,
            project=word(extra.get("cwd")) or word(as_dict(document.get("extra")).get("cwd")),
            system_prompt=self._system,
            tools=tools_of(self._agent.get("tool_definitions")),
            model=usual_model(self._responses) or word(self._agent.get("model_name")),
            responses=self._responses,
            recorded_outcome=_outcome(reward),
            reward=reward,
        )
        if found is not None:
            yield found
        inner = document.get("subagent_trajectories")
        for number, child in enumerate(inner if isinstance(inner, list) else (), 1):
            if isinstance(child, dict):
                reader = Reader(self._harness, child, f"{self._id}/agent-{number}", self._tally)
                yield from reader.read(parent=self._id)
            else:
                self._tally.skip("malformed_record")

    def _add(self, step: Mapping[str, Any], number: int) -> str | None:
        """Add one step; returns None, or the reason why it gave none of ours."""
        source = step.get("source")
        by_model = source == "agent" and step.get("llm_call_count") != 0
        steps = RecordSteps(
            self._assembler,
            timestamp=to_ms(step.get("timestamp")),
            line=number,
            learn=by_model and not step.get("is_copied_context"),
        )
        text = text_of(step.get("message"), self._tally)
        if source == "agent":
            self._add_response(steps, step, text, f"step{number}")
        elif source == "user":
            steps.message(text, "human")
        elif source == "system":
            if self._system is None and len(self._assembler) == 0 and text.strip():
                self._system = text
                return None
            steps.message(text, "harness", "system")
        else:
            return "malformed_record"
        if source != "agent":
            self._add_results(steps, step, {})
        return None if steps.count else "empty_message"

    def _add_response(
        self, steps: RecordSteps, step: Mapping[str, Any], text: str, response_id: str
    ) -> None:
        steps.reasoning(step.get("reasoning_content"), response_id)
        steps.model(text, response_id)
        ids: dict[str, str] = {}
        calls = step.get("tool_calls")
        for call in calls if isinstance(calls, list) else ():
            if isinstance(call, dict):
                native = word(call.get("tool_call_id"))
                name, arguments = call.get("function_name"), call.get("arguments")
                ids[native or ""] = steps.call(name, arguments, native, response_id)
        metrics = as_dict(step.get("metrics"))
        if steps.count and step.get("llm_call_count") != 0:
            self._responses[response_id] = Response(
                model=word(step.get("model_name")) or word(self._agent.get("model_name")),
                input_tokens=whole(metrics.get("prompt_tokens")),
                output_tokens=whole(metrics.get("completion_tokens")),
                cached_tokens=whole(metrics.get("cached_tokens")),
                effort=_effort(step.get("reasoning_effort")),
            )
        self._add_results(steps, step, ids)

    def _add_results(
        self, steps: RecordSteps, step: Mapping[str, Any], ids: Mapping[str, str]
    ) -> None:
        results = as_dict(step.get("observation")).get("results")
        for result in results if isinstance(results, list) else ():
            if not isinstance(result, dict):
                continue
            native = word(result.get("source_call_id"))
            text = text_of(result.get("content"), self._tally)
            if native is None:  # by the format's definition no result of a call
                steps.message(text, "environment")
                self._link(result, next(iter(ids.values()), None))
                continue
            status, exit_code = _status(as_dict(result.get("extra")))
            answered = steps.observation(text, native, status, exit_code)
            self._link(result, answered)

    def _link(self, result: Mapping[str, Any], call_id: str | None) -> None:
        references = result.get("subagent_trajectory_ref")
        if isinstance(references, dict):
            references = [references]
        for reference in references if isinstance(references, list) else ():
            agent = identity(as_dict(reference))
            if agent is not None and call_id is not None:
                self._delegations[agent] = call_id


def identity(document: Mapping[str, Any]) -> str | None:
    """The id of a trajectory: its own (which sub-agents have), else that of its session."""
    return word(document.get("trajectory_id")) or word(document.get("session_id"))


def as_dict(value: Any) -> dict[str, Any]:
    """An object of the log, or an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def _status(extra: Mapping[str, Any]) -> tuple[Status, int | None]:
    """Status and exit code of a result: the format keeps them in `extra`, if at all."""
    exit_code = extra.get("exit_code")
    if isinstance(exit_code, bool) or not isinstance(exit_code, int):
        exit_code = None
    for status in _STATUSES:
        if extra.get("status") == status:
            return status, exit_code
    flag = extra.get("is_error")
    if flag is True or exit_code:
        return "error", exit_code
    return ("ok" if flag is False or exit_code == 0 else "unknown"), exit_code


def _reward(document: Mapping[str, Any]) -> float | None:
    """The reward, where a harness put one: the format has no field of its own for it."""
    metrics = as_dict(document.get("final_metrics"))
    for place in (document.get("extra"), metrics.get("extra"), metrics, document):
        reward = as_dict(place).get("reward")
        if isinstance(reward, int | float) and not isinstance(reward, bool) and reward == reward:
            return float(reward)
    return None


def _outcome(reward: float | None) -> Outcome | None:
    if reward is None:
        return None
    if reward == 1.0:
        return "success"
    return "failure" if reward == 0.0 else "unknown"


def _effort(value: Any) -> str | None:
    return str(value) if isinstance(value, int | float) else word(value)
