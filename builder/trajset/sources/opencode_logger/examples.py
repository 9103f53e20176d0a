"""`dspy-<id>.json`: one training example for each turn that the plugin holds for a success."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from trajset.sources.assemble import Assembler
from trajset.sources.ids import trajectory_id
from trajset.sources.lenient import items, mapping
from trajset.sources.opencode_logger.calls import add_call
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.trajectory import Outcome as OutcomeName
from trajset.trajectory import Response, Trajectory

_SCORES = {
    "correctness": "correctness",
    "efficiency": "efficiency",
    "minimalEdits": "minimal_edits",
}
"""The plugin's name -> ours."""


class Outcome(Struct, frozen=True):
    """What the plugin recorded of a session: its outcome, and its grades, 0 to 1."""

    outcome: OutcomeName | None = None
    scores: dict[str, float] = field(default_factory=dict)


def outcome_of(document: dict[str, Any]) -> Outcome:
    """The outcome of the session: of the whole where it is given, else over its examples."""
    whole = mapping(document.get("outcome"))
    success = document.get("overallSuccess", whole.get("success"))
    outcomes = (
        [whole]
        if whole
        else [
            mapping(example.get("outcome"))
            for example in items(document.get("examples"))
            if isinstance(example, dict)
        ]
    )
    scores: dict[str, float] = {}
    for theirs, ours in _SCORES.items():
        graded = [mapping(o.get("evaluation")).get(theirs) for o in outcomes]
        grades = [g for g in graded if isinstance(g, int | float) and not isinstance(g, bool)]
        if grades:
            scores[ours] = sum(grades) / len(grades)
    recorded: OutcomeName | None = None
    if isinstance(success, bool):
        recorded = "success" if success else "failure"
    return Outcome(recorded, scores)


def leave_out(document: dict[str, Any], tally: Tally) -> None:
    """Count the examples of a session whose own file is at hand."""
    for example in items(document.get("examples")):
        _, history, actions = _lists(example)
        tally.skip("repeats_session", 1 + len(history) + len(actions))


def trajectory(
    harness: str, document: dict[str, Any], outcome: Outcome, tally: Tally
) -> Trajectory | None:
    """The turns of all examples, one after another. Which calls shared a response is not recorded,
    so each call is a response of its own.
    """
    assembler = Assembler(tally)
    responses: dict[str, Response] = {}
    session_id = document.get("session")
    session_id = session_id if isinstance(session_id, str) and session_id else "unknown"
    model: str | None = None
    project: Any = None
    for turn, example in enumerate(items(document.get("examples")), 1):
        if not isinstance(example, dict):
            tally.skip("not_an_object")
            continue
        given, history, actions = _lists(example)
        project = project or mapping(given.get("context")).get("workingDirectory")
        if turn == 1:
            _history(history, assembler, tally)
        elif history:
            tally.skip("repeated_history", len(history))
        task = given.get("task")
        assembler.message("user", task if isinstance(task, str) else "", "human", line=turn)
        tally.use()
        for step, action in enumerate(actions, 1):
            add_call(action, assembler, tally, f"turn {turn} call {step}", turn, None)
        answer = f"turn {turn} answer"
        text = mapping(example.get("output")).get("response")
        if assembler.message(
            "assistant",
            text if isinstance(text, str) else "",
            "model",
            response_id=answer,
            line=turn,
            timestamp=to_ms(mapping(example.get("metadata")).get("timestamp")),
        ):
            responses[answer] = _response(mapping(example.get("agent")))
            model = model or responses[answer].model
    return assembler.build(
        id=trajectory_id(harness, f"{session_id}#1", None, 0),
        session_id=session_id,
        harness=harness,
        model=model,
        responses=responses,
        project=project if isinstance(project, str) else None,
        recorded_outcome=outcome.outcome,
        reward=outcome.scores.get("correctness"),
        scores=outcome.scores,
    )


def _lists(example: Any) -> tuple[dict[str, Any], list[Any], list[Any]]:
    """Input, history and actions of an example."""
    given = mapping(mapping(example).get("input"))
    return given, items(given.get("conversationHistory")), items(mapping(example).get("actions"))


def _history(history: list[Any], assembler: Assembler, tally: Tally) -> None:
    """Messages before the first example: cut at 500 characters, so nothing to learn from."""
    for index, message in enumerate(history, 1):
        text = mapping(message).get("content")
        if not isinstance(text, str) or not text.strip():
            tally.skip("empty_text")
            continue
        at: dict[str, Any] = {"timestamp": to_ms(message.get("timestamp")), "line": 1}
        if message.get("role") == "assistant":
            response = f"history {index}"
            assembler.message("assistant", text, "model", response_id=response, learn=False, **at)
        else:
            assembler.message("user", text, "human", **at)
        tally.use()


def _response(agent: dict[str, Any]) -> Response:
    model = agent.get("model")
    sent, written = agent.get("promptTokens"), agent.get("completionTokens")
    return Response(
        model=model.rpartition("/")[2] if isinstance(model, str) and model else None,
        input_tokens=sent if type(sent) is int else None,
        output_tokens=written if type(written) is int else None,
    )
