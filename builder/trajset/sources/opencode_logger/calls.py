"""A tool call as the session-logger plugin notes it: call and result in one object."""

from __future__ import annotations

from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.content import as_json
from trajset.sources.tally import Tally
from trajset.sources.times import to_ms


def add_call(
    call: Any, assembler: Assembler, tally: Tally, response_id: str, line: int, cwd: str | None
) -> None:
    """Add one call and its result; where its tool threw, the plugin never saw it end."""
    if not isinstance(call, dict):
        tally.skip("not_an_object")
        return
    tool = call.get("tool")
    log_id = call.get("callID")
    log_id = log_id if isinstance(log_id, str) else None
    malformed = tool == "invalid"  # OpenCode's stand-in for a malformed call
    at: dict[str, Any] = {
        "key": log_id if log_id != "REDACTED" else None,
        "timestamp": to_ms(call.get("timestamp")),
        "line": line,
        "cwd": cwd,
    }
    call_id = assembler.call(
        tool if isinstance(tool, str) else "",
        call.get("args"),
        call_id=log_id,
        response_id=response_id,
        learn=not malformed,
        **at,
    )
    tally.use()
    result = call.get("result")
    if result is None:
        tally.note("calls_without_result")
        return
    assembler.observation(
        as_json(result),
        call_id=call_id,
        status="error" if malformed else "unknown",
        **(at | {"timestamp": None}),
    )
