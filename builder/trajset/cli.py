"""The command line: parse, call, print. What things mean stands in the modules that are called."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Optional

import typer

app = typer.Typer(
    name="trajset",
    help="Turn the session logs of coding agents into training data on Hugging Face.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Paths = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads this annotation at run time
    typer.Argument(help="Logs: files, folders or URLs. Without any, the stores on this machine."),
]
RecipeFile = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--recipe", "-r", help="A recipe (YAML); see configs/default.yaml."),
]


def fail(message: str, code: int) -> typer.Exit:
    """Print a message for a mistake that is not ours, and the exit to raise."""
    typer.echo(f"trajset: {message}", err=True)
    return typer.Exit(code)


@app.command()
def build(
    paths: Paths = None,
    recipe: RecipeFile = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The dataset folder.")] = Path("builder"),
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=0, help="Worker processes; 0 = one a core.")
    ] = 0,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first log that cannot be read whole.")
    ] = False,
    env_file: Annotated[
        Optional[list[Path]],  # noqa: UP045
        typer.Option("--env-file", help="A file with values to remove wherever they occur."),
    ] = None,
) -> None:
    """Build a dataset folder that load_dataset opens.

    Exit codes: 0 built, 1 nothing usable or the build failed, 2 misuse.
    """
    from trajset.pipeline import BuildError, NothingUsable
    from trajset.pipeline import build as run
    from trajset.recipe import Recipe, RecipeError, load_recipe
    from trajset.report import Bar, summary

    try:
        wanted = load_recipe(recipe) if recipe is not None else Recipe()
    except RecipeError as error:
        raise fail(str(error), 2) from None
    for file in env_file or ():
        if not file.is_file():
            raise fail(f"{file}: expected a file of values for --env-file, found none", 2)
    places = list(paths or ()) or _found_stores()
    with Bar() as bar:
        try:
            built = run(
                places,
                out,
                wanted,
                jobs=jobs or os.cpu_count() or 1,
                strict=strict,
                env_files=env_file or (),
                progress=bar.update,
            )
        except NothingUsable as error:
            raise fail(
                f"{error}. Is it the right place? `trajset sources` lists those known.", 1
            ) from None
        except FileNotFoundError as error:
            raise fail(str(error), 2) from None
        except BuildError as error:
            raise fail(str(error), 1) from None
        except KeyboardInterrupt:
            raise fail("stopped; the dataset from before is untouched", 130) from None
    summary(built, out)


def _found_stores() -> list[str]:
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


@app.command()
def sources() -> None:
    """List the stores on this machine: harness, place, sessions, size."""
    from trajset.report import stores_table
    from trajset.sources import SOURCES

    stores_table(SOURCES)


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Turn the session logs of coding agents into training data on Hugging Face."""
    if version:
        from trajset import __version__

        typer.echo(f"trajset {__version__}")
        raise typer.Exit


def main() -> None:
    """Entry point of the console script."""
    app()
