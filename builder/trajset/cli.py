"""The command line: parse, call, print. What things mean stands in the modules that are called."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Optional

import typer

from trajset.commands.cache import cache
from trajset.commands.check import check
from trajset.commands.evaluation import eval_set, score
from trajset.commands.export import export, save
from trajset.commands.options import (
    EnvFiles,
    Jobs,
    Paths,
    RecipeFile,
    chosen_engine,
    found_stores,
    mistakes,
    recipe_of,
)
from trajset.commands.privacy import redact, scan
from trajset.commands.push import push
from trajset.commands.replay import replay
from trajset.commands.reports import failures, stats
from trajset.commands.review import review

app = typer.Typer(
    name="trajset",
    help="Turn the session logs of coding agents into training data on Hugging Face.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def build(
    paths: Paths = None,
    recipe: RecipeFile = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The dataset folder.")] = Path("builder"),
    jobs: Jobs = 0,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first log that cannot be read whole.")
    ] = False,
    env_file: EnvFiles = None,
    engine: Annotated[
        str, typer.Option("--engine", help="Where to work: local, or ray (a cluster).")
    ] = "local",
    address: Annotated[
        Optional[str],  # noqa: UP045 - typer reads this annotation at run time
        typer.Option("--address", help="Of the Ray cluster: host:port, ray://…, or auto."),
    ] = None,
) -> None:
    """Build a dataset folder that load_dataset opens.

    Exit codes: 0 built, 1 nothing usable or the build failed, 2 misuse.
    """
    from trajset.pipeline import build as run
    from trajset.report import Bar, summary

    wanted = recipe_of(recipe, env_file)
    places = list(paths or ()) or found_stores()
    with (
        Bar() as bar,
        mistakes("stopped; the dataset from before is untouched"),
        chosen_engine(engine, address) as where,
    ):
        built = run(
            places,
            out,
            wanted,
            jobs=jobs or os.cpu_count() or 1,
            strict=strict,
            env_files=env_file or (),
            engine=where,
            progress=bar.update,
        )
    summary(built, out)


app.command()(check)
app.add_typer(cache, name="cache")
app.command()(failures)
app.command()(stats)
app.command("eval-set")(eval_set)
app.command()(score)
app.command()(scan)
app.command()(redact)
app.command()(review)
app.command()(push)
app.command()(replay)
app.command()(export)
app.command()(save)


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
