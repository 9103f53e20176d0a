"""Ends of other kinds: pages, tools, plans, programs."""

from __future__ import annotations

import re

from trajset.annotate.attempts import Attempt
from trajset.annotate.failures import Failed
from trajset.annotate.naming import names
from trajset.annotate.recovery.aims import Aim, aims_of, alike, as_written, run_aim, words_of
from trajset.annotate.recovery.pair import Link, Pair, asks_the_same, link

_NEARLY_EQUAL, _SAME_CELL = 0.75, 0.6
_NEAR = 12


def fetch(pair: Pair) -> Link | None:
    """The same page, or the same site with nearly the same question."""
    aim, other = pair.aim, pair.other
    if not (aim.objects or aim.words):
        return None
    shared = aim.objects & other.objects
    if shared and other.verb in ("fetch", "remote", "code", "look"):
        return link(pair, 0.9, f"`{as_written(min(shared), pair.later)}` was fetched")
    hosts = {o.split("/")[0] for o in aim.objects} & {o.split("/")[0] for o in other.objects}
    given = _PLUMBING | words_of(" ".join(hosts)) | {"url"}
    if (
        hosts
        and other.verb == "fetch"
        and pair.distance <= 8
        and alike(aim.words - given, other.words - given) >= 0.45
    ):
        return link(pair, 0.65, f"another page of {min(hosts)} answered the same question")
    subjects = _subjects(aim) & _subjects(other)
    if other.verb == "fetch" and pair.distance <= _SOON and len(subjects) >= _ENOUGH:
        return link(pair, 0.65, f"another page on {', '.join(sorted(subjects)[:3])} was fetched")
    elsewhere = aim.objects and other.objects and not hosts
    if aim.name == other.name and not elsewhere and alike(aim.words, other.words) >= 0.6:
        return link(pair, 0.75, "the same request succeeded")
    return None


_SOON, _ENOUGH = 5, 2
_PLUMBING = names(
    "https http github githubusercontent gitlab master main search contents raw docs index html "
    "repos blob tree api curl null head true false content prompt fetch page website releases"
)


def _subjects(aim: Aim) -> frozenset[str]:
    """What a request is about: its words, less those of any address."""
    parts = (part for word in aim.words for part in re.split(r"[^a-z0-9_]+", word))
    return frozenset(p for p in parts if len(p) > 4 and p not in _PLUMBING)


def same_tool(pair: Pair) -> Link | None:
    """Other tools: the same one with nearly the same arguments."""
    aim, other = pair.aim, pair.other
    if aim.name != other.name:
        return None
    alikeness = alike(aim.words, other.words)
    if alikeness >= 0.5 or (not aim.words and not other.words):
        return link(pair, 0.8, f"`{aim.name}` was called again and succeeded")
    if pair.failed.cause.category == "tool_schema" and pair.distance <= 4:
        return link(pair, 0.75, f"`{aim.name}` was called again, well-formed")
    return None


def cell(pair: Pair) -> Link | None:
    """A cell of code that raised, put right and run again in the same tool."""
    aim, other = pair.aim, pair.other
    if aim.name != other.name or alike(aim.words, other.words) < _SAME_CELL:
        return None
    return link(pair, 0.75, "the corrected cell ran")


def poll(pair: Pair) -> Link | None:
    """A job asked for again: the same one, or at once another one where there was none such."""
    aim, other = pair.aim, pair.other
    if aim.name != other.name:
        return None
    if _ids(pair.failed.attempt) & _ids(pair.later):
        return link(pair, 0.8, f"`{aim.name}` was called again and succeeded")
    if pair.failed.cause.category != "sandbox_approval" and pair.distance == 1:
        return link(pair, 0.7, f"`{aim.name}` was called with another id")
    return None


def _ids(attempt: Attempt) -> frozenset[str]:
    values = (v for k, v in attempt.call.arguments.items() if "id" in k.lower())
    return frozenset(str(value) for value in values)


def accepted(pair: Pair) -> Link | None:
    """A plan or a question: the next of the same substance that was accepted."""
    aim, other = pair.aim, pair.other
    if aim.verb != other.verb:
        return None
    if aim.verb == "plan" or pair.failed.cause.category != "sandbox_approval":
        return link(pair, 0.8, f"a later `{other.name}` was accepted")
    if alike(aim.words, other.words) >= 0.5:
        return link(pair, 0.8, f"a later `{other.name}` of the same substance was accepted")
    return None


_AT_ONCE = 3
_CONTINUES = frozenset(
    {"git merge", "git rebase", "git cherry-pick", "git pull", "git am", "git stash", "git revert"}
)


def _plain_name(aim: Aim) -> str:
    """The name that a program has in either spelling."""
    return "docker compose" if aim.name.startswith("docker-compose") else aim.name


_GIVES_UP = frozenset({"--abort", "--quit"})


def _gives_up(aim: Aim) -> bool:
    """`git merge --abort` and its like."""
    return aim.run is not None and bool(_GIVES_UP & set(aim.run.options))


def same_program(pair: Pair) -> Link | None:
    """Other programs: the same one on the same thing, or another one with the same arguments."""
    aim, other = pair.aim, pair.other
    if aim.run is None or other.run is None:
        return None
    alikeness = alike(aim.words, other.words)
    if other.purpose == "ask" != aim.purpose or _gives_up(other) or not asks_the_same(pair):
        return None
    if _plain_name(aim) == _plain_name(other):
        if aim.name in (
            "git commit",
            "git push",
            "git pull",
            "git rebase",
            "git merge",
            "git fetch",
        ):
            return link(pair, 0.85, f"`{aim.name}` was run again and succeeded")
        enough = 0.6 if aim.run.inline else 0.4
        soon = aim.purpose == "process" and pair.distance <= _AT_ONCE
        bare = all(word.isdigit() for word in aim.words | other.words)
        if aim.objects & other.objects or alikeness >= enough or bare or soon:
            return link(pair, 0.85, f"`{aim.name}` was run again and succeeded")
        return None
    if aim.purpose == other.purpose == "process" and pair.distance <= _AT_ONCE:
        return link(pair, 0.7, f"`{other.name}` did what `{aim.name}` was to do")
    if aim.name in _CONTINUES and other.name in ("git commit", "git push"):
        return link(pair, 0.75, f"`{other.name}` succeeded, so `{aim.name}` was brought to its end")
    bare = not (aim.words or other.words) and pair.failed.cause.category == "missing_dependency"
    if aim.purpose == other.purpose == "install" and (bare or aim.words & other.words):
        return link(pair, 0.75, "the package was installed in another way")
    if alikeness >= 0.7 and len(aim.words) >= 3:
        return link(pair, 0.75, f"`{other.name}` did the same with nearly the same arguments")
    if aim.purpose == "code" and other.purpose == "code" and alikeness >= 0.5:
        return link(pair, 0.7, "a corrected script ran")
    return None


_OTHERWISE = re.compile(
    r"\b(?:different|another|alternative|simpler|other) (?:approach|way|method|route|strategy)\b",
    re.IGNORECASE,
)
_SCRIPTS = frozenset({"code", "test"})
_TRIED = 6


def _is_script(aim: Aim) -> bool:
    return aim.purpose in _SCRIPTS and aim.run is not None and aim.run.inline is None


def other_script(failed: Failed, aim: Aim, later: Attempt, distance: int) -> Link | None:
    """A script tried in place of one that failed, where the agent says so and runs it at once."""
    if distance > _TRIED or not _is_script(aim) or aim.run is None:
        return None
    if not _OTHERWISE.search(failed.attempt.reply[:300]):
        return None
    other = next((a for a in aims_of(later) if _is_script(a)), None)
    if other is None or other.run is None or other.run.program != aim.run.program:
        return None
    return Link(0.6, "a script that the agent tried instead succeeded", other)


def same_line(failed: Failed, aim: Aim, later: Attempt, distance: int) -> Link | None:
    """The whole command line again with few changes: another shell, another interpreter."""
    one, other = failed.attempt.action.command, later.action.command
    if not one or not other or not later.runs or distance > _NEAR:
        return None
    objects = {o for other_aim in aims_of(later) for o in other_aim.objects}
    if aim.objects and objects and not aim.objects & objects:
        return None
    words = words_of(one)
    if len(words) < 4 or alike(words, words_of(other)) < _NEARLY_EQUAL:
        return None
    last = run_aim(later.runs[-1])
    if not asks_the_same(Pair(failed, aim, later, last, distance)):
        return None
    return Link(0.7, "nearly the same command line succeeded", last)
