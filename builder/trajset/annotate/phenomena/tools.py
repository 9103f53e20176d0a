"""What tools other than the shell say when a call was malformed or rested on a wrong belief."""

from __future__ import annotations

from trajset.annotate.phenomena.phenomenon import Table
from trajset.annotate.phenomena.phenomenon import phenomenon as row

MALFORMED: Table = (
    row(
        "invalid_arguments",
        "tool_schema",
        "inputvalidationerror|validation|required|parameter|argument|expected|schema|"
        "must have|invalid|-32602|missing|unsupported|json",
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

BROKEN_EDITS: Table = (
    row(
        "edit_broke_syntax",
        "model",
        "introduced new syntax error",
        r"\A\s*\[?[Yy]our proposed edit has introduced new syntax error",
    ),
)

FILES: Table = (
    row(
        "not_read_before_write",
        "model",
        "has not been read|must read|read it first|must be read|been read yet",
        r"has not been read yet",
        r"[Yy]ou must (?:first )?(?:read|use (?:the|your) \S+ tool)",
        r"must read (?:the )?file",
        r"must be read (?:first|before)",
    ),
    row(
        "changed_since_read",
        "model",
        "modified since|changed since|modified by|unexpectedly modified|since it was last read",
        r"has been (?:unexpectedly )?modified (?:since|by)",
        r"changed since (?:it was )?(?:last )?read",
        r"modified since (?:it was )?(?:last )?read",
        r"since it was last read",
    ),
    row(
        "edit_not_found",
        "model",
        "not found|did not appear|could not find|does not match|no match|0 occurrences|"
        "failed to find|no replacement|verification failed|not in file|doesn't match|"
        "no changes|failed to match|not exist in the file|could not locate|couldn't find|"
        "unable to find|hunk failed|does not exist in|mismatch",
        r"[Ss]tring (?:to replace )?(?:was )?not found",
        r"(?:old_?(?:str|string|text)\S*|[Tt]he (?:exact )?(?:text|string|content|SEARCH "
        r"block)).{0,200}?(?:not found|did not appear|does not (?:match|exist|appear)|doesn't "
        r"match)",
        r"[Cc]ould not (?:find|locate) (?:the )?(?:exact )?(?:text|string|match|old|context|"
        r"specified|edits?\b)",
        r"apply_patch verification failed",
        r"[Ff]ailed to find (?:expected lines|context|the)",
        r"No replacement was performed",
        r"0 occurrences found",
        r"Failed to edit, ",
        r"SEARCH block.{0,60}(?:not|does)",
        r"oldString not found",
        r"No match(?:es)? found for (?:the )?(?:old|search|replace)",
        r"No match found",
        r"Invalid [Cc]ontext",
        r"patch does not apply",
        r"^patch: \*\*\*\*",
        r"SearchReplaceNoExactMatch",
        r"hash mismatch",
        r"[Ff]ailed to apply (?:the )?(?:patch|edit|diff)",
    ),
    row(
        "edit_not_unique",
        "model",
        "matches of|multiple|occurrences|not unique|more than one",
        r"Found \d+ (?:matches|occurrences) of",
        r"[Mm]ultiple (?:matches|occurrences)",
        r"must be unique",
        r"(?:is |are )?not unique",
        r"more than one (?:match|occurrence)",
        r"Found multiple",
    ),
    row(
        "edit_no_change",
        "model",
        "exactly the same|identical|no changes|no change",
        r"(?:old_string and new_string|oldText and newText|old_str and new_str|oldString and "
        r"newString).{0,60}(?:same|identical)",
        r"No changes? (?:to make|were made|made|detected)",
        r"produced identical content",
        r"new content is identical",
    ),
    row(
        "file_too_large",
        "model",
        "exceeds maximum|too large|exceeds the maximum|token limit",
        r"exceeds (?:the )?maximum allowed",
        r"(?:[Ff]ile|content|output) (?:is )?too large",
        r"exceeds (?:the )?token limit",
    ),
    row(
        "offset_past_end",
        "model",
        "shorter than the provided offset|out of range|beyond the end|beyond end|"
        "past the end|exceeds file length|view_range",
        r"shorter than the provided offset",
        r"[Oo]ffset \d+ is (?:beyond|out of range|past)",
        r"beyond (?:the )?end of (?:the )?file",
        r"past the end of",
        r"Invalid `view_range`",
        r"exceeds (?:the )?file length",
    ),
    row(
        "is_a_directory",
        "model",
        "eisdir|is a directory|not a file|path is a directory",
        r"EISDIR",
        r"\bis a directory\b",
        r"[Pp]ath is a directory",
        r"is not a (?:regular )?file",
    ),
    row(
        "file_exists",
        "model",
        "already exists",
        r"(?:[Ff]ile|[Pp]ath|[Dd]irectory).{0,200}already exists",
        r"EEXIST",
    ),
    row(
        "file_not_found",
        "model",
        "does not exist|not found|no such file|enoent|cannot find the|no files found at|"
        "not exist|non-existent|couldn't be found",
        r"(?:[Ff]ile|[Pp]ath|[Dd]irectory|[Nn]otebook|[Ff]older)\b.{0,300}?(?:does not exist|"
        r"not found|doesn't exist|is not valid)",
        r"No such file or directory",
        r"ENOENT",
        r"cannot find the (?:path|file)",
        r"does not exist",
        r"non-existent",
    ),
    row(
        "unknown_name",
        "model",
        "unknown skill|agent type|unknown agent|not found|no such",
        r"[Uu]nknown (?:skill|agent|command|subagent)",
        r"\b(?:[Rr]ef|[Ee]lement|uid|[Ss]elector|[Cc]ell|[Nn]ode|[Tt]ab|[Pp]age)\b"
        r".{0,80}\bnot found",
        r"\b[Nn]o (?:element|node|page|tab|snapshot)\b.{0,60}\bfound",
        r"Agent type '?\S+'? not found",
        r"[Ss]kill \S+ (?:not found|does not exist)",
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
