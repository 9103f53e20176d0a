"""Rows become `dspy.Example`s, filtered and split."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from trajset.corpus import read_corpus
from trajset.dspy.from_dataset import dataset_rows
from trajset.dspy_rows import DspyRow, dspy_rows
from trajset.folder import FolderError, manifest_file
from trajset.notebook import Sessions, places_of
from trajset.plan import Shares
from trajset.recipe import RecipeLike, recipe_given

if TYPE_CHECKING:
    from dspy import Example

INPUTS = ("task", "context")


class DspyError(ModuleNotFoundError):
    """DSPy is not installed. The text says how to get it."""


class Examples(NamedTuple):
    """The two lists, of `dspy.Example`s with the inputs `task` and `context`."""

    train: list[Example]
    validation: list[Example]


def load(
    sessions: Sessions | None = None,
    *,
    success: bool = False,
    min_correctness: float | None = None,
    above_efficiency: float | None = None,
    recipe: RecipeLike = None,
    env_files: Sequence[str | os.PathLike[str]] = (),
) -> Examples:
    """Examples of turns, train and validation.

    Args:
        sessions: a dataset folder, or logs: a place or several; without any the stores on this
            machine. Logs are split 80 to 20, by session as a build does it; of a dataset all that
            is not in its train split is for validation.
        success: only turns of trajectories with outcome `success`.
        min_correctness: only turns graded so or better (by OpenCode's session-logger plugin).
        above_efficiency: only turns graded better than so.
        recipe: its sections `read`, `privacy` and `plan` are used for logs.
        env_files: files with values to remove wherever they occur, for logs.

    Raises:
        DspyError: DSPy is not installed.
        ValueError: a dataset folder has no rows of codeact.
        NothingUsable: there is no session to read.
    """
    try:
        from dspy import Example
    except ModuleNotFoundError:
        raise DspyError(
            "trajset.dspy.load: expected the package dspy, found none; "
            "install it with `pip install 'trajset[dspy]'`"
        ) from None
    examples = Examples([], [])
    for row, split in _rows(sessions, recipe, env_files):
        if success and row["outcome"] != "success":
            continue
        if min_correctness is not None and not _reaches(row["correctness"], min_correctness):
            continue
        efficiency = row["efficiency"]
        if above_efficiency is not None and (efficiency is None or efficiency <= above_efficiency):
            continue
        chosen = examples.train if split == "train" else examples.validation
        chosen.append(Example(**row).with_inputs(*INPUTS))
    return examples


def _reaches(grade: float | None, least: float) -> bool:
    return grade is not None and grade >= least


def _rows(
    sessions: Sessions | None,
    recipe: RecipeLike,
    env_files: Sequence[str | os.PathLike[str]],
) -> Iterator[tuple[DspyRow, str]]:
    """Rows, each with its split."""
    places = places_of(sessions)
    if len(places) == 1 and _is_dataset(Path(places[0])):
        yield from dataset_rows(Path(places[0]))
        return
    wanted = recipe_given(recipe)
    shares = Shares(train=0.8, validation=0.2, test=0.0)
    wanted = replace(wanted, plan=replace(wanted.plan, splits=shares))
    for trajectory, decision in read_corpus(places, wanted, env_files=[*map(Path, env_files)]):
        for row in dspy_rows(trajectory, decision):
            yield row, decision.split


def _is_dataset(place: Path) -> bool:
    try:
        return place.is_dir() and manifest_file(place) is not None
    except FolderError:  # a folder of logs with a README.md of its own
        return False
