"""What shells and programs say when a command could not do its work (not: that work is wrong).

A group `program` must name something on the command line, so that a log that is only printed
does not count.
"""

from __future__ import annotations

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
        r"^(?:\S+: )*(?:line \d+: |\d+: )?(?P<program>[\w./@+-]+): (?:command )?not found\s*$",
    ),
    row(
        "command_not_found",
        "missing_dependency",
        "is not recognized|no such file or directory|executable file not found|"
        "no such command|not in path",
        r"^'?(?P<program>[\w./@+-]+)'? is not recognized as",
        r"[Tt]he term '(?P<program_>[^']+)' is not recognized",
        r"exec: \"(?P<program__>[\w./@+-]+)\": executable file not found",
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
        'could not determine executable|command "',
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
        "is denied|erofs|access denied",
        r"^(?:/\S*/)?(?P<program>[\w.+-]+): .{0,300}(?:[Pp]ermission denied(?! \(publickey)|"
        r"[Oo]peration not permitted|[Rr]ead-only file system)",
        r"^(?:\S*(?:bash|sh|zsh)|\(eval\))\S*: .{0,300}(?:[Pp]ermission denied|[Oo]peration "
        r"not permitted|[Rr]ead-only file system)",
        r"npm (?:ERR!|error) code (?:EACCES|EPERM)",
        r"^(?:Error: )?(?:EACCES|EPERM|EROFS)\b",
        r"permission denied while trying to connect",
        r"Access (?:to the path .{0,200} )?is denied",
        r"^fatal: .{0,200}(?:Permission denied(?! \(pub)|Read-only file system|Operation not "
        r"permitted)",
        r"^error: .{0,200}(?:Permission denied|Read-only file system|Operation not permitted)",
        r"(?:PermissionError|OSError): \[Errno (?:1|13|30)\]",
    ),
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
        "cannot open|no such file|not a directory",
        r"^(?:/\S*/)?(?P<program>[\w.+-]+?)(?:\.exe)?: .{0,400}(?:[Nn]o such file or "
        r"directory|cannot stat|[Cc]annot access|[Nn]o such file|[Cc]annot open|can't open|IO "
        r"error for operation|Not a directory)",
    ),
    row(
        "is_a_directory",
        "model",
        "is a directory",
        r"^(?:/\S*/)?(?P<program>[\w.+-]+): .{0,300}[Ii]s a directory",
    ),
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
        "no required module",
        r"not a git repository",
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

ARGUMENTS: Table = (
    row(
        "bad_argument",
        "model",
        "none of the others can be|illegal pid",
        r"none of the others can be",
        r"illegal pid",
    ),
)

OPTIONS: Table = (
    row(
        "unknown_option",
        "model",
        "unrecognized|unknown option|invalid option|illegal option|unknown flag|"
        "flag provided but not defined|no such option|unexpected argument|unknown command|"
        "unknown argument|unknown shorthand|invalid value|unrecognised|bad flag|invalid flag|"
        "unknown predicate|unknown arguments|unknown switch|unknown parameter|invalid choice|"
        "unknown subcommand|parameter cannot be found|requires an argument|not a valid|"
        "must be first flag|too many arguments|requires at least|accepts |unknown json field|"
        "invalid argument|unsupported option|bad argument|nknown or unexpected|"
        "invalid predicate|invalid number of|is not a git command|needs a value|"
        "cannot be used with|unknown primary|expression is too|unknown user-defined",
        r"unrecogni[sz]ed (?:option|arguments?|flag|subcommand|command)",
        r"[Uu]nknown (?:option|flag|command|argument|arguments|shorthand flag|switch|"
        r"parameter|subcommand|predicate|JSON field|or unexpected|primary|user-defined)\b",
        r"(?:[Ii]nvalid|[Ii]llegal) option\b",
        r"flag provided but not defined",
        r"[Nn]o such option",
        r"[Uu]nexpected argument",
        r"invalid value .{0,200} for (?:flag|'|\"|one of|option)",
        r"invalid choice:",
        r"[Aa] parameter cannot be found",
        r"option .{0,40}(?:requires an argument|needs a value)",
        r"must be first flag",
        r"is not a git command",
        r"^accepts \d+ arg",
        r"requires at least \d+ arg",
        r"bad flag",
        r"[Ii]nvalid flag",
        r"cannot be used with '",
        r": invalid predicate",
        r"is not a valid (?:option|flag|command|subcommand)",
        r"unrecognized argument",
    ),
)

USAGE: Table = (
    row(
        "usage",
        "model",
        "usage:",
        r"\A(?:\S+: .{0,200}\n)?(?:Error: .{0,200}\n)?[Uu]sage: \S+",
        confidence=0.85,
        infers=False,
    ),
    row(
        "bad_pattern",
        "model",
        "jq: error|parse error|not balanced|not allowed in a regex|trailing backslash|"
        "lookaround|look-around|backreferences|regex parse error|invalid regular|unbalanced|"
        "unmatched|invalid regexp|unterminated|unknown command|invalid command|"
        "extra characters|compile error|syntax error|bad regex|repetition-operator|"
        "undefined label|invalid preceding|invalid reference|unrecognized file type",
        r"^regex parse error",
        r"^(?P<program>e?grep|sed|awk|gawk|rg|perl|jq|find): (?:.{0,200}(?:[Ii]nvalid|"
        r"[Uu]nmatched|[Uu]nbalanced|unterminated|unknown command|extra characters|syntax "
        r"error|compile error|repetition-operator|undefined label|unrecognized file type|bad "
        r"regex|error:|not balanced|not allowed in a regex|[Tt]railing backslash|look-?around|"
        r"backreferences|[Pp]arse error))",
        r"^(?P<program_>jq): (?:parse )?error",
        r"^awk: (?:cmd\. line|syntax|newline)",
    ),
)

CREDENTIALS: Table = (
    row(
        "credentials_missing",
        "missing_dependency",
        "api key|api_key|credential|token|environment variable|env var",
        r"(?:API[ _][Kk]ey|API_KEY|[Cc]redentials?|[Tt]oken|[Ee]nvironment variables?|env "
        r"vars?)\b[^\n]{0,80}\b(?:missing|required|not set|not found|not configured|unset|"
        r"undefined)",
        r"(?:[Mm]issing|[Rr]equired|No)\b[^\n]{0,30}(?:API[ _][Kk]ey|_API_KEY|environment "
        r"variable)",
        confidence=0.75,
    ),
)

BELIEFS: Table = (
    row(
        "refused_as_wrong",
        "model",
        "not found|does not exist|doesn't exist|already exists|no such|invalid|unknown|"
        "not a valid|is required|must be|must specify|could not find",
        r"^\W{0,4}(?:[Ee]rror|ERROR)\b[^\n]{0,200}\b(?:not found|does(?: not|n't) exist|"
        r"already exists|[Nn]o such|[Ii]nvalid|[Uu]nknown|not a valid|is required|must be|"
        r"must specify|[Cc]ould not find)\b",
        infers=False,
        confidence=0.7,
    ),
)
