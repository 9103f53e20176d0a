"""What programs say to a command line that they do not understand, or that lacks a credential."""

from __future__ import annotations

from trajset.annotate.phenomena.phenomenon import Table
from trajset.annotate.phenomena.phenomenon import phenomenon as row

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
        "option|predicate|argument",
        r"^(?:/\S*/)?(?P<program>[\w.+-]+): (?:unrecognized|invalid|illegal|unknown|bad) (?:long )?"
        r"(?:option|predicate|argument)\b",
    ),
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
        "jq: error|awk: |parse error|not balanced|not allowed in a regex|trailing backslash|"
        "lookaround|look-around|backreferences|regex parse error|invalid regular|unbalanced|"
        "unmatched|invalid regexp|unterminated|unknown command|invalid command|"
        "extra characters|compile error|syntax error|bad regex|repetition-operator|"
        "undefined label|invalid preceding|invalid reference|unrecognized file type|"
        "missing closing|missing terminating|unclosed",
        r"^regex parse error",
        r"^(?P<program>e?grep|sed|awk|gawk|rg|perl|jq|find): (?:.{0,200}(?:[Ii]nvalid|"
        r"[Uu]nmatched|[Uu]nbalanced|unterminated|unknown command|extra characters|syntax "
        r"error|compile error|repetition-operator|undefined label|unrecognized file type|bad "
        r"regex|error:|not balanced|not allowed in a regex|[Tt]railing backslash|look-?around|"
        r"backreferences|[Pp]arse error|missing (?:closing|terminating)))",
        r"^(?P<program_>jq): (?:parse )?error",
        r"^(?P<program__>[gm]?awk): (?:cmd\. line|syntax|newline)",
    ),
)

TERMINALS: Table = (
    row(
        "no_terminal",
        "model",
        "tty|ioctl|raw mode",
        r"could not open (?:a new )?TTY",
        r"/dev/tty: (?:[Nn]o such device|Device not configured)",
        r"[Ii]nappropriate ioctl for device",
        r"the input device is not a TTY",
        r"Raw mode is not supported",
        r"\bstd(?:in|out) is not a (?:tty|TTY|terminal)",
        confidence=0.8,
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
        "not a valid|is required|must be|must specify|could not find|cannot find|is a reserved",
        r"^[^:\n]{1,200}: No such file or directory$",
        r"^[\w.-]+: +(?:cannot find|can't find|could not find)\b",
        r"^\W{0,4}(?:[Ee]rror|ERROR)\b[^\n]{0,200}\b(?:(?<![Cc]ommand )not found|"
        r"does(?: not|n't) exist|already exists|[Nn]o such|[Ii]nvalid|[Uu]nknown|not a valid|"
        r"is required|must be|must specify|[Cc]ould not find|cannot find|is a reserved)\b",
        infers=False,
        confidence=0.7,
    ),
)
