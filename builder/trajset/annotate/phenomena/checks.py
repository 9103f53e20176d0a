"""What test runners, compilers, linters and builds print when the work itself is not right.

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
        "not found in",
        r"No module named '?(?P<module>[\w.]+)",
        r"Cannot find (?:module|package) '(?P<module_>(?![./~#$]|@/|[A-Za-z]:)[^']+)'",
        r"[Mm]odule not found: .{0,40}Can't resolve '(?P<module__>(?![./~#$]|@/)[^']+)'",
        r"Failed to resolve import \"(?P<module___>(?![./~#$]|@/)[^\"]+)\"",
        r"no required module provides package",
        r"cannot load such file -- (?P<module____>(?![./])\S+)",
        r"package \S+ is not in (?:std|GOROOT)",
        confidence=0.85,
    ),
)

TESTS: Table = (
    row(
        "tests_failed",
        "command_exit",
        "failed|errors|error",
        r"^=*\s*(?:\x1b\S*)?[^\n]{0,60}\b[1-9]\d* (?:failed|errors?)\b[^\n]{0,80}\bin [\d.:]+ "
        r"?s",
        r"^(?:FAILED|ERROR) \S+(?:::\S+| - )",
        r"^FAILED \((?:failures|errors)=",
        r"^E   +\w",
        r"\b[1-9]\d* failed,",
        r"^ *[1-9]\d* failed\b",
        r", [1-9]\d* failed\b",
        r"^=+ (?:FAILURES|ERRORS) =+$",
    ),
    row(
        "tests_failed",
        "command_exit",
        "--- fail|fail\t|[build failed]|panic:|\nfail|[setup failed]",
        r"^\s*--- FAIL: ",
        r"^FAIL\t\S+",
        r"^FAIL\s*\Z",
        r"\[build failed\]",
        r"\[setup failed\]",
        r"^panic: ",
        r"^FAIL$",
    ),
    row(
        "tests_failed",
        "command_exit",
        "test result: failed|test failed|tests failed|failing|panicked|tests:|fail |"
        "test files|tests ",
        r"^test result: FAILED",
        r"^error: (?:\d+ )?(?:test|doctest)s? (?:run )?failed",
        r"^\s*[1-9]\d* failing\b",
        r"^ *(?:Tests|Test Files|Test Suites):? +(?:\S+ )?[1-9]\d* failed",
        r"^thread '.*' panicked at",
        r"^\s*(?:FAIL|❯|×|✗|✘) +\S+\.(?:test|spec|e2e|cy)\S*",
        r"^# fail [1-9]",
        r"^ℹ fail [1-9]",
        r"^not ok \d+",
        r"^\s*FAIL \[",
        r"^Summary \[.*[1-9]\d* failed",
    ),
    row(
        "tests_failed",
        "command_exit",
        "failures|tests run|failed!|there was|there were|failed:|fail:|assertion|not ok|"
        "failed tests|test failed|tests failed|examples|with failures|executed",
        r"^FAILURES!",
        r"Tests: \d+, Assertions: \d+.{0,40}(?:Failures|Errors): [1-9]",
        r"Tests run: \d+, Failures: (?:[1-9]|\d+, Errors: [1-9])",
        r"\b\d+ examples?, [1-9]\d* failures?",
        r"\d+ (?:runs|tests), \d+ assertions, (?:[1-9]\d* failures|\d+ failures, [1-9]\d* "
        r"errors)",
        r"^Failed!  - Failed: +[1-9]",
        r"There (?:was|were) \d+ (?:failure|error)s?",
        r"[Tt]est [Ss]uite .{0,80} failed",
        r"Executed \d+ tests?, with [1-9]\d* failure",
        r"^\*\* TEST FAILED \*\*",
        r"\b[1-9]\d* tests? failed",
        r"^\d+ tests?, [1-9]\d* failures?",
        r"✖ failing tests",
        r"^\[\s*FAILED\s*\]",
        r"The following tests FAILED",
        r"\d+% tests passed, [1-9]",
        r"Test (?:Suites|Files).{0,20}[1-9]\d* failed",
        r"There are test failures",
        r"Assertion (?:error|failed)",
        r"AssertionError",
    ),
    row(
        "tests_failed",
        "command_exit",
        "error|fail",
        r"^(?:ERROR|FAIL): test\w+",
        r"^\s*\d+\) .{0,100}\n\s+(?:Error|AssertionError)",
        r"^(?:✗|✖|×|❌) .{0,120}(?:fail|error|FAIL)",
        r"^\s*[1-9]\d* fail$",
        r"^\(fail\) ",
        r"RUN  v[\s\S]{0,4000}?FAIL  ",
        r"^(?:FAIL|FAILED)[: ]\s*\S.{0,160}$",
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
        r"^\S+\.go:\d+:\d+: ",
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
        "did not complete successfully|unexpected token|transform failed|could not resolve",
        r"^BUILD FAILED",
        r"BUILD FAILURE",
        r"[Ff]ailed to compile",
        r"[Cc]ompilation (?:failed|error)",
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
        "npm error|failed with exit code|err_pnpm",
        r"\bERROR task failed",
        r"ELIFECYCLE",
        r"^error: recipe `",
        r"^g?make(?:\[\d+\])?: \*\*\* ",
        r"exited with code [1-9]",
        r"[Ee]rror:? Command failed",
        r"^npm (?:ERR!|error) (?:code|Lifecycle)",
        r"failed with exit code [1-9]",
        r"ERR_PNPM_RECURSIVE_RUN",
    ),
)

LINTS: Table = (
    row(
        "lint_findings",
        "command_exit",
        "problem|error|issues|offenses|would reformat|would be reformatted|code style issues|"
        "violations|findings|not formatted|needs formatting|diff in|sc1|sc2|warning:|"
        "would have|reformatted",
        r"✖ [1-9]\d* problems? \((?!0 errors)",
        r"^Found [1-9]\d* (?:errors?|issues?|problems?|violations?|"
        r"diagnostics?)\b(?!.{0,30}\b0 remaining)",
        r"^(?:\[[^\]\n]*\] )?[1-9]\d* issues?[:.]?$",
        r"[1-9]\d* offenses? detected",
        r"[Cc]ode style issues (?:found|in)",
        r"^[1-9]\d* files? would be reformatted",
        r"^would reformat",
        r"^\S+:\d+(?::\d+)?:? error\b",
        r"^\S+?:\d+:\d+: [A-Z]{1,4}\d{1,5}\b",
        r"^Summary: [1-9]\d* error",
        r"^\s+\d+:\d+\s+error\s+",
        r"^[1-9]\d* errors?\b",
        r"^Found [1-9]\d* error",
        r"[1-9]\d* errors? generated",
        r"^\S+:\d+:\d+: error:",
        r"^\S+:\d+: error:",
        r"^In \S+ line \d+:$",
        r"\[ERROR\] Found \d+ error",
        r"^error: .{1,200}$",
        r"^[1-9]\d* errors?, ",
        r"^\s*[A-Z]{1,4}\d{3,4} .{1,80}\n +--> ",
        r"^Diff in ",
        r"The above command exited with",
        r"^Checking formatting\.\.\.[\s\S]{0,2000}^\[(?:warn|error)\] \S",
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
