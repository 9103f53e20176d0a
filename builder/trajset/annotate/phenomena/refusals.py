"""What harnesses put in place of a result: refusals, interruptions, limits, lost jobs.

Looked for at the beginning and at the end of a result, where no file's text stands.
"""

from __future__ import annotations

from trajset.annotate.phenomena.phenomenon import Table
from trajset.annotate.phenomena.phenomenon import phenomenon as row

SIBLING: Table = (
    row(
        "sibling_cancelled",
        "unknown",
        "sibling tool call|parallel tool call",
        r"Sibling tool call errored",
        r"Cancelled: parallel tool call",
        confidence=0.98,
    ),
)

REFUSED: Table = (
    row(
        "user_rejected",
        "sandbox_approval",
        "doesn't want to proceed|doesn't want to take|rejected|user denied|declined|"
        "user refused|denied this operation|user cancelled|rejected by user|user has denied|"
        "chose to skip|wants to clarify",
        r"[Uu]ser chose to (?:skip|stay in plan mode)",
        r"[Uu]ser wants to clarify",
        r"[Uu]ser (?:doesn't|does not) want to (?:proceed|take)",
        r"[Uu]ser (?:has )?(?:rejected|denied|declined|refused|cancelled)",
        r"rejected (?:this|the|by the)? ?(?:tool (?:call|use)|user|permission)",
        r"rejected permission to use",
        r"\[?Tool use was rejected",
        r"rejected by (?:the )?user",
        r"exec command rejected",
        r"[Tt]he user denied this operation",
    ),
    row(
        "user_interrupted",
        "sandbox_approval",
        "interrupted by user|interrupted by the user|aborted by user|cancelled by user|"
        "canceled by user|user aborted|command aborted|tool execution aborted|"
        "operation aborted|operation was aborted|user interrupted|request was aborted|"
        "execution was interrupted|aborted",
        r"[Ii]nterrupted by (?:the )?user",
        r"[Aa]borted by (?:the )?user",
        r"[Cc]ancell?ed by (?:the )?user",
        r"\A(?:Command aborted|Tool execution aborted|Operation (?:was )?aborted|Request was "
        r"aborted|aborted)",
        r"^Command aborted\Z",
        r"[Uu]ser (?:aborted|interrupted)",
    ),
    row(
        "hook_blocked",
        "sandbox_approval",
        "hook",
        r"\A.{0,60}(?:operation blocked by hook|[Rr]efused by (?:a|the) hook|PreToolUse:\S+ "
        r"hook (?:error|returned blocking)|blocked by (?:a )?(?:PreToolUse )?hook|hook "
        r"(?:blocked|denied)|Hook PreToolUse\S* denied)",
        r"\bexecution stopped by .{0,20}hook",
    ),
    row(
        "blocked",
        "sandbox_approval",
        "blocked:",
        r"\A(?:<tool_use_error>|Error: )*Blocked: ",
    ),
    row(
        "approval_required",
        "sandbox_approval",
        "requires approval|require approval|haven't granted|permission to use|"
        "permission for this|needs approval|permission denied and could not|was blocked|"
        "approval is required|approval policy|not approved|auto-denied|automode|denied by|"
        "permission prompt|rejected by|requires permission|denied because|has been denied|"
        "not permitted in|plan mode|not allowed|disallowed|not in allowed|rule which prevents|"
        "command rejected",
        r"rule which prevents you",
        r"[Cc]ommand rejected\b",
        r"requires? approval",
        r"haven't granted",
        r"[Pp]ermission to use \S+ .{0,80}(?:denied|not)",
        r"[Pp]ermission denied and could not",
        r"was blocked\. For security",
        r"approval (?:is required|policy)",
        r"auto-denied",
        r"denied by (?:policy|the|your|a|permission|auto)",
        r"Permission for this .{0,60}denied",
        r"\A.{0,60}(?:[Tt]ool|[Cc]ommand|[Oo]peration|[Aa]ction|[Mm]ode|[Ee]dits?|"
        r"[Ww]rites?)\b.{0,60} (?:is|are) not (?:allowed|permitted)\b",
        r"[Cc]ommand (?:is )?(?:not allowed|disallowed|blocked)",
        r"rejected by (?:policy|sandbox|approval)",
        r"blocked by (?:policy|the sandbox|your|a permission|the auto)",
    ),
    row(
        "outside_workspace",
        "sandbox_approval",
        "workspace|allowed working directories|allowed director|outside of the project|"
        "outside the project|outside of allowed|may only",
        r"(?:must|may|can) (?:be|only) .{0,60}(?:within|in|inside) .{0,40}(?:workspace|"
        r"allowed (?:working )?director)",
        r"outside (?:of )?(?:the |its |any )?(?:\w+ )?(?:workspace|project|allowed|working)",
        r"Path not in workspace",
        r"resolves outside",
        r"not within (?:the )?(?:allowed|workspace)",
    ),
    row(
        "sandbox_denied",
        "sandbox_approval",
        "sandbox|seatbelt|landlock|bwrap|bubblewrap",
        r"\[sandbox: ",
        r"(?:failed in|denied by|blocked by|violates the|disallowed by) (?:the )?sandbox",
        r"sandbox(?:ed)? (?:denied|violation|restrict)",
        r"sandbox-exec: ",
        r"\A(?:exec error: )?[Ss]andbox",
    ),
)

TIMED_OUT: Table = (
    row(
        "timed_out",
        "timeout",
        "timed out|timeout|time limit|time out|deadline",
        r"\A(?!curl: \()(?:Error: |ERROR: |<tool_use_error>)?.{0,120}(?<![Cc]onnection )"
        r"(?<![Cc]onnect )"
        r"\b[Tt]imed out\b",
        r"^(?:Error: )?(?:Command|Tool|Process|Execution|Request|Operation|The command|"
        r"Script)\b[^\n]{0,60}(?:timed out|timeout|time limit)",
        r"^\[The command timed out",
        r"EXECUTION TIMED OUT",
        r"^command timed out",
        r"(?:context )?deadline exceeded\s*\Z",
        r"\bexceeded (?:the |its )?(?:time limit|timeout)\b[^\n]{0,60}\Z",
        r"\bterminated .{0,40}timeout",
        r"\ATimeout(?:Error)?\b",
    ),
)

JOBS: Table = (
    row(
        "unknown_job",
        "background_job",
        "shell|task|process id|session|job|agent|terminal|thread",
        r"\A(?:<tool_use_error>|Error: |error: |write_stdin failed: )*(?:No (?:shell|task|"
        r"process|background|running|session|agent|terminal|job|such (?:shell|task|"
        r"job))\b.{0,80}|(?:Shell|Task|Session|Process|Job|Agent|Terminal|Background shell|"
        r"Thread) \S{1,60} (?:is not running|not found|does not exist|was not found|cannot be "
        r"killed|has already|already).{0,80}|Unknown (?:process|session|shell|task|job)(?: "
        r"id)?\b|stdin is closed|Invalid (?:shell|session|task)(?:[_ ]?[Ii][Dd])?\b|"
        r"(?:sub-?)?agent \S+ is (?:unavailable|not)|shellId: \S+ (?:was|is|has)|agent with "
        r"id \S+ not found)",
        r"stdin is closed for this session",
    ),
    row(
        "job_failed",
        "background_job",
        "failed|killed",
        r"<status>(?:failed|killed|error)</status>",
        r"^Status: (?:failed|killed|error)\b",
    ),
)
