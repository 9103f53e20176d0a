"""What compilers, linters and builds print when the work itself is not right.

Read only where the call ran such a program; then a pipe that exits 0 hides nothing.
"""

from __future__ import annotations

from trajset.annotate.phenomena.phenomenon import Table
from trajset.annotate.phenomena.phenomenon import phenomenon as row

MISSING_MODULE: Table = (
    row(
        "module_not_found",
        "missing_dependency",
        "no module named|cannot find module|cannot find package|could not resolve|"
        "modulenotfounderror|no required module|unresolved import|can't resolve|"
        "failed to resolve import|cannot load such file|class not found|is not in std|"
        "not found in|no package called",
        r"No module named '?(?P<module>[\w.]+)",
        r"Cannot find (?:module|package) '(?P<module_>(?![./~#$]|@/|[A-Za-z]:)[^']+)'",
        r"Cannot find (?:module|package) '[^']*/node_modules/",
        r"[Mm]odule not found: .{0,40}Can't resolve '(?P<module__>(?![./~#$]|@/)[^']+)'",
        r"Failed to resolve import \"(?P<module___>(?![./~#$]|@/)[^\"]+)\"",
        r"no required module provides package",
        r"there is no package called ‘(?P<module______>[\w.]+)’",
        r"Package (?P<module_______>\w+) not found in current path",
        r"cannot load such file -- (?P<module____>(?![./])\S+)",
        r"package \S+ is not in (?:std|GOROOT)",
        confidence=0.85,
    ),
)

BUILDS: Table = (
    row(
        "compile_error",
        "command_exit",
        "error ts|error cs|error fs|error[e|error: |): error|.go:|.java:|.kt:|.swift:|.c:|"
        ".cpp:|.rs:|fatal error|undefined reference|undefined:|error  |build failed",
        r"\berror TS\d+:",
        r"\berror (?:CS|FS|BC|MSB|NU)\d+:",
        r"^error\[E\d+\]",
        r"^error: (?:could not compile|aborting due|linking|cannot find|expected|mismatched|"
        r"unused|failed|unresolved|no )",
        r"^\S+?:\d+:\d+: (?:fatal )?error:",
        r"^\S+\.(?:java|kt|scala):\d+: error:",
        r"^(?:vet: )?\S+\.go:\d+:\d+: ",
        r"^\S+\.kts?:\(?\d+",
        r"^e: file://",
        r": undefined reference to",
        r"^ld: ",
        r"^collect2: error",
        r"^error: ",
    ),
    row(
        "build_failed",
        "command_exit",
        "build failed|build failure|failed to compile|compilation failed|build error|"
        "failed to build|error in |exited with|lifecycle script|elifecycle|*** [|"
        "failed with exit code|task failed|failed to load config|error during build|"
        "✘ [error]|failed with|rollup failed|exit status|execution failed|err_pnpm|"
        "command failed|type error|webpack|failed to solve|npm err!|npm error|"
        "did not complete successfully|unexpected token|transform failed|could not resolve|"
        "compilation error|cmake error|configuring incomplete|run failed|treated as error|"
        "targets failed|failed to execute goal|│ error: ",
        r"^BUILD FAILED",
        r"BUILD FAILURE",
        r"[Ff]ailed to compile",
        r"[Cc]ompilation (?:failed|error)",
        r"COMPILATION ERROR",
        r"Failed to execute goal",
        r"^CMake Error\b",
        r"^│ Error: ",
        r"^-- Configuring incomplete, errors occurred",
        r"^ *ERROR  run failed: ",
        r"\b[1-9]\d*/\d+ targets failed",
        r"^Warning, treated as error:",
        r"^> Build error occurred",
        r"Build (?:failed|FAILED)",
        r"^ERROR in ",
        r"^(?:g?make|ninja)(?:\[\d+\])?: (?:\*\*\* |build stopped)",
        r"error during build",
        r"^✘ \[ERROR\]",
        r"^\[vite.{0,60}(?:error|failed)",
        r"ELIFECYCLE",
        r"^npm (?:ERR!|error) (?:code|Lifecycle)",
        r"^error: recipe `",
        r"\bERROR task failed",
        r"Execution failed for task",
        r"failed to solve:",
        r"did not complete successfully",
        r"exited with code [1-9]",
        r"exited \([1-9]\)",
        r"^Type error:",
        r"^error Command failed with exit code",
        r"[Ee]rror: Command failed",
        r"\[ERROR\] Failed to",
        r"Transform failed with",
        r"^ERROR: Failed",
        r"error: build failed",
        r"Could not resolve \"",
        r"\*\* BUILD FAILED \*\*",
        r"^Failed: [1-9]",
        r"Tasks: .{0,40}\n.{0,80}Failed: ",
    ),
)

TASKS: Table = (
    row(
        "task_failed",
        "command_exit",
        "task failed|elifecycle|recipe|*** [|exited with code|command failed|npm err!|"
        "npm error|failed with exit code|err_pnpm|with error code",
        r"\bERROR task failed",
        r"ELIFECYCLE",
        r"^error: recipe `",
        r"^g?make(?:\[\d+\])?: \*\*\* ",
        r"exited with code [1-9]",
        r"[Ee]rror:? Command failed",
        r"returned with error code [1-9]",
        r"^npm (?:ERR!|error) (?:code|Lifecycle)",
        r"failed with exit code [1-9]",
        r"ERR_PNPM_RECURSIVE_RUN",
    ),
)

LINTS: Table = (
    row(
        "lint_findings",
        "command_exit",
        "problem|error|issues|offense|would reformat|would be reformatted|code style issues|"
        "violation|findings|not formatted|needs formatting|diff in|sc1|sc2|warning:|"
        "would have|reformatted|vulnerabilit|...failed|hook id:|above command|imports are|"
        "failed|>> issue",
        r"✖ [1-9]\d* problems? \((?!0 errors)",
        r"^Found [1-9]\d* (?:errors?|issues?|problems?|violations?|"
        r"diagnostics?)\b(?!.{0,30}\b0 remaining)",
        r"^Found \d+ warnings? and [1-9]\d* errors?",
        r"\bfound [1-9]\d* errors?\b",
        r"^(?:\w+ (?:ok|FAILED), )*\w+ FAILED(?:,|$)",
        r"affected by [1-9]\d* vulnerabilit",
        r"^>> Issue: \[",
        r"^(?:\[[^\]\n]*\] )?[1-9]\d* issues?[:.]?$",
        r"[1-9]\d* offenses? detected",
        r"\b[1-9]\d* violations?, (?:[1-9]\d* serious|\d+ serious)",
        r"[Cc]ode style issues (?:found|in)",
        r"^[1-9]\d* files? would be reformatted",
        r"^would reformat",
        r"^ERROR: \S+ Imports are incorrectly sorted",
        r"^\S+:\d+(?::\d+)?:? error\b",
        r"^Summary: [1-9]\d* error",
        r"^[ \t]+\d+:\d+\s+error\s+",
        r"^[1-9]\d* errors?\b",
        r"[1-9]\d* errors? generated",
        r"^\S+:\d+:\d+: error:",
        r"^\S+:\d+: error:",
        r"^In \S+ line \d+:$",
        r"\[ERROR\] Found \d+ error",
        r"^error: .{1,200}$",
        r"^[1-9]\d* errors?, ",
        r"^[ \t]*[A-Z]{1,4}\d{3,4} .{1,80}\n +--> ",
        r"^Diff in ",
        r"The above command exited with",
        r"^Checking formatting\.\.\.[\s\S]{0,2000}^\[(?:warn|error)\] \S",
        r"^[1-9]\d* (?:\w+ )*vulnerabilit(?:y|ies)\b",
        r"^\S.{0,76}\.{3,}Failed$",
        r"^- hook id: \S+\n(?:- \S.*\n)?- exit code: [1-9]",
    ),
    row(
        "lint_findings",
        "command_exit",
        ":1|:2|:3|:4|:5|:6|:7|:8|:9",
        r"^\S+?:\d+:\d+: [A-Z]{1,4}\d{1,5}\b",
        r"^\S+?:\d+:\d+: [CEFW]: ",
        r"^\S+\.go:\d+:\d+: \S",
        r"^\S+:\d+ [A-Z]{2}\d{3,4} (?:error|warning|info|style): ",
    ),
)

GENERATORS: Table = (
    row(
        "waiting_for_input",
        "model",
        "?",
        r"(?:\?|✔|◆) +[^\n]{3,120}\?[^\n]{0,80}(?:›|»|\([yY]/[nN]\)|"
        r"\[[yY]/[nN]\])(?![\s\S]*(?:Success|Done|Created|created))",
        confidence=0.7,
    ),
)
