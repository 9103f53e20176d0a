"""What a tool output of Codex says of itself: its text, whether it failed, its exit code.

There is no error flag on an output. The exit code stands in a header of the text (two forms) or in
the JSON of old versions; patches and MCP calls report in an event of their own.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from trajset.sources.content import text_of
from trajset.sources.tally import Tally
from trajset.trajectory import Status

_HEADER = re.compile(
    r"(?:Chunk ID: [^\n]*\n)?(?:Wall time: [^\n]*\n)?"
    r"(?:Process exited with code|Exit code:) (-?\d{1,10})(?!\d)"
)
_WALL_TIME = re.compile(r"Wall time: [^\n]*\n")
_REJECTED = re.compile(
    r"(?:exec[ _]command|patch)? ?rejected by user|[^\n]{0,400}Rejected\(\\*\"rejected by user"
)
_REFUSALS = (
    "apply_patch verification failed",
    "exec_command failed",
    "write_stdin failed",
    "failed to parse function arguments",
    "unsupported call:",
    "unsupported custom tool call:",
    "execution error:",
    "tool call error:",
)
"""How the harness itself begins an answer to a call that it could not carry out."""


class _Metadata(msgspec.Struct):
    exit_code: int | None = None


class _OldOutput(msgspec.Struct):
    output: Any
    metadata: _Metadata


_old_output = msgspec.json.Decoder(_OldOutput)


class Report(msgspec.Struct, frozen=True):
    """What the log says of one call's result; `code` is its exit code."""

    status: Status = "unknown"
    code: int | None = None


def output_text(output: Any, tally: Tally) -> str:
    """The text of an output: plain, typed parts, or (in some versions) an object around either."""
    return text_of(output.get("content") if isinstance(output, dict) else output, tally)


def report_of(output: Any, text: str, event: Report | None) -> Report:
    """Join what the output's text says with what an event said of the same call, if any did."""
    body = text[len(wall.group()) :] if (wall := _WALL_TIME.match(text)) else text
    if body.startswith("aborted by user") or text.strip() == "aborted":
        return Report("cancelled")
    if _REJECTED.match(text):
        return Report("rejected")
    code = _exit_code(text)
    if event is not None and event.status != "unknown":
        return Report(event.status, code if event.code is None else event.code)
    if code is not None:
        return Report("ok" if code == 0 else "error", code)
    if isinstance(output, dict) and isinstance(output.get("success"), bool):
        return Report("ok" if output["success"] else "error")
    return Report("error") if text.startswith(_REFUSALS) else Report()


def _exit_code(text: str) -> int | None:
    found = _HEADER.match(text)
    if found:
        return int(found.group(1))
    if text.startswith('{"output"'):
        try:
            return _old_output.decode(text).metadata.exit_code
        except (msgspec.DecodeError, RecursionError):
            return None
    return None
