"""Small trajectories for the tests of annotate: calls and results, written in one line each."""

from __future__ import annotations

from typing import Any

from trajset.annotate import annotate
from trajset.trajectory import (
    Failure,
    Message,
    Observation,
    Recovery,
    Status,
    Step,
    ToolCall,
    Trajectory,
)


class Log:
    """Collects steps; every call is a response of its own, answered at once."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._calls = 0

    def human(self, text: str) -> Log:
        """A message of a person."""
        self.steps.append(Message(role="user", text=text, origin="human"))
        return self

    def says(self, text: str) -> Log:
        """A message of the model that ends its turn."""
        response = f"r{len(self.steps)}"
        self.steps.append(
            Message(role="assistant", text=text, origin="model", response_id=response)
        )
        return self

    def call(
        self,
        tool: str,
        arguments: dict[str, Any],
        result: str | None,
        status: Status = "ok",
        exit_code: int | None = None,
        said: str = "",
    ) -> Log:
        """A call `c1`, `c2`, … with its result; `None` leaves it open."""
        self._calls += 1
        call_id, response = f"c{self._calls}", f"r{len(self.steps)}"
        if said:
            self.steps.append(
                Message(role="assistant", text=said, origin="model", response_id=response)
            )
        self.steps.append(
            ToolCall(id=call_id, tool=tool, arguments=arguments, response_id=response)
        )
        if result is not None:
            self.steps.append(
                Observation(call_id=call_id, text=result, status=status, exit_code=exit_code)
            )
        return self

    def bash(self, command: str, result: str, exit_code: int | None = 0, said: str = "") -> Log:
        """A command line; a non-zero exit code is a reported error."""
        status: Status = "unknown" if exit_code is None else "error" if exit_code else "ok"
        return self.call("Bash", {"command": command}, result, status, exit_code, said)

    def annotated(self, **fields: Any) -> Trajectory:
        """What annotate makes of it."""
        return annotate(
            Trajectory.make(id="t", session_id="s", harness="h", steps=tuple(self.steps), **fields)
        )

    def failures(self) -> tuple[Failure, ...]:
        """Its failures, unclosed turns left out."""
        found = self.annotated().failures
        return tuple(f for f in found if f.category != "unclosed_turn")

    def recoveries(self) -> tuple[Recovery, ...]:
        """Its recoveries."""
        return self.annotated().recoveries


def only(log: Log) -> Failure:
    """The one failure of a log."""
    failures = log.failures()
    assert len(failures) == 1, [f.kind for f in failures]
    return failures[0]


def played(steps: list[list[Any]]) -> Log:
    """A log from plain lists, as `annotate_*.yaml` have them, behind a first word of a person.

    [sh, command, result, exit code] · [tool, arguments, result, status] · [human, text] ·
    [says, text]
    """
    log = Log().human("go")
    for kind, *rest in steps:
        if kind == "sh":
            log.bash(*rest)
        elif kind == "human":
            log.human(rest[0])
        elif kind == "says":
            log.says(rest[0])
        else:
            log.call(kind, *rest)
    return log
