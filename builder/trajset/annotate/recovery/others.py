"""Ends of other kinds: pages, tools, plans, programs."""

from __future__ import annotations

import re

from trajset.annotate.attempts import Attempt
from trajset.annotate.failures import Failed
from trajset.annotate.naming import names
from trajset.annotate.recovery.aims import Aim, aims_of, alike, as_written, run_aim, words_of
from trajset.annotate.recovery.pair import Link, Pair, link

_NEARLY_EQUAL = 0.75
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
    if (
        hosts
        and other.verb == "fetch"
        and pair.distance <= 8
        and alike(aim.words, other.words) >= 0.45
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


_CONTINUES = frozenset(
    {"git merge", "git rebase", "git cherry-pick", "git pull", "git am", "git stash", "git revert"}
)


def same_program(pair: Pair) -> Link | None:
    """Other programs: the same one on the same thing, or another one with the same arguments."""
    aim, other = pair.aim, pair.other
    if aim.run is None or other.run is None:
        return None
    alikeness = alike(aim.words, other.words)
    if other.purpose == "ask" != aim.purpose:
        return None
    if aim.name == other.name:
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
        if aim.objects & other.objects or alikeness >= enough or not (aim.words or other.words):
            return link(pair, 0.85, f"`{aim.name}` was run again and succeeded")
        return None
    if aim.name in _CONTINUES and other.name in ("git commit", "git push"):
        return link(pair, 0.75, f"`{other.name}` succeeded, so `{aim.name}` was brought to its end")
    if aim.purpose == "install" and other.purpose == "install" and aim.words & other.words:
        return link(pair, 0.75, "the package was installed in another way")
    if alikeness >= 0.7 and len(aim.words) >= 3:
        return link(pair, 0.75, f"`{other.name}` did the same with nearly the same arguments")
    if aim.purpose == "code" and other.purpose == "code" and alikeness >= 0.5:
        return link(pair, 0.7, "a corrected script ran")
    return None


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
    return Link(0.7, "nearly the same command line succeeded", run_aim(later.runs[-1]))
