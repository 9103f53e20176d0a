"""What tools other than the shell say when a call was malformed, refused, or failed remotely."""

from __future__ import annotations

from trajset.annotate.phenomena.phenomenon import Table
from trajset.annotate.phenomena.phenomenon import phenomenon as row

MALFORMED: Table = (
    row(
        "invalid_arguments",
        "tool_schema",
        "inputvalidationerror|validation|required|parameter|argument|expected|schema|"
        "must have|invalid|-32602|missing|unsupported|json|is not allowed",
        r"InputValidationError",
        r"\A.{0,80}(?:[Ii]nput )?[Vv]alidation (?:error|failed)",
        r"[Rr]equired parameter",
        r"(?:missing|without value for) required (?:parameter|property|argument|field)",
        r"missing field [`'\"]",
        r"params must have required",
        r"unexpected (?:keyword argument|parameter)",
        r"An unexpected parameter",
        r"failed to parse (?:function )?arguments",
        r"MCP error -32602",
        r"\bInvalid (?:tool )?(?:arguments|parameters|params|input) (?:for|to|:)",
        r"[Ii]nvalid arguments",
        r"is not assignable to type",
        r"Expected (?:string|number|array|object|boolean), received",
        r"invalid_type",
        r"the parameter `?\w+`? type is expected",
        r"Missing value for required",
        r"must be (?:a |an )?(?:string|number|integer|array|object|boolean)\b",
        r"must NOT have additional",
        r"was called with invalid arguments",
        r"Invalid JSON",
        r"JSON (?:Parse|parse) error",
        r"could not be parsed as JSON",
        r"Missing required",
        r"is required\b.{0,30}(?:parameter|argument|field)",
        r"`?\w+`? (?:parameter|argument) is not allowed",
        r"Invalid `(?:view_range|insert_line)\w*`.{0,80}(?:[Ff]irst element `0`|should be a list|"
        r"two integers)",
        r"The required parameter",
        r"parameter .{0,40} is (?:missing|required|not allowed)",
        confidence=0.93,
    ),
    row(
        "unknown_tool",
        "tool_schema",
        "no such tool|unknown tool|unsupported call|tool not found|not found in registry|"
        "unavailable tool|is not available|not a valid tool|does not exist|invalid tool|"
        "unrecognized tool|no tool named|not a function|not found",
        r"No such tool",
        r"[Uu]nknown tool",
        r"unsupported (?:custom tool )?call",
        r"[Tt]ool \"?'?\S+?'?\"? (?:not found|does not exist|is not (?:a valid|available|"
        r"defined|registered))",
        r"not found in registry",
        r"tried to call unavailable tool",
        r"[Nn]o tool named",
        r"[Ii]nvalid tool name",
        r"[Uu]nrecognized tool",
        r"MCP error -32601",
    ),
)

SPAWN: Table = (
    row(
        "harness_tool_missing",
        "missing_dependency",
        "spawn|not installed|is required but",
        r"(?:posix_)?spawn \S+ ENOENT",
        r"ENOENT.{0,40}posix_spawn",
        r"posix_spawn",
        r"uv_spawn",
        r"(?:is|are) not installed(?: or not| on|\.|,| in)",
    ),
)

PERMISSIONS: Table = (
    row(
        "permission_denied",
        "sandbox_approval",
        "permission denied|eacces|eperm|operation not permitted|read-only file system|erofs|"
        "access is denied|access denied",
        r"\b(?:EACCES|EPERM|EROFS)\b",
        r"[Aa]ccess denied",
        r"[Pp]ermission denied",
        r"[Oo]peration not permitted",
        r"[Rr]ead-only file system",
        r"Access (?:to the path .{0,200} )?is denied",
    ),
)

HTTP: Table = (
    row(
        "remote_error",
        "network",
        "status code|http |http/|econn|enotfound|etimedout|fetch failed|failed to fetch|"
        "socket hang up|rate limit|too many requests|connection|getaddrinfo|overloaded|"
        "api error|bad gateway|unavailable|net::err|ssl|certificate|network|"
        "internal server error|unable to verify|redirect|404|403|401|500|502|503|"
        "unauthorized|forbidden",
        r"server returned HTTP [45]",
        r"status (?:code )?[45]\d\d",
        r"HTTP(?:/\d\S*)?:? ?(?:[Ee]rror:? )?[45]\d\d",
        r"ECONN(?:REFUSED|RESET|ABORTED)",
        r"ENOTFOUND",
        r"ETIMEDOUT",
        r"EAI_AGAIN",
        r"fetch failed",
        r"[Ff]ailed to fetch",
        r"socket hang up",
        r"[Rr]ate limit",
        r"Too Many Requests",
        r"[Cc]onnection (?:refused|reset|closed|error|failed|timed out|aborted)",
        r"getaddrinfo",
        r"[Oo]verloaded",
        r"API [Ee]rror",
        r"Bad Gateway",
        r"Service Unavailable",
        r"net::ERR",
        r"certificate",
        r"SSL",
        r"[Nn]etwork (?:error|is unreachable|request failed)",
        r"Internal (?:[Ss]erver )?[Ee]rror",
        r"[Uu]nable to (?:verify if domain|fetch)",
        r"\b(?:401|403|404|429|500|502|503) (?:Unauthorized|Forbidden|Not Found|Too|Internal|"
        r"Bad|Service)",
        r"too many redirects",
        r"\bMCP error -32(?:000|001|603)",
        r"Unauthorized",
        r"Forbidden",
    ),
)

EXTERNAL: Table = (
    row(
        "agent_blocked",
        "unknown",
        "unavailable|unable to|cannot|could not|blocked|not available",
        r"\A(?:#+ |\*\*)?(?:[A-Z][A-Z ]+ )?(?:UNAVAILABLE|BLOCKED|FAILED)\b",
        r"\A(?:I (?:was|am) )(?:unable|not able) to ",
        r"\AI (?:cannot|can't|could not|couldn't) ",
        confidence=0.7,
    ),
)
