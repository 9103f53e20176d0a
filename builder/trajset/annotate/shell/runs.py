"""Every program that a command line runs: its name, its purpose, its operands, where "
"its output goes."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from trajset.annotate.naming import names
from trajset.annotate.shell.parse import Command, parse
from trajset.annotate.shell.programs import (
    FILTERS,
    GLOBAL_OPTIONS_WITH_VALUE,
    PURPOSES,
    SCRIPT_RUNNERS,
    TASK_RUNNERS,
    WITH_SUBCOMMANDS,
    purpose_of_task,
)
from trajset.annotate.shell.wrappers import inside, program_name

_INTERPRETERS = names("python python3 python2 py node ruby perl php deno bun ts-node tsx pypy3")
_INLINE_FLAGS = frozenset({"-c", "-e", "-p", "-r", "--eval", "--print", "eval", "-E"})
_MODULES_AS_PROGRAMS = names(
    "pytest unittest mypy ruff pip black isort flake8 pylint coverage build pyright tox nox "
    "doctest behave pre_commit bandit"
)
_YARN_OWN = names(
    "add install remove init create why upgrade up link info cache exec audit outdated "
    "view list ls "
    "pack publish config store prune dedupe dlx import licenses pm update"
)
_COMPOSER_OWN = names("require update install show dump-autoload validate create-project remove")
_OPERANDS_FIRST = frozenset({"find", "gfind"})
_SHELLS = names("bash sh zsh dash ksh source .")
_VERSION_FLAGS = frozenset({"--version", "-v", "-V", "version", "--help", "-h", "-version"})
_VERSIONED = (("python3.", "python3"), ("gcc-", "gcc"), ("g++-", "g++"), ("clang-1", "clang"))


class Run(Struct, frozen=True, gc=False, kw_only=True):
    """One program of a command line."""

    name: str
    """Program with its subcommand: `go test`, `npm run lint`, `pytest`, `git add`."""
    program: str
    """What was named on the line, wrappers taken off: `go`, `npm`, `python`."""
    purpose: str
    operands: tuple[str, ...]
    options: tuple[str, ...]
    wrappers: tuple[str, ...]
    link: str
    scope: str
    negated: bool
    piped: bool
    """Its input is the output of the run before it."""
    feeds: bool
    """Its output goes into the next run."""
    guarded: bool
    """`|| …` stands behind it (or behind its pipeline): its failing was reckoned with."""
    hidden: bool
    """Its output goes to a file or nowhere."""
    quiet: bool
    """Its error messages go to a file or nowhere."""
    stdout: str | None
    merges: bool
    """Its error messages are asked for: `2>&1` without a pipe behind."""
    inline: str | None
    """Program text handed over on the line (`python -c`, a heredoc)."""


@lru_cache(maxsize=4096)
def runs(line: str) -> tuple[Run, ...]:
    """The programs that a command line runs, in order. Never raises."""
    return tuple(_resolve(list(parse(line)), (), 0))


def _resolve(commands: list[Command], outer: tuple[str, ...], depth: int) -> list[Run]:
    found: list[Run] = []
    guards = _guarded(commands)
    for index, command in enumerate(commands):
        following = commands[index + 1] if index + 1 < len(commands) else None
        feeds = following is not None and following.link == "|"
        what = inside(command.words)
        if what.script is not None and depth < 3:
            inner = _as_part_of(command, parse(what.script))
            if inner:
                resolved = _resolve(inner, (*outer, *what.wrappers), depth + 1)
                found += _in_place_of(resolved, feeds=feeds, guarded=guards[index])
                continue
        words = what.words or what.wrappers[-1:]
        if words and words[0].strip():
            found.append(
                _run(words, command, (*outer, *what.wrappers), feeds=feeds, guarded=guards[index])
            )
    return found


def _as_part_of(outer: Command, script: tuple[Command, ...]) -> list[Command]:
    """The commands of a script that one command runs, standing where that command stands."""
    inner = [
        replace(one, scope=one.scope or outer.scope, stderr=one.stderr or outer.stderr)
        for one in script
    ]
    if inner:
        inner[0] = replace(inner[0], link=outer.link)
        inner[-1] = replace(inner[-1], stdout=inner[-1].stdout or outer.stdout)
    return inner


def _in_place_of(inner: list[Run], *, feeds: bool, guarded: bool) -> list[Run]:
    """The runs of a script, with what stands behind the shell that runs it: a pipe, `||`."""
    if not (feeds or guarded):
        return inner
    return [replace(run, feeds=run.feeds or feeds, guarded=run.guarded or guarded) for run in inner]


def _guarded(commands: list[Command]) -> list[bool]:
    """For each command whether `||` follows its pipeline."""
    guards = [False] * len(commands)
    guard = False
    for index in range(len(commands) - 1, -1, -1):
        guards[index] = guard
        link = commands[index].link
        guard = True if link == "||" else guard if link == "|" else False
    return guards


def _run(
    words: list[str], command: Command, wrappers: tuple[str, ...], *, feeds: bool, guarded: bool
) -> Run:
    program = program_name(words[0])
    for prefix, plain in _VERSIONED:
        if program.startswith(prefix):
            program = plain
    rest = words[1:]
    name, purpose, rest, inline = _identify(program, rest, command.stdin)
    options = tuple(w for w in rest if w.startswith("-") and len(w) > 1)
    operands = tuple(w for w in rest if w and not (w.startswith("-") and len(w) > 1))
    if program in _OPERANDS_FIRST:
        first_option = next((i for i, w in enumerate(rest) if w.startswith("-")), len(rest))
        operands = tuple(rest[:first_option])
    if _only_asks_version(rest):
        purpose = "ask"
    elif name == "sed":
        in_place = any(o.startswith("-i") or o == "--in-place" for o in options)
        purpose = "write" if in_place else "read"
    elif name == "cat" and command.stdout and command.stdin is not None:
        purpose = "write"
    elif name == "rg" and "--files" in options:
        purpose = "list"
    elif purpose in ("lint", "format") and "--fix" in options:
        purpose = "lint"
    quiet = command.stderr not in (None, "&1", "/dev/stdout", "/dev/stderr", "/dev/tty")
    piped = command.link == "|"
    return Run(
        name=name,
        program=program,
        purpose="filter" if piped and program in FILTERS and not wrappers else purpose,
        operands=operands,
        options=options,
        wrappers=wrappers,
        link=command.link,
        scope=command.scope,
        negated=command.negated,
        piped=piped,
        feeds=feeds,
        guarded=guarded,
        hidden=command.stdout is not None or command.scope == "substitution",
        quiet=quiet or (command.stderr == "&1" and command.stdout is not None),
        stdout=command.stdout,
        merges=command.stderr == "&1" and not feeds,
        inline=inline,
    )


def _identify(
    program: str, rest: list[str], stdin: str | None
) -> tuple[str, str, list[str], str | None]:
    """(name, purpose, the words behind the name, inline program text)."""
    if program in _INTERPRETERS:
        return _interpreter(program, rest, stdin)
    if program in _SHELLS and rest and program not in ("source", "."):
        script = next((w for w in rest if not w.startswith("-")), None)
        if script is not None:
            return f"{program} {script}", purpose_of_task(_stem(script)), rest, stdin
    if program in WITH_SUBCOMMANDS or program in SCRIPT_RUNNERS or program in TASK_RUNNERS:
        return (*_subcommand(program, rest), stdin)
    purpose = PURPOSES.get(program)
    if purpose is None:
        purpose = purpose_of_task(_stem(program)) if "." in program else "run"
    return program, purpose, rest, stdin


def _interpreter(
    program: str, rest: list[str], stdin: str | None
) -> tuple[str, str, list[str], str | None]:
    for index, word in enumerate(rest):
        following = rest[index + 1] if index + 1 < len(rest) else ""
        if word == "-m" and program.startswith("py"):
            module = following.split(".")[0].replace("_", "-")
            behind = rest[index + 2 :]
            if following.split(".")[0] in _MODULES_AS_PROGRAMS:
                if module in WITH_SUBCOMMANDS or module in SCRIPT_RUNNERS:
                    return (*_subcommand(module, behind), stdin)
                if module == "build":
                    return "python -m build", "build", behind, stdin
                return module, PURPOSES.get(module, "test"), behind, stdin
            return f"python -m {following}", "code", behind, stdin
        if word in ("--test", "test") and program in ("node", "bun", "deno"):
            return f"{program} test", "test", rest[index + 1 :], stdin
        if word in _INLINE_FLAGS:
            return program, "code", rest[:index], following
        if word in ("run", "x", "add", "install", "i", "task", "check", "lint", "fmt") and (
            program in ("bun", "deno")
        ):
            return (*_subcommand(program, rest), stdin)
        if not word.startswith("-"):
            script = _stem(word)
            if script == "artisan" and following == "test":
                return "artisan test", "test", rest[index + 2 :], stdin
            if script == "manage" and following == "test":
                return "manage.py test", "test", rest[index + 2 :], stdin
            purpose = purpose_of_task(script)
            return f"{program} {word}", "test" if purpose == "test" else "code", rest, stdin
    return program, "code", rest, stdin


def _subcommand(program: str, rest: list[str]) -> tuple[str, str, list[str]]:
    valued = GLOBAL_OPTIONS_WITH_VALUE.get(program, frozenset())
    index = 0
    while index < len(rest) and (rest[index].startswith(("-", "+")) or "=" in rest[index]):
        index += 2 if rest[index] in valued else 1
    before, behind = rest[:index], rest[index:]
    if not behind:
        return program, PURPOSES.get(program, "run"), before
    sub = behind[0]
    if sub in SCRIPT_RUNNERS.get(program, ()) and len(behind) > 1:
        task = next((w for w in behind[1:] if not w.startswith("-")), "")
        known = PURPOSES.get(program_name(task)) if "." not in task else None
        return f"{program} run {task}", known or purpose_of_task(task), [*before, *behind[2:]]
    if program in TASK_RUNNERS and "=" not in sub:
        return f"{program} {sub}", purpose_of_task(sub), [*before, *behind[1:]]
    for length in (2, 1):
        key = " ".join([program, *behind[:length]])
        if len(behind) >= length and key in PURPOSES:
            return key, PURPOSES[key], [*before, *behind[length:]]
    if program == "composer" and purpose_of_task(sub) != "install" and sub not in _COMPOSER_OWN:
        return f"composer run {sub}", purpose_of_task(sub), behind[1:]
    if program in ("yarn", "pnpm", "bun") and sub not in _YARN_OWN:
        task = program_name(sub)
        return f"{program} run {sub}", PURPOSES.get(task) or purpose_of_task(sub), behind[1:]
    if program == "ruff" and sub not in ("check", "format"):
        return "ruff", "lint", rest
    purpose = "vcs" if program == "git" else PURPOSES.get(program, "run")
    return f"{program} {sub}", purpose, [*before, *behind[1:]]


def _stem(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]


def _only_asks_version(rest: list[str]) -> bool:
    return (len(rest) == 1 and rest[0] in _VERSION_FLAGS) or "--help" in rest
