"""YAML recipe -> `Recipe`. Its sections are named after the phases; unknown keys are refused."""

from __future__ import annotations

import difflib
import os
import re
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct, field

from trajset.fit.elide import LEAST
from trajset.fit.section import Fit
from trajset.plan import Plan
from trajset.privacy.policy import Privacy
from trajset.views.section import Views

Strings = tuple[str, ...]


class RecipeError(ValueError):
    """A recipe cannot be used. The text names the place, what was expected and what was found."""


class Read(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Recipe section `read`: which sessions, and how much damage is accepted."""

    harnesses: Strings = ()
    """Names of sources; empty = all."""
    projects: Strings = ()
    """Globs over the working directory (as it stands after redaction); empty = all."""
    exclude_projects: Strings = ()
    since: str | None = None
    """Only sessions with activity since: `7d`, `24h`, `2w`, or a date such as `2026-01-31`."""
    max_mb: float | None = None
    """Largest log to read, in 10^6 bytes."""
    min_tool_calls: int = 0
    outcomes: tuple[typing.Literal["success", "failure", "unknown"], ...] = ()
    """Outcomes to keep; empty = all."""
    max_unread: float = 0.05
    """Share of logs that may be unreadable before the build fails."""


class Card(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Recipe section `card`: what only the owner of the sessions can say."""

    pretty_name: str = "Coding agent trajectories"
    license: str | None = None
    languages: Strings = ("en",)
    tags: Strings = ()


class Recipe(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole recipe; every section and every key has a default."""

    read: Read = field(default_factory=Read)
    privacy: Privacy = field(default_factory=Privacy)
    plan: Plan = field(default_factory=Plan)
    views: Views = field(default_factory=Views)
    fit: Fit = field(default_factory=Fit)
    card: Card = field(default_factory=Card)


class _Loader(yaml.SafeLoader):
    """YAML without dates: `since: 2026-01-31` is the text that it looks like."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_recipe(path: Path) -> Recipe:
    """Read a recipe file.

    Raises:
        RecipeError: it cannot be read, is no YAML, or does not fit.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(
            f"{path}: expected a readable recipe, found {type(error).__name__}"
        ) from None
    return parse_recipe(text, str(path))


RecipeLike = Recipe | Mapping[str, Any] | str | os.PathLike[str] | None
"""A recipe, its sections as a mapping, the path of one, or None for the defaults."""


def recipe_given(recipe: RecipeLike) -> Recipe:
    """The recipe that something stands for in Python.

    Raises:
        RecipeError: it cannot be used.
    """
    if recipe is None:
        return Recipe()
    if isinstance(recipe, Mapping):
        return parse_recipe(yaml.safe_dump(dict(recipe)))
    return recipe if isinstance(recipe, Recipe) else load_recipe(Path(recipe))


def parse_recipe(text: str, place: str = "recipe") -> Recipe:
    """Parse a recipe's YAML. See `load_recipe`."""
    try:
        value = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise RecipeError(f"{place}{line}: expected YAML, found {_first_line(error)}") from None
    value = {} if value is None else value
    if isinstance(value, dict):
        value = {name: item for name, item in value.items() if item is not None}
    _refuse_unknown(value, Recipe, place)
    try:
        recipe = msgspec.convert(value, Recipe, strict=True)
    except msgspec.ValidationError as error:
        raise RecipeError(f"{place}: {_lower_first(str(error))}") from None
    _check(recipe, place)
    return recipe


def _refuse_unknown(value: Any, kind: type, place: str) -> None:
    """Raise RecipeError for a key that the Struct does not have, naming the nearest one."""
    if not isinstance(value, dict):
        raise RecipeError(f"{place}: expected keys and values, found {type(value).__name__}")
    hints = typing.get_type_hints(kind)
    known = {f.encode_name: hints[f.name] for f in msgspec.structs.fields(kind)}
    for key, item in value.items():
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.4)
            hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known)}"
            raise RecipeError(f"{place}: expected a known key, found {key}{hint}")
        section = _struct_in(known[key])
        if section is not None and item is not None:
            _refuse_unknown(item, section, f"{place}: {key}")


def _struct_in(hint: Any) -> type | None:
    if isinstance(hint, type) and issubclass(hint, Struct):
        return hint
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next((s for a in typing.get_args(hint) if (s := _struct_in(a))), None)
    return None


def _check(recipe: Recipe, place: str) -> None:
    if recipe.fit.max_tokens < 256:
        raise RecipeError(
            f"{place}: fit.max_tokens: expected at least 256, found {recipe.fit.max_tokens}"
        )
    for tool, most in recipe.fit.elide_tools.items():
        if most < LEAST:
            raise RecipeError(
                f"{place}: fit.elide_tools: {tool}: expected at least {LEAST}, found {most}"
            )
    if not 0 <= recipe.views.min_learnt < 1:
        raise RecipeError(
            f"{place}: views.min_learnt: expected a share, 0 to 1, found {recipe.views.min_learnt}"
        )
    for value in recipe.privacy.allow_findings:
        if not _HASH.fullmatch(value):
            raise RecipeError(
                f"{place}: privacy.allow_findings: expected hashes as `trajset scan` shows them "
                f"(16 hex digits), found one of {len(value)} characters"
            )
    shares = recipe.plan.splits
    values = (shares.train, shares.validation, shares.test)
    if min(values) < 0 or sum(values) <= 0:
        raise RecipeError(f"{place}: plan.splits: expected shares of 0 or more, one above 0")
    near = recipe.plan.near
    if near is not None and not 0.7 <= near.threshold <= 1:
        raise RecipeError(
            f"{place}: plan.near.threshold: expected 0.7 to 1, found {near.threshold}"
        )
    if not 5 <= recipe.plan.decontaminate_words <= 100:
        raise RecipeError(
            f"{place}: plan.decontaminate_words: expected 5 to 100, "
            f"found {recipe.plan.decontaminate_words}"
        )
    for name, most in recipe.plan.max_rows.items():
        if most < 1:
            raise RecipeError(f"{place}: plan.max_rows: {name}: expected 1 or more, found {most}")
    if recipe.read.since is not None:
        since_ms(recipe.read.since, 0, place)


_HASH = re.compile(r"[0-9a-fA-F]{16}")
_SINCE = re.compile(r"(\d+)([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}


def since_ms(since: str, now: int, place: str = "--since") -> int:
    """The moment (ms since the epoch) that `7d`, `24h`, `2w` or a date means; `now` likewise.

    Raises:
        RecipeError: it is none of these.
    """
    match = _SINCE.fullmatch(since.strip())
    if match:
        return now - int(match.group(1)) * _HOURS[match.group(2)] * 3_600_000
    from trajset.sources.times import to_ms

    moment = to_ms(since)
    if moment is None:
        raise RecipeError(f"{place}: expected 7d, 24h, 2w or a date, found {since}")
    return moment


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
