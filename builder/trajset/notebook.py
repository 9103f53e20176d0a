"""Sessions in a notebook: as trajectories, as states for teachers, as a dataset.

    import trajset

    for trajectory in trajset.read("~/.claude/projects"):
        print(trajectory)
    dataset = trajset.load("error_recovery")

Whatever comes from here is annotated and redacted, as in a build; there is no way around it but a
recipe that says so. Fragments are cached where a build has them.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trajset.corpus import find_units, gathering
from trajset.fit.counter import make_counter
from trajset.fragment import open_fragment
from trajset.gather import gather
from trajset.recipe import RecipeLike, recipe_given
from trajset.render import catalog_of
from trajset.sources import SOURCES
from trajset.sources.stores import existing
from trajset.trajectory import Trajectory
from trajset.views.trace_state import TraceState, states
from trajset.views.view import Context

if TYPE_CHECKING:
    from datasets import DatasetDict

Sessions = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""A place (file, folder, URL) or several."""


def read(
    sessions: Sessions | None = None,
    *,
    recipe: RecipeLike = None,
    env_files: Sequence[str | os.PathLike[str]] = (),
    branches: bool = False,
) -> Iterator[Trajectory]:
    """The trajectories of some sessions, log by log: the first is there as soon as its log is read.

    Args:
        sessions: a place or several; without any the stores on this machine.
        recipe: its sections `read` and `privacy` are used.
        env_files: files with values to remove wherever they occur.
        branches: whether abandoned branches are among them.

    Ids are those of each log by itself; a fork's final one only the plan of a build knows. A log
    that cannot be read is told in a warning.

    Raises:
        FileNotFoundError: there is nothing at one of the places, or no store on this machine.
        RecipeError, BuildError: the recipe cannot be used.
    """
    wanted = recipe_given(recipe)
    discovery, _ = find_units(places_of(sessions), wanted)
    job = gathering(wanted, [Path(file) for file in env_files])
    for unit in discovery.units:
        found = gather(job, unit)
        if found.error is not None:
            warnings.warn(found.error, stacklevel=2)
            continue
        for ordinal in found.chosen:
            trajectory = open_fragment(found.fragment).trajectory(ordinal)
            if branches or not trajectory.branch:
                yield trajectory


def trace_states(
    sessions: Sessions | None = None,
    *,
    recipe: RecipeLike = None,
    env_files: Sequence[str | os.PathLike[str]] = (),
    subagents: bool = False,
) -> Iterator[TraceState]:
    """What agents saw before each of their turns, and what they did; see the config `trace_state`.

    Args:
        sessions: a place or several; without any the stores on this machine.
        recipe: its sections `read`, `privacy`, `views` and `fit` (the token budget) are used.
        env_files: files with values to remove wherever they occur.
        subagents: whether trajectories of sub-agents give states as well.

    Raises: as `read` does.
    """
    wanted = recipe_given(recipe)
    with_subagents = subagents or wanted.views.subagents
    counter = make_counter(wanted.fit.tokenizer)
    for trajectory in read(sessions, recipe=wanted, env_files=env_files):
        if trajectory.agent is not None and not with_subagents:
            continue
        context = Context(
            section=wanted.views,
            fit=wanted.fit,
            counter=counter,
            catalog=catalog_of(trajectory.harness),
            place=f"trajectory {trajectory.id}",
        )
        yield from states(trajectory, context=context)


def load(
    config: str = "chat",
    sessions: Sessions | None = None,
    recipe: RecipeLike = None,
    **kwargs: Any,
) -> DatasetDict:
    """One config of the dataset that some sessions give, all of its splits.

    Args:
        config: `codeact`, `chat`, `sft`, `error_recovery`, `preference`, …
        sessions: a place or several; without any the stores on this machine.
        recipe: a Recipe, its sections as a dict, or the path of one.
        kwargs: what `datasets.DatasetBuilder` takes, such as `cache_dir`.

    Raises:
        ValueError: there is no such config, or it has no rows.
        FileNotFoundError: there is nothing at one of the places, or no store on this machine.
    """
    from trajset.loader import AgentSessions

    builder = AgentSessions(
        config, sessions=places_of(sessions), recipe=recipe_given(recipe), **kwargs
    )
    builder.download_and_prepare()
    return builder.as_dataset()


def places_of(sessions: Sessions | None) -> list[str]:
    """Places as text, `~` expanded; the stores on this machine where none is given."""
    if sessions is None:
        stores = [place for source in SOURCES for place in existing(source)]
        if not stores:
            raise FileNotFoundError("no sessions were found on this machine; name a file or folder")
        return stores
    given = [sessions] if isinstance(sessions, str | os.PathLike) else list(sessions)
    return [str(p) if "://" in str(p) else str(Path(p).expanduser()) for p in given]
