"""A call beside its result: what every rule looks at."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from trajset.annotate.result import Result, read_result
from trajset.annotate.shell import Run, runs
from trajset.annotate.tools import Action, action_of
from trajset.trajectory import Message, Observation, Reasoning, Step, ToolCall, Trajectory

_SAID, _HEAD = 600, 400
_STARTED = re.compile(r"(?:session ID|with ID:|shellId:|task_id:) ?([\w-]+)")
_SESSION_KEYS = ("session_id", "bash_id", "shell_id", "task_id", "shellId", "sessionId", "id")


class Attempt:
    """One call and its result. What costs time is worked out when a rule asks for it."""

    def __init__(self, call: ToolCall, call_step: int, observation: Observation, step: int) -> None:
        self.call = call
        self.call_step = call_step
        self.observation = observation
        self.step = step
        self.origin: Attempt | None = None
        """The call that started the session or the job which this one polls."""
        self.aims: tuple[Any, ...] | None = None
        """Kept here by `recovery.aims`, which works them out."""
        self.said = ""
        """What the model said or thought just before the call, its last words."""
        self.reply = ""
        """What the model said or thought just after the result, its first words."""

    @cached_property
    def action(self) -> Action:
        """The call without its harness."""
        return action_of(self.call)

    @cached_property
    def result(self) -> Result:
        """The result's text without the harness's frame, and its exit code."""
        return read_result(self.observation)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The programs that the call's command line runs; empty for other tools."""
        started = self.origin or self
        if started.action.kind != "shell" or not started.action.command:
            return ()
        return runs(started.action.command)

    @cached_property
    def programs(self) -> frozenset[str]:
        """Names that messages of these programs begin with."""
        names = {run.program for run in self.runs}
        names.update(word for run in self.runs for word in run.wrappers)
        names.update(run.name.split(" ")[0] for run in self.runs)
        return frozenset(names)

    @property
    def kind(self) -> str:
        """Kind of the tool."""
        return self.action.kind


def attempts_of(trajectory: Trajectory) -> list[Attempt]:
    """All answered calls, in the order of their results."""
    found: list[Attempt] = []
    calls: dict[str, tuple[int, ToolCall]] = {}
    said: dict[str, str] = {}
    sessions: dict[str, Attempt] = {}
    words = ""
    unanswered: list[Attempt] = []
    for index, step in enumerate(trajectory.steps):
        if isinstance(step, ToolCall):
            unanswered = []
            calls[step.id] = (index, step)
            said[step.id] = words
        elif isinstance(step, Observation):
            known = calls.get(step.call_id)
            words = ""
            if known is not None:
                attempt = Attempt(known[1], known[0], step, index)
                attempt.said = f"{said.get(step.call_id, '')} {_described(known[1])}"
                found.append(attempt)
                unanswered.append(attempt)
                _follow(attempt, sessions)
        else:
            words = _last_words(step)
            if words:
                _hear(unanswered, step.text)
    return found


def _hear(attempts: list[Attempt], text: str) -> None:
    """Keep the first words that the model says after these results."""
    for attempt in attempts:
        if len(attempt.reply) < _SAID:
            attempt.reply += text[:_SAID] + "\n"


def _follow(attempt: Attempt, sessions: dict[str, Attempt]) -> None:
    """Remember what a call started, or find out what it polls."""
    if attempt.kind == "shell":
        started = _STARTED.search(attempt.observation.text[:_HEAD])
        if started:
            sessions[started[1]] = attempt
    elif attempt.kind in ("session", "job"):
        arguments = attempt.call.arguments
        known = (sessions.get(str(arguments[key])) for key in _SESSION_KEYS if key in arguments)
        attempt.origin = next((origin for origin in known if origin is not None), None)


def _last_words(step: Step) -> str:
    if isinstance(step, Reasoning) or (isinstance(step, Message) and step.origin == "model"):
        return step.text[-_SAID:]
    return ""


_DESCRIBES = ("description", "justification", "explanation")


def _described(call: ToolCall) -> str:
    return " ".join(
        re.sub(r"\s+", " ", value[:_SAID])
        for key in _DESCRIBES
        if isinstance(value := call.arguments.get(key), str)
    )
