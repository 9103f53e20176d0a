"""What the commands share: options, and how mistakes that are not ours are told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from trajset.engine import Engine
    from trajset.recipe import Recipe
    from trajset.scanning import Receipt

Paths = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads this annotation at run time
    typer.Argument(help="Logs: files, folders or URLs. Without any, the stores on this machine."),
]
RecipeFile = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--recipe", "-r", help="A recipe (YAML); see configs/default.yaml."),
]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=0, help="Worker processes; 0 = one a core.")]
EnvFiles = Annotated[
    Optional[list[Path]],  # noqa: UP045
    typer.Option("--env-file", help="A file with values to remove wherever they occur."),
]


def fail(message: str, code: int) -> typer.Exit:
    """Print a message for a mistake that is not ours, and the exit to raise."""
    typer.echo(f"trajset: {message}", err=True)
    return typer.Exit(code)


def recipe_of(file: Path | None, env_files: list[Path] | None) -> Recipe:
    """The recipe in a file, or the default one; an exit where the options cannot be used."""
    from trajset.recipe import Recipe, RecipeError, load_recipe

    for env_file in env_files or ():
        if not env_file.is_file():
            raise fail(f"{env_file}: expected a file of values for --env-file, found none", 2)
    try:
        return load_recipe(file) if file is not None else Recipe()
    except RecipeError as error:
        raise fail(str(error), 2) from None


@contextmanager
def mistakes(stopped: str) -> Iterator[None]:
    """Tell mistakes that are not ours in a sentence, with the exit code that they have."""
    from trajset.corpus import BuildError, NothingUsable

    try:
        yield
    except NothingUsable as error:
        raise fail(
            f"{error}. Is it the right place? `trajset sources` lists those known.", 1
        ) from None
    except BuildError as error:
        raise fail(str(error), 1) from None
    except OSError as error:
        if isinstance(error, FileNotFoundError) and error.errno is None:
            raise fail(str(error), 2) from None
        reason = error.strerror or type(error).__name__
        raise fail(f"{error.filename}: could not be used: {reason}", 1) from None
    except KeyboardInterrupt:
        raise fail(stopped, 130) from None


def scanned(
    folder: Path, recipe: Recipe, given: bool, jobs: int, env_files: list[Path] | None
) -> Receipt:
    """Scan a dataset folder that a build wrote; an exit where it cannot be done.

    Args:
        given: whether the recipe is the user's; else the manifest tells what it can of the
            build's, which is no lists.
    """
    from trajset.folder import FolderError, read_manifest
    from trajset.privacy import KnownValues
    from trajset.report import Bar
    from trajset.scanning import ScanError, scan_dataset
    from trajset.scanning.dataset import policy_of

    try:
        manifest = read_manifest(folder)
        assert manifest is not None
        policy = recipe.privacy if given else policy_of(manifest)
        with Bar() as bar:
            return scan_dataset(
                folder,
                recipe.privacy.allow_findings,
                policy=policy,
                known=KnownValues.collect(policy, os.environ, env_files or ()),
                jobs=jobs or os.cpu_count() or 1,
                progress=bar.update,
            )
    except FolderError as error:
        raise fail(str(error), 2) from None
    except ScanError as error:
        raise fail(str(error), 1) from None


@contextmanager
def chosen_engine(name: str, address: str | None) -> Iterator[Engine | None]:
    """The engine that `--engine` names, closed in the end; None for processes of this machine."""
    if name not in ("local", "ray"):
        raise fail(f"--engine: expected local or ray, found {name}", 2)
    if name == "local":
        if address is not None:
            raise fail("--address: expected --engine ray with it, found --engine local", 2)
        yield None
        return
    from trajset.ray_engine import RayEngine, RayError

    try:
        engine = RayEngine(address)
    except RayError as error:
        raise fail(str(error), 2) from None
    with engine:
        yield engine


def found_stores() -> list[str]:
    """The stores on this machine, told to the user; an exit where there are none."""
    from trajset.sources import SOURCES
    from trajset.sources.stores import existing, places

    found = {source.TITLE: existing(source) for source in SOURCES}
    for title, where in found.items():
        for place in where:
            typer.echo(f"{title}: {place}", err=True)
    stores = [place for where in found.values() for place in where]
    if not stores:
        looked = "\n".join(f"  {s.TITLE}: {', '.join(places(s))}" for s in SOURCES if places(s))
        raise fail(
            f"no sessions were found on this machine. Looked for:\n{looked}\n"
            "Name a file or folder (`trajset build PATH`), or try the demo: `scripts/demo`.",
            1,
        )
    return stores
