"""The commands `scan` and `redact`: parse, call, print."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trajset.commands.options import (
    EnvFiles,
    Jobs,
    Paths,
    RecipeFile,
    fail,
    found_stores,
    mistakes,
    recipe_of,
    scanned,
)

if TYPE_CHECKING:
    from trajset.recipe import Recipe


def scan(
    paths: Paths = None,
    recipe: RecipeFile = None,
    jobs: Jobs = 0,
    env_file: EnvFiles = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Tell what sessions hold, or prove a dataset folder before it is shared; no value is shown.

    PATH may be a dataset folder instead of logs: a second scanner runs over it then, and a receipt
    is left in it.

    Exit codes: 0 scanned (a dataset: nothing blocks a push), 1 findings or failed, 2 misuse.
    """
    wanted = recipe_of(recipe, env_file)
    datasets = [path for path in paths or () if _is_dataset(path)]
    if datasets and len(paths or ()) > 1:
        raise fail(f"{datasets[0]}: expected one dataset folder, or logs, found both", 2)
    if datasets:
        _scan_dataset(Path(datasets[0]), wanted, recipe is not None, jobs, env_file, json)
    else:
        _scan_logs(list(paths or ()), wanted, jobs, env_file, json)


def _is_dataset(path: str) -> bool:
    """Whether a build wrote a folder; one with a README.md of its own holds logs."""
    if not Path(path).is_dir():
        return False
    from trajset.folder import FolderError, manifest_file

    try:
        return manifest_file(Path(path)) is not None
    except FolderError:
        return False


def _scan_dataset(
    folder: Path,
    recipe: Recipe,
    given: bool,
    jobs: int,
    env_files: list[Path] | None,
    json: bool,
) -> None:
    from trajset.scanning.receipt import receipt_path
    from trajset.scanning.show import receipt_json, show_receipt

    with mistakes("stopped; there is no new receipt"):
        receipt = scanned(folder, recipe, given, jobs, env_files)
    if json:
        typer.echo(receipt_json(receipt))
    else:
        show_receipt(receipt, str(receipt_path(folder, receipt.manifest)))
    if not receipt.clean:
        raise typer.Exit(1)


def _scan_logs(
    paths: list[str], recipe: Recipe, jobs: int, env_files: list[Path] | None, json: bool
) -> None:
    from trajset.report import Bar
    from trajset.scanning.logs import scan_logs
    from trajset.scanning.show import logs_json, show_logs

    places = paths or found_stores()
    with Bar() as bar, mistakes("stopped"):
        logs = scan_logs(
            places,
            recipe,
            jobs=jobs or os.cpu_count() or 1,
            env_files=env_files or (),
            progress=bar.update,
        )
    for error in logs.errors:
        typer.echo(f"not read {error}", err=True)
    if json:
        typer.echo(logs_json(logs))
    else:
        show_logs(logs)


def redact(
    file: Annotated[str, typer.Argument(help="A file, or - for standard input.")] = "-",
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Each line is a JSON value; every string is redacted.")
    ] = False,
    recipe: RecipeFile = None,
    env_file: EnvFiles = None,
) -> None:
    """Redact text from a file or standard input to standard output; counts go to standard error.

    Exit codes: 0 done, 1 failed, 2 misuse.
    """
    import sys

    from trajset.privacy import KnownValues, Redactor
    from trajset.privacy.scanner import PatternError
    from trajset.scanning.filtering import Filtered, redact_lines, redact_text

    policy = recipe_of(recipe, env_file).privacy
    if file != "-" and not Path(file).is_file():
        raise fail(f"{file}: expected a file or -, found none", 2)
    filtered = Filtered()
    with mistakes("stopped"):
        try:
            redactor = Redactor(policy, KnownValues.collect(policy, os.environ, env_file or ()))
        except PatternError as error:
            raise fail(str(error), 2) from None
        # Bytes that are no UTF-8 and line ends go through as they are.
        source = 0 if file == "-" else file
        with (
            open(source, encoding="utf-8", errors="surrogateescape", newline="\n") as read,  # noqa: PTH123 - 0 is no path
            open(
                sys.stdout.fileno(),
                "w",
                encoding="utf-8",
                errors="surrogateescape",
                newline="",
                closefd=False,
            ) as out,
        ):
            run = redact_lines if jsonl else redact_text
            for part in run(read, redactor, filtered):
                out.write(part)
    for kind, number in filtered.findings.by_kind().items():
        typer.echo(f"{kind}: {number:,}", err=True)
    if filtered.malformed:
        typer.echo(f"lines that are no JSON, redacted as text: {filtered.malformed:,}", err=True)
