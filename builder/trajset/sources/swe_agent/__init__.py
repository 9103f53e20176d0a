"""SWE-agent `.traj` files, 0.x and 1.x: text-style and function-calling runs, demonstrations.

The steps come from `history`, what the model saw; `trajectory` adds the folder of each step, the
result of the last action, which no model saw any more, and a last step that `history` left out. A
file with `trajectory` alone is read from there. A record is an entry of `history`, or a step of
`trajectory` that stands nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from trajset.sources.files import place_name
from trajset.sources.head import Head
from trajset.sources.ids import trajectory_id
from trajset.sources.lenient import items, mapping
from trajset.sources.records import json_document
from trajset.sources.responses import word
from trajset.sources.rows import decoded
from trajset.sources.swe_agent.catalog import TOOLS
from trajset.sources.swe_agent.history import read_history, read_steps
from trajset.sources.tally import Tally
from trajset.sources.unit import Fields, SourceError, Store, Unit, single_files
from trajset.trajectory import Outcome, Trajectory

__all__ = ["FIELDS", "NAME", "STORE", "TITLE", "TOOLS", "VERSIONS", "claims", "read", "units"]

NAME = "swe_agent"
TITLE = "SWE-agent"
STORE = Store(suffixes=(".traj", ".json"))
VERSIONS = "0.5 to 0.7 (text), 1.0 (text, function calling)"
FIELDS = Fields(
    reasoning="partly",
    status="never",
    exit_code="never",
    ids="partly",
    times="never",
    model="partly",
    usage="never",
    tool_schemas="never",
    branches="never",
    subagents="never",
    compaction="never",
)

_BROKE_OFF = re.compile(r"exit_\w+|early_exit")
_HUMANS = frozenset({"human", "human_thought", "replay", "instant_empty_submit"})
_ROLES = frozenset({"system", "user", "assistant", "tool"})


def claims(head: Head) -> bool:
    """One document whose `history` entries name an agent, or whose `trajectory` holds actions."""
    document = mapping(head.document)
    history = [mapping(entry) for entry in items(document.get("history"))[:3]]
    if history and all(word(e.get("role")) in _ROLES and "agent" in e for e in history):
        return True
    steps = [mapping(step) for step in items(document.get("trajectory"))[:2]]
    return bool(steps) and all("action" in s and "role" not in s for s in steps[:1])


def units(files: Sequence[str]) -> Iterable[Unit]:
    """One unit a file."""
    return single_files(NAME, files)


def read(unit: Unit, tally: Tally) -> Iterator[Trajectory]:
    """Read one run.

    Raises:
        SourceError: the file is no JSON object.
    """
    document = json_document(unit.path, tally)
    if not isinstance(document, dict):
        raise SourceError(f"{unit.path}: expected one JSON object, found another JSON value")
    info = mapping(document.get("info"))
    config = mapping(decoded(document.get("replay_config")))
    model = word(mapping(mapping(config.get("agent")).get("model")).get("name"))
    problem = mapping(config.get("problem_statement"))
    fields: dict[str, Any] = {
        "id": trajectory_id(NAME, place_name(unit.path), None, 0),
        "session_id": word(problem.get("id")) or place_name(unit.path, 1),
        "harness": NAME,
        "harness_version": word(info.get("swe_agent_version")),
        "model": None if model in _HUMANS else model,
        "repository": _repository(problem.get("github_url")),
        "recorded_outcome": _outcome(info),
    }
    demonstration = _by_hand(info, model)
    steps = items(document.get("trajectory"))
    history = items(document.get("history"))
    if history:
        trajectory = read_history(history, steps, tally, learn=not demonstration, **fields)
    else:
        trajectory = read_steps(steps, tally, learn=not demonstration, **fields)
    if trajectory is not None:
        yield trajectory


def _outcome(info: dict[str, Any]) -> Outcome | None:
    """What the exit status records: `submitted`, or that the run broke off with nothing submitted.

    A submission made when a limit was hit (`submitted (exit_cost)`) says neither.
    """
    status = str(info.get("exit_status"))
    if status == "submitted":
        return "success"
    return "failure" if _BROKE_OFF.fullmatch(status) else None


def _repository(url: Any) -> str | None:
    """The address of the repository, from that of one of its issues."""
    return url.partition("/issues/")[0] if isinstance(url, str) and url else None


def _by_hand(info: dict[str, Any], model: str | None) -> bool:
    """Whether a person wrote the run, or it is a replay: a demonstration, without any model call.

    Demonstrations are stripped of `info`, or count no token.
    """
    stats = mapping(info.get("model_stats"))
    return model in _HUMANS or not info or stats.get("tokens_sent") == 0
