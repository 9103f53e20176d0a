"""The entries of a run: `history`, with what `trajectory` knows about each step."""

from __future__ import annotations

from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.content import text_of
from trajset.sources.lenient import items, mapping
from trajset.sources.record_steps import RecordSteps
from trajset.sources.responses import word
from trajset.sources.rows import decoded
from trajset.sources.swe_agent.catalog import TOOLS
from trajset.sources.tally import Tally
from trajset.trajectory import Trajectory

_DEMONSTRATIONS = frozenset({"demonstration", "demo"})
_BARE = frozenset(
    tool["function"]["name"] for tool in TOOLS if not tool["function"]["parameters"]["properties"]
)
"""Functions without parameters: `trajectory` writes their calls as the bare name."""


def read_history(
    history: list[Any], steps: list[Any], tally: Tally, *, learn: bool, **fields: Any
) -> Trajectory | None:
    """The trajectory of a `history`, or None where no entry gives a step."""
    assembler = Assembler(tally)
    prompt: str | None = None
    folders = _Folders(steps)
    told = functions = False
    waiting = 0  # calls without a result
    for number, raw in enumerate(history, 1):
        entry = mapping(raw)
        role, text = entry.get("role"), text_of(entry.get("content"), tally)
        demo = bool(entry.get("is_demo")) or word(entry.get("message_type")) in _DEMONSTRATIONS
        if role == "system" and prompt is None and not demo:
            prompt = text
            tally.use()
            continue
        if role == "assistant" and not demo:
            folders.take(entry)
        # The harness refuses text without an action, and says so in the next entry.
        refused = role == "assistant" and not _acts(entry) and number < len(history)
        learnt = learn and not demo and not refused
        record = RecordSteps(assembler, line=number, cwd=folders.current, learn=learnt)
        if role == "assistant":
            waiting = _add_action(record, entry, text, f"m{number}")
            functions = functions or bool(items(entry.get("tool_calls")))
        elif role == "tool" or (role == "user" and waiting):
            answered = next((i for i in items(entry.get("tool_call_ids")) if word(i)), None)
            record.observation(text, word(entry.get("tool_call_id")) or answered)
            waiting = max(0, waiting - 1)
        elif role in ("user", "system"):
            record.message(text, "harness" if told or demo else "human", role=role)
            told = told or not demo
        else:
            tally.skip_unknown(role)
            continue
        if record.count:
            tally.use()
        else:
            tally.skip("empty_entry")
    if waiting and (result := folders.last_result) is not None:
        RecordSteps(assembler, line=len(history), cwd=folders.current).observation(result, None)
    for number, step in enumerate(folders.rest(), len(history) + 1):
        record = RecordSteps(assembler, line=number, cwd=folders.current, learn=learn)
        _add_step(record, step, number, tally, functions=functions)
    return assembler.build(system_prompt=prompt, project=folders.project, **fields)


def read_steps(steps: list[Any], tally: Tally, *, learn: bool, **fields: Any) -> Trajectory | None:
    """The trajectory of a file that has nothing but `trajectory`."""
    assembler = Assembler(tally)
    for number, raw in enumerate(steps, 1):
        step = mapping(raw)
        record = RecordSteps(assembler, line=number, cwd=_folder(step), learn=learn)
        _add_step(record, step, number, tally, functions=False)
    project = next((f for s in steps if (f := _folder(mapping(s)))), None)
    return assembler.build(project=project, **fields)


def _add_step(
    record: RecordSteps, step: dict[str, Any], number: int, tally: Tally, *, functions: bool
) -> None:
    """Add a step of `trajectory`, and count it."""
    action = word(step.get("action"))
    if functions and action is not None and action.strip() in _BARE:
        calls = [{"function": {"name": action.strip(), "arguments": "{}"}}]
        step = {**step, "tool_calls": calls}
    text = text_of(step.get("response"), tally)
    if _add_action(record, step, text, f"m{number}"):
        record.observation(text_of(step.get("observation"), tally), None)
    if record.count:
        tally.use()
    else:
        tally.skip("empty_step")


def _add_action(record: RecordSteps, entry: dict[str, Any], text: str, response_id: str) -> int:
    """Add what the model wrote; returns the number of its calls.

    In text style `action` is what the harness took out of the text, and `thought` the rest.
    """
    blocks = [mapping(block).get("thinking") for block in items(entry.get("thinking_blocks"))]
    record.reasoning(
        "\n\n".join(b for b in blocks if isinstance(b, str) and b.strip()), response_id
    )
    calls = [mapping(call) for call in items(entry.get("tool_calls"))]
    action = word(entry.get("action"))
    if calls:
        record.model(text, response_id)
        for call in calls:
            function = mapping(call.get("function"))
            record.call(
                function.get("name"), function.get("arguments"), call.get("id"), response_id
            )
        return len(calls)
    thought = entry.get("thought")
    record.model(thought.strip() if action and isinstance(thought, str) else text, response_id)
    if action is None:
        return 0
    record.call("bash", {"command": action.strip("\n")}, None, response_id)
    return 1


def _acts(entry: dict[str, Any]) -> bool:
    return bool(items(entry.get("tool_calls"))) or word(entry.get("action")) is not None


class _Folders:
    """The working folder while the entries go by, from the steps of `trajectory`.

    Entries and steps are matched by their action: refused answers stand in only one of the two.
    """

    def __init__(self, steps: list[Any]) -> None:
        self._steps = [mapping(step) for step in steps]
        self._met = 0
        self._missed = False
        self.current: str | None = None
        self.project = next((f for s in self._steps if (f := _folder(s))), None)
        self._next = self.project

    def take(self, entry: dict[str, Any]) -> None:
        """Go on to the step of this entry, if it has one: its state is the one after it."""
        self.current = self._next
        if not _acts(entry):
            return
        if self._met < len(self._steps) and (
            self._steps[self._met].get("action") == entry.get("action")
        ):
            self._next = _folder(self._steps[self._met]) or self._next
            self._met += 1
        else:
            self._missed = True

    @property
    def last_result(self) -> str | None:
        """The result of the last step, where every step was met."""
        if not self._steps or self._met < len(self._steps):
            return None
        result = self._steps[-1].get("observation")
        return result if isinstance(result, str) else None

    def rest(self) -> list[dict[str, Any]]:
        """The steps after the last entry, where every entry before had its step."""
        self.current = self._next
        return [] if self._missed else self._steps[self._met :]


def _folder(step: dict[str, Any]) -> str | None:
    state = mapping(decoded(step.get("state")))
    return word(state.get("working_dir"))
