"""What shells and programs say when a command could not do its work (not: that work is wrong).

A group `program` must name something on the command line, so that a log that is only printed
does not count.
"""

from __future__ import annotations

from trajset.annotate.phenomena import localised
from trajset.annotate.phenomena.phenomenon import Table
from trajset.annotate.phenomena.phenomenon import phenomenon as row

NOT_FOUND: Table = (
    row(
        "command_not_found",
        "missing_dependency",
        "command not found",
        r"(?:command not found: (?P<program>[\w./@+-]+)\s*$)",
    ),
    row(
        "command_not_found",
        "missing_dependency",
        "not found",
        r"^(?:\S+: )*(?:line \d+: |\d+: )?(?P<program>[\w./@+-]+): (?:[Cc]ommand )?not found\s*$",
    ),
    row(
        "command_not_found",
        "missing_dependency",
        "is not recognized|no such file or directory|executable file not found|"
        "no such command|not in path|' not found, but",
        r"^'?(?P<program>[\w./@+-]+)'? is not recognized as",
        r"^Command '(?P<program___>[\w./@+-]+)' not found, but",
        r"[Tt]he term '(?P<program_>[^']+)' is not recognized",
        r"exec: \"[\w./@+-]+\": executable file not found",
    ),
    row(
        "interpreter_not_found",
        "missing_dependency",
        "no such file or directory|bad interpreter",
        r"^(?:/usr/bin/)?env: ['‘`\"]?(?P<program>[\w.-]+)['’\"]?: No such file",
        r"bad interpreter: ",
    ),
    row(
        "could_not_determine_executable",
        "missing_dependency",
        'could not determine executable|command "|failed to spawn|failed to find|failed to query|'
        "err_pnpm",
        r"npm (?:ERR!|error) could not determine executable",
        r"^error: Failed to spawn: [`'\"]",
        r"ERR_PNPM_RECURSIVE_EXEC_FIRST_FAIL",
        r"^error: Failed to (?:find|query) (?:executable|Python)",
        r"^error Command \"[\w:.-]+\" not found",
        r"ERR_PNPM_NO_SCRIPT_OR",
    ),
    row(
        "subcommand_not_installed",
        "missing_dependency",
        "no such command|no such subcommand",
        r"^error: no such (?:sub)?command: [`'\"]",
    ),
    *localised.NOT_FOUND,
)

SHELL_SYNTAX: Table = (
    row(
        "shell_syntax",
        "model",
        "syntax error|unexpected eof|parse error|unexpected end of file|bad substitution|"
        "unterminated|unmatched|event not found|no matches found|parsererror|"
        "missing the terminator|was unexpected at this time|here-document",
        r"^\S*(?:sh|eval\)?|sh\.exe|-c): (?:.{0,40}(?:line )?\d+: )?(?:syntax error|"
        r"unexpected EOF|parse error|Syntax error|bad substitution|unmatched|unterminated)",
        r"^(?:zsh|\(eval\)|bash)\S*: (?:\d+: |line \d+: )?.{0,80}(?:syntax error|unexpected "
        r"EOF|parse error|event not found|bad substitution|unmatched|no matches found)",
        r"^\(eval\):\d+: (?:no matches found|parse error|unmatched|bad )",
        r"ParserError",
        r"missing the terminator",
        r"was unexpected at this time",
        r"here-document at line \d+ delimited",
    ),
    row(
        "shell_misuse",
        "model",
        "too many arguments|invalid option|not a valid identifier|read-only variable|"
        "integer expression|bad option|unary operator|no such file or directory",
        r"^(?:\S*(?:bash|sh|zsh)|\(eval\))\S*: (?:line )?(?:\d+: )?(?:cd: too many arguments|"
        r"export: |read-only variable|\[: |\S+: (?:invalid option|bad option|not a valid "
        r"identifier|unary operator expected)|bad option)",
    ),
)

DENIED: Table = (
    row(
        "permission_denied",
        "sandbox_approval",
        "permission denied|operation not permitted|read-only file system|eacces|eperm|"
        "is denied|erofs|access denied|are you root|superuser",
        r"^(?:/\S*/)?(?P<program>[\w.+-]+): .{0,300}(?:[Pp]ermission denied(?! \(publickey)|"
        r"[Oo]peration not permitted|[Rr]ead-only file system)",
        r"^(?:\S*(?:bash|sh|zsh)|\(eval\))\S*: .{0,300}(?:[Pp]ermission denied|[Oo]peration "
        r"not permitted|[Rr]ead-only file system)",
        r"npm (?:ERR!|error) code (?:EACCES|EPERM)",
        r"^E: .{0,200}(?:Permission denied|are you root\?)",
        r"\bare you root\?|must be (?:run as root|superuser)",
        r"^(?:Error: )?(?:EACCES|EPERM|EROFS)\b",
        r"permission denied while trying to connect",
        r"Access (?:to the path .{0,200} )?is denied",
        r"^fatal: .{0,200}(?:Permission denied(?! \(pub)|Read-only file system|Operation not "
        r"permitted)",
        r"^error: .{0,200}(?:Permission denied|Read-only file system|Operation not permitted)",
        r"(?:PermissionError|OSError): \[Errno (?:1|13|30)\]",
    ),
    *localised.DENIED,
)

DIRECTORIES: Table = (
    row(
        "no_such_directory",
        "model",
        "no such file or directory|not a directory|cannot find the path|can't cd|cannot find path",
        r"(?:^|: )cd: (?:no such file or directory: |not a directory: |can't cd to "
        r")?.{0,300}(?:No such file or directory|no such file or directory|[Nn]ot a directory|"
        r"can't cd)",
        r": cd: no such file",
        r"cannot find the path specified",
        r"[Cc]annot find path '",
    ),
)

PLACES: Table = (
    row(
        "no_such_file",
        "model",
        "no such file or directory|no such file",
        r"^(?:\S*(?:bash|sh|zsh)|\(eval\)|\S+\.sh)\S*:(?: ?line)? ?(?:\d+: )?(?:no such file "
        r"or directory: .+|.{1,300}: No such file or directory)$",
    ),
    row(
        "no_such_file",
        "model",
        "no such file or directory|cannot access|cannot stat|can't open|can't read|"
        "cannot open|no such file|not a directory|cannot find path",
        r"^(?:/\S*/)?(?P<program>[\w.+-]+?)(?:\.exe)?(?: \(child\))? ?: .{0,400}(?:[Nn]o such "
        r"file or directory|cannot stat|[Cc]annot access|[Nn]o such file|[Cc]annot open|"
        r"can't open|IO error for operation|Not a directory|Cannot find path)",
    ),
    row(
        "is_a_directory",
        "model",
        "is a directory",
        r"^(?:/\S*/)?(?P<program>[\w.+-]+): .{0,300}[Ii]s a directory",
    ),
    *localised.PLACES,
)

PROJECTS: Table = (
    row(
        "wrong_directory",
        "model",
        "not a git repository|go.mod file not found|does not contain main module|"
        "could not find `cargo.toml`|no package.json|enoent|not in a|"
        "no configuration file provided|could not read package.json|no pyproject|no gemfile|"
        "no rakefile|no makefile|no rule to make|no targets specified|outside repository|"
        "no justfile|no importer manifest|could not locate gemfile|no such file|project file|"
        "go: no modules|no workspace|root directory|does not exist|main module|"
        "no required module|no configuration files|failed to read dockerfile|couldn't find an|"
        "package.swift|no pom in|gradle build|msb1003",
        r"not a git repository",
        r"Error: No configuration files",
        r"failed to read dockerfile",
        r"Could not find Package\.swift",
        r"there is no POM in this directory",
        r"does not contain a Gradle build",
        r"couldn't find an eslint\.config",
        r"go\.mod file not found",
        r"does not contain main module",
        r"could not find `Cargo\.toml`",
        r"[Nn]o package\.json",
        r"ENOENT.{0,80}package\.json",
        r"ERR_PNPM_NO_IMPORTER_MANIFEST",
        r"Could not read package\.json",
        r"no configuration file provided",
        r"No pyproject\.toml",
        r"Could not (?:locate|find) (?:Gemfile|a `?pyproject)",
        r"No Rakefile found",
        r"No targets specified and no makefile",
        r"is outside repository",
        r"[Nn]o justfile",
        r"MSB1003",
        r"Couldn't find a project to run",
        r"does not contain (?:a )?(?:package|build file|pom)",
        r"directory not found for",
        r"no Go files in",
        r"go: no modules specified",
    ),
    row(
        "no_such_task",
        "model",
        "missing script|no rule to make target|no such task|unknown task|could not find task|"
        "command \"|no task|don't know how to build task|missing task|"
        "justfile does not contain|err_pnpm_no_script|no tasks|script not found|"
        "not found in workspace|none of the selected|"
        "not found: |no tests|matched no|no files matching|no test files|e902",
        r"^ERROR: (?:file or directory )?not found: ",
        r"[Nn]o tests? (?:ran|found|collected)\b",
        r"matched no packages|[Nn]o test files found|[Nn]o files matching",
        r"\bE902\b",
        r"[Mm]issing script:",
        r"No rule to make target",
        r"[Nn]o such task",
        r"[Uu]nknown task",
        r"[Cc]ould not find task",
        r"Don't know how to build task",
        r"ERR_PNPM_NO_SCRIPT",
        r"does not contain recipe",
        r"no task(?:s)? .{0,40}found",
        r"error: Script not found",
        r"Task '\S+' not found",
        r"None of the selected packages has a",
        r"no such package `",
        r"package ID specification .{0,80} did not match",
        r"package\(s\) .{0,80} not found in workspace",
    ),
)
