"""What tools that read and write files say when the request rested on a wrong belief."""

from __future__ import annotations

from trajset.annotate.phenomena.phenomenon import Table
from trajset.annotate.phenomena.phenomenon import phenomenon as row

BROKEN_EDITS: Table = (
    row(
        "malformed_edit",
        "tool_schema",
        "^^^ expected|missing filename|invalid patch|malformed|not a valid patch|missing `",
        r"^\s*\^\^\^ Expected `",
        r"^\s*(?:\^\^\^ )?Bad/missing filename",
        r"\b(?:[Ii]nvalid|[Mm]alformed) (?:patch|diff|search/replace)\b",
    ),
    row(
        "edit_not_found",
        "model",
        "no exact match|displayed lines|edit was not applied|no edit was made|did not conform",
        r"\A\s*\[?No exact match found in ",
        r"\A\s*Text .{0,200}not found in displayed lines",
        r"\A\s*(?:Your )?[Ee]dit was not applied",
        r"\A\s*No edit was made",
        r"\A\s*The LLM did not conform to the edit format",
    ),
    row(
        "line_out_of_range",
        "model",
        "start_line|line number|line range",
        r"\A\s*(?:Error: |ERROR: )?(?:start_line|end_line|[Ll]ine number).{0,60}(?:must be|"
        r"out of range|invalid|greater)",
        r"\A\s*(?:Error: |ERROR: )?Invalid (?:line (?:number|range)|start_line)",
    ),
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
        "not found|did not appear|could not find|does not match|not match any|no match|"
        "0 occurrences|"
        "failed to find|no replacement|verification failed|not in file|doesn't match|"
        "no changes|failed to match|not exist in the file|could not locate|couldn't find|"
        "unable to find|hunk failed|does not exist in|mismatch|similar match|did not conform",
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
        r"does not match anything in the file",
        r"oldString not found",
        r"No match(?:es)? found for (?:the )?(?:old|search|replace)",
        r"No match found",
        r"No sufficiently similar match",
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
        "matches of|multiple|occurrence|not unique|more than one",
        r"[Ee]xpected \d+ occurrences? but found [2-9]",
        r"found multiple times",
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
