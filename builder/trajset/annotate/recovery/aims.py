"""What a call was after: things that two calls for the same end have in common."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

from trajset.annotate.attempts import Attempt
from trajset.annotate.naming import names
from trajset.annotate.shell import Run

_WORD = re.compile(r"[A-Za-z_][\w-]{2,}|\d+|[^\x00-\x7f]{2,}")
_MOST_WORDS = 300
_LONGEST_PLACE = 300
_LINE_SUFFIX = re.compile(r"(?::\d+)+$|#L\d+.*$")
_URL = re.compile(r"https?://[^\s'\"<>|)]+")
_GENERIC = names(
    "index.ts index.js index.tsx index.html __init__.py main.go main.rs main.py mod.rs "
    "lib.rs readme.md "
    "package.json cargo.toml go.mod makefile setup.py config.json config.yaml page.tsx layout.tsx "
    "src test tests docs lib app cli cmd internal types utils components scripts skill.md plan.md"
)
_WRITERS = frozenset({"tee", "cp", "mv", "apply_patch", "patch", "set-content"})
_LOOKING = frozenset({"read", "list", "search", "ask", "history", "logs", "filter"})


class Aim(Struct, frozen=True, gc=False, kw_only=True):
    """One end that a call pursued."""

    verb: str
    """look · change · fetch · task · a check's purpose · a tool's or program's name."""
    name: str
    """Program with subcommand, or the tool."""
    purpose: str
    objects: frozenset[str]
    """Last parts of paths, URLs, packages, test names: what it was done to."""
    places: tuple[str, ...]
    """Whole paths, slashes forward."""
    words: frozenset[str]
    run: Run | None = None


@lru_cache(maxsize=8192)
def words_of(text: str) -> frozenset[str]:
    """The distinct words of a text, at most some hundreds."""
    found: set[str] = set()
    for match in _WORD.finditer(text[:12_000]):
        found.add(match[0].lower())
        if len(found) >= _MOST_WORDS:
            break
    return frozenset(found)


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared words in proportion to the smaller set, damped where the sets differ much in size."""
    if not one or not other:
        return 0.0
    shared = len(one & other)
    return shared / min(len(one), len(other)) * 0.5 + shared / len(one | other) * 0.5


def last_part(path: str) -> str:
    """The last part of a path, lower case, without line numbers and trailing slashes."""
    return written_part(path).lower()


def written_part(path: str) -> str:
    """The last part of a path as it is written, for people to read."""
    plain = _LINE_SUFFIX.sub("", path.strip("'\"").replace("\\", "/")).rstrip("/")
    return plain.rsplit("/", 1)[-1].split("::")[0]


def as_written(text: str, attempt: Attempt) -> str:
    """A piece of a call that was made lower case, as the call itself writes it."""
    for source in (attempt.action.url, attempt.action.command, str(attempt.call.arguments)):
        at = source.lower().find(text) if source else -1
        if source and at >= 0 and len(source.lower()) == len(source):
            return source[at : at + len(text)]
    return text


def is_generic(part: str) -> bool:
    """Whether many folders have something of this name."""
    return part in _GENERIC


def same_place(one: str, other: str) -> bool:
    """Whether two paths can mean one thing: equal, or one ends in the other; by parts."""
    a = _parts(one)
    b = _parts(other)
    if not a or not b or a[-1] != b[-1]:
        return False
    shared = 0
    for x, y in zip(reversed(a), reversed(b), strict=False):
        if x != y:
            break
        shared += 1
    return shared == min(len(a), len(b)) or shared >= 2


@lru_cache(maxsize=8192)
def _parts(path: str) -> tuple[str, ...]:
    plain = _LINE_SUFFIX.sub("", path.strip("'\"").replace("\\", "/").lower())
    return tuple(p for p in plain.split("/") if p not in ("", ".", "~", ".."))


def aims_of(attempt: Attempt) -> tuple[Aim, ...]:
    """The ends of a call: one a program on a command line, one for any other tool."""
    if attempt.aims is None:
        attempt.aims = tuple(run_aim(run) for run in attempt.runs) or (_tool_aim(attempt),)
    return attempt.aims


@lru_cache(maxsize=8192)
def run_aim(run: Run) -> Aim:
    """The end of one program."""
    text = " ".join((*run.operands, *run.options, run.inline or ""))
    operands = run.operands[1:] if _takes_pattern(run) else run.operands
    places = tuple(o.replace("\\", "/") for o in operands if _is_place(o))
    if run.stdout and run.purpose in ("write", "print"):
        places = (*places, run.stdout)
    urls = _URL.findall(text)
    verb = run.purpose
    if run.purpose in _LOOKING and run.program not in _WRITERS:
        verb = "look"
    elif run.program in _WRITERS or _edits(run):
        verb = "change"
    objects = {last_part(p) for p in places} | {_bare_url(u) for u in urls}
    return Aim(
        verb=verb,
        name=run.name,
        purpose=run.purpose,
        objects=frozenset(o for o in objects if o.strip(".")),
        places=places,
        words=words_of(text),
        run=run,
    )


def _takes_pattern(run: Run) -> bool:
    """Whether the first operand is a pattern or a script, not a file."""
    if {"-e", "--files", "-f", "--regexp"} & set(run.options):
        return False
    return run.purpose == "search" or run.program in ("sed", "awk", "gawk", "jq", "yq", "perl")


def _edits(run: Run) -> bool:
    """`sed -i`, `cat > file`, `echo … > file`."""
    if run.purpose == "write":
        return run.stdout is not None or run.program in ("sed", "perl")
    return run.purpose == "print" and run.stdout is not None


def _is_place(word: str) -> bool:
    if not word or len(word) >= _LONGEST_PLACE or word.isdigit():
        return False
    return not any(mark in word for mark in " \n*{}()=<>|$!,;")


def _bare_url(url: str) -> str:
    return re.sub(r"^https?://(?:www\.)?", "", url.lower()).split("?")[0].split("#")[0].rstrip("/")


_VERBS = {"read": "look", "list": "look", "search": "look", "edit": "change", "write": "change"}


_EDITS_FILE = re.compile(
    r"\b(?P<edit>edit_file\w*|append_file|insert_content_\w+|create_file)\(|\b(?:open_file|goto_line)\("
)
_QUOTED_PATH = re.compile(r"['\"]([^'\"\n]{1,200}\.\w{1,8})['\"]")


def _script_aim(attempt: Attempt) -> Aim | None:
    """A cell that calls one of the file commands which CodeAct agents have as functions."""
    command = attempt.action.command or ""
    called = _EDITS_FILE.match(command.lstrip())
    path = _QUOTED_PATH.search(command[:600]) if called else None
    if called is None or path is None:
        return None
    return Aim(
        verb="change" if called["edit"] else "look",
        name=called[0].rstrip("("),
        purpose="edit" if called["edit"] else "read",
        objects=frozenset({last_part(path[1])}),
        places=(path[1],),
        words=words_of(command),
    )


def _tool_aim(attempt: Attempt) -> Aim:
    action = attempt.action
    if action.kind == "code":
        aim = _script_aim(attempt)
        if aim is not None:
            return aim
    if action.kind in ("edit", "write"):
        words = words_of(f"{action.new}\n{action.old}")
    else:
        words = words_of(str(attempt.call.arguments))
    objects = {last_part(p) for p in action.paths}
    if action.url:
        objects.add(_bare_url(action.url))
    return Aim(
        verb=_VERBS.get(action.kind, action.kind),
        name=action.name,
        purpose=action.kind,
        objects=frozenset(o for o in objects if o),
        places=tuple(p.replace("\\", "/") for p in action.paths),
        words=words,
    )
