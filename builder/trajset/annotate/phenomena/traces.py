"""Tracebacks and uncaught errors of the interpreters."""

from __future__ import annotations

from trajset.annotate.phenomena.phenomenon import Table
from trajset.annotate.phenomena.phenomenon import phenomenon as row

SCRIPT_MISSING: Table = (
    row(
        "script_not_found",
        "model",
        "can't open file|cannot find module|no such file|cannot open|module not found|"
        "could not find or load|could not open|jarfile",
        r"can't open file '",
        r"Error(?: \[\w+\])?: Cannot find module '(?:[./~]|[A-Za-z]:)",
        r"Can't open perl script",
        r"^ruby: No such file",
        r"^Error: Module not found",
        r"Could not open input file",
        r"Could not find or load main class",
        r"Unable to access jarfile",
    ),
)

SYNTAX: Table = (
    row(
        "interpreter_too_old",
        "missing_dependency",
        "syntaxerror",
        r"^\s+(?:match \w.*:?|.*:=.*|type \w+ = .*)\n[ ^~]*\nSyntaxError: invalid syntax",
        confidence=0.75,
    ),
    row(
        "syntax_error_in_command",
        "model",
        "syntaxerror|indentationerror|syntax error|unexpected token|taberror|parse error",
        r"^\s*File \"(?:<string>|<stdin>|<unknown>)\"[\s\S]{0,600}?^(?:SyntaxError|"
        r"IndentationError|TabError)",
        r"^\[(?:eval|stdin)\]:\d+[\s\S]{0,400}?SyntaxError",
        r"^syntax error at -e line",
    ),
)

NETWORK_TRACES: Table = (
    row(
        "network_exception",
        "network",
        "urllib.error|requests.exceptions|httpx.|connectionrefused|connectionerror|"
        "econnrefused|enotfound|fetch failed|connectionreset|socket.gaierror|endpoint url",
        r"^(?:urllib\.error\.(?:HTTP|URL)Error|requests\.exceptions\.\w+|httpx\.\w+Error|"
        r"Connection(?:Refused|Reset)?Error|aiohttp\.\w+|socket\.gaierror)",
        r"code: '(?:ECONNREFUSED|ENOTFOUND|ETIMEDOUT|ECONNRESET)'",
        r"TypeError: fetch failed",
        r"^botocore\.exceptions\.(?:EndpointConnection|ConnectTimeout|ConnectionClosed)Error",
    ),
)

TRACES: Table = (
    row(
        "traceback",
        "command_exit",
        "traceback (most recent call last)",
        r"^(?P<error>\w+(?:Error|Exception|Exit|Interrupt|Iteration)) {2,}Traceback \(most "
        r"recent call last\)",
    ),
    row(
        "traceback",
        "command_exit",
        "cell in[",
        r"^\s*Cell In\[\d+\], line \d+[\s\S]{0,400}?^(?P<error>\w+Error)(?::|$)",
    ),
    row(
        "traceback",
        "command_exit",
        "traceback (most recent call last)",
        r"^(?:\s*\|? *)Traceback \(most recent call last\):[\s\S]*?^(?:\s*\|? "
        r"*)(?P<error>[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning|Failure|"
        r"[A-Z]\w+))(?::|\s*$)",
    ),
    row(
        "traceback",
        "command_exit",
        "syntaxerror|indentationerror",
        r"^\s*File \"[^\"]+\", line \d+\n[\s\S]{0,600}?^(?P<error>SyntaxError|"
        r"IndentationError|TabError): ",
    ),
    row(
        "uncaught_error",
        "command_exit",
        "[eval",
        r"^\[eval\d*\]:\d+\n[\s\S]{0,2000}?^(?P<error>\w*Error)\b",
    ),
    row(
        "uncaught_error",
        "command_exit",
        "node.js v|    at |throw ",
        r"^(?:Uncaught )?(?P<error>\w*Error)(?: \[\w+\])?: [\s\S]{0,4000}?^Node\.js v\d+",
        r"^Uncaught \w*Error",
    ),
    row(
        "traceback",
        "command_exit",
        ".rb:",
        r"^\S+\.rb:\d+:in .{1,400}\((?P<error>[\w:]*(?:Error|Exception|Interrupt))\)$",
    ),
    row(
        "traceback",
        "command_exit",
        "error: |exception: ",
        r"^  File \"[^\"]+\", line \d+.*\n(?: {4}.*\n){0,3}(?P<error>[A-Za-z_][\w.]*(?:Error|"
        r"Exception))(?::|$)",
        r"^(?P<error_>(?:[a-z_]\w*\.)+[A-Z]\w*(?:Error|Exception)): ",
        confidence=0.85,
    ),
    row(
        "uncaught_error",
        "command_exit",
        ".php line|php fatal|sqlstate",
        r"^ *In \S+\.php line \d+:",
        r"^(?:PHP )?Fatal error: ",
        r"^ *SQLSTATE\[",
    ),
    row(
        "uncaught_error",
        "command_exit",
        "exception in thread|unhandled exception|fatal error|panicked at|uncaught|panic:|"
        "segmentation fault|core dumped|abort trap|killed|tserror|execution halted|"
        "syntax error at|parse error",
        r"^Exception in thread \"",
        r"^Unhandled exception",
        r"^error: Uncaught",
        r"^TSError: ",
        r"^syntax error at \S+ line \d+",
        r"^(?:PHP )?Parse error: ",
        r"^Execution halted$",
        r"^(?:PHP )?Fatal error: ",
        r"^thread '.*' panicked at",
        r"^panic: ",
        r"^goroutine \d+ \[running\]",
        r"^Segmentation fault",
        r"\(core dumped\)",
        r"Abort trap",
    ),
)
