"""OpenCode's messages and their parts, made into steps."""

from __future__ import annotations

from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.lenient import mapping
from trajset.sources.opencode.results import result_of
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms
from trajset.trajectory import Origin, Response

_NOISE = {
    "snapshot": "snapshot",
    "patch": "patch",
    "agent": "agent_mention",
    "retry": "retry",
    "compaction": "compaction_request",
}
_SUBTASK = "The following tool was executed by the user"  # what OpenCode tells the model instead


class Reader:
    """Feeds the messages of one path to an assembler and keeps what belongs to the trajectory."""

    def __init__(self, assembler: Assembler, tally: Tally, *, prompts: Origin = "human") -> None:
        """`prompts`: who wrote the prompts; a sub-agent's come from the agent that started it."""
        self._assembler = assembler
        self._tally = tally
        self._prompts = prompts
        self._subtasks: set[str] = set()
        self.responses: dict[str, Response] = {}
        self.delegations: dict[str, str] = {}
        self.cwd: str | None = None
        self.system_prompt: str | None = None

    def message(self, number: int, info: dict[str, Any], parts: list[dict[str, Any]]) -> None:
        """Read one message; `number` is its place in the session, from 1."""
        if info.get("role") == "user":
            self._tally.use()
            self._user(number, info, parts)
        elif info.get("role") == "assistant":
            self._tally.use()
            self._assistant(number, info, parts)
        else:
            self._tally.skip_unknown(info.get("role"))
            if parts:
                self._tally.skip("part_of_unknown_message", len(parts))

    def _user(self, number: int, info: dict[str, Any], parts: list[dict[str, Any]]) -> None:
        at: dict[str, Any] = {"timestamp": _created(info), "line": number}
        if self.system_prompt is None and isinstance(info.get("system"), str):
            self.system_prompt = info["system"] or None
        for part in parts:
            kind = part.get("type")
            at["key"] = _key(part)
            if kind == "text":
                self._user_text(part, at)
            elif kind == "file":
                self._file(part, at)
            elif kind == "subtask":
                self._subtasks.add(str(info.get("id")))
                self._assembler.message("user", _SUBTASK, "harness", **at)
                self._tally.use()
            else:
                self._leave_out(kind)

    def _user_text(self, part: dict[str, Any], at: dict[str, Any]) -> None:
        text = part.get("text")
        if part.get("ignored") is True:
            self._tally.skip("ignored_text")
        elif not isinstance(text, str) or not text.strip():
            self._tally.skip("empty_text")
        else:
            origin: Origin = "harness" if part.get("synthetic") is True else self._prompts
            self._assembler.message("user", text, origin, **at)
            self._tally.use()

    def _file(self, part: dict[str, Any], at: dict[str, Any]) -> None:
        mime = part.get("mime")
        if not isinstance(mime, str) or mime in ("text/plain", "application/x-directory"):
            self._tally.skip("file_reference")  # its content stands in a synthetic text beside it
            return
        self._assembler.message("user", _placeholder(mime, self._tally), self._prompts, **at)
        self._tally.use()

    def _assistant(self, number: int, info: dict[str, Any], parts: list[dict[str, Any]]) -> None:
        identity = _known_id(info.get("id")) or f"message {number}"
        error = info.get("error") if isinstance(info.get("error"), dict) else None
        cwd = mapping(info.get("path")).get("cwd")
        cwd = cwd if isinstance(cwd, str) else None
        self.cwd = self.cwd or cwd
        if info.get("summary") is True:
            self._summary(number, info, parts, failed=error is not None)
            return
        by_harness = str(info.get("parentID")) in self._subtasks and not any(
            part.get("type") == "step-start" for part in parts
        )
        at: dict[str, Any] = {
            "timestamp": _created(info),
            "line": number,
            "cwd": cwd,
            "learn": error is None and not by_harness,
        }
        steps = 0
        response = identity
        for part in parts:
            kind = part.get("type")
            at["key"] = _key(part)
            if kind == "step-start":
                steps += 1
                response = identity if steps == 1 else f"{identity}#{steps}"
                self._tally.use()
            elif kind == "step-finish":
                self.responses[response] = _response(info, part)
                self._tally.use()
            elif kind in ("text", "reasoning"):
                self._said(kind, part, response, at)
            elif kind == "tool":
                self._call(part, response, at)
            else:
                self._leave_out(kind)
        if identity not in self.responses and not by_harness:
            self.responses[identity] = _response(info, info)
        if error is not None:
            self._error(error, response, at | {"key": None, "learn": False})

    def _said(self, kind: str, part: dict[str, Any], response: str, at: dict[str, Any]) -> None:
        text = part.get("text")
        if not isinstance(text, str) or not text.strip():
            self._tally.skip(f"empty_{kind}")
            return
        if part.get("synthetic") is True:
            at = at | {"learn": False}
        if kind == "text":
            self._assembler.message("assistant", text, "model", response_id=response, **at)
        else:
            self._assembler.reasoning(text, response_id=response, **at)
        self._tally.use()

    def _call(self, part: dict[str, Any], response: str, at: dict[str, Any]) -> None:
        state = part.get("state")
        if not isinstance(state, dict):
            self._tally.skip("tool_without_state")
            return
        tool = part.get("tool") if isinstance(part.get("tool"), str) else ""
        arguments = state.get("input")
        if not arguments and isinstance(state.get("raw"), str):
            arguments = state["raw"]  # cut off while it was being written
        if tool == "invalid":
            at = at | {"learn": False}  # OpenCode's stand-in for a malformed call
        log_id = part.get("callID") if isinstance(part.get("callID"), str) else None
        call_id = self._assembler.call(
            str(tool), arguments, call_id=log_id, response_id=response, **at
        )
        self._tally.use()
        result = result_of(str(tool), state, self._tally)
        child = _known_id(mapping(state.get("metadata")).get("sessionId"))
        if child is not None:
            self.delegations[child] = call_id
        if result is None:
            self._tally.note("calls_without_result")
            return
        self._assembler.observation(
            result.text,
            call_id=call_id,
            status=result.status,
            exit_code=result.exit_code,
            **(at | {"timestamp": to_ms(mapping(state.get("time")).get("end"))}),
        )

    def _summary(
        self, number: int, info: dict[str, Any], parts: list[dict[str, Any]], *, failed: bool
    ) -> None:
        """A compaction: what the model wrote about everything so far opens a new segment."""
        opened = False
        for part in parts:
            text = part.get("text")
            if part.get("type") != "text" or not isinstance(text, str) or not text.strip():
                self._tally.skip("compaction_work")
                continue
            if failed:
                self._tally.skip("failed_compaction")
                continue
            if not opened:
                self._assembler.segment()
                opened = True
            at: dict[str, Any] = {"key": _key(part), "timestamp": _created(info), "line": number}
            self._assembler.message("user", text, "summary", **at)
            self._tally.use()

    def _error(self, error: dict[str, Any], response: str, at: dict[str, Any]) -> None:
        text = ": ".join(
            word
            for word in (error.get("name"), mapping(error.get("data")).get("message"))
            if isinstance(word, str) and word
        )
        if error.get("name") == "MessageAbortedError":
            at.pop("learn")
            self._assembler.message("user", text, "harness", **at)
        elif text:
            self._assembler.message("assistant", text, "model", response_id=response, **at)

    def _leave_out(self, kind: Any) -> None:
        reason = _NOISE.get(kind) if isinstance(kind, str) else None
        if reason is None:
            self._tally.skip_unknown(kind)
        else:
            self._tally.skip(reason)


def _placeholder(mime: str, tally: Tally) -> str:
    if mime.startswith("image/"):
        tally.note("images")
        return f"[image: {mime}]"
    tally.note("files")
    return f"[file: {mime}]"


def _response(info: dict[str, Any], usage: dict[str, Any]) -> Response:
    """Model and usage of one response; `usage` is the part or message that holds the tokens."""
    tokens = mapping(usage.get("tokens"))
    reason = usage.get("reason") or info.get("finish")
    return Response(
        model=_known_id(info.get("modelID")),
        input_tokens=_count(tokens, "input"),
        output_tokens=_count(tokens, "output"),
        cached_tokens=_count(mapping(tokens.get("cache")), "read"),
        stop_reason=reason if isinstance(reason, str) else None,
    )


def _count(holder: dict[str, Any], name: str) -> int | None:
    value = holder.get(name)
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _created(info: dict[str, Any]) -> int | None:
    return to_ms(mapping(info.get("time")).get("created"))


def _known_id(value: Any) -> str | None:
    return value if isinstance(value, str) and value not in ("", "REDACTED") else None


def _key(part: dict[str, Any]) -> str | None:
    return _known_id(part.get("id"))
