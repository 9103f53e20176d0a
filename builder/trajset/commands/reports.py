"""The commands `failures` and `stats`: parse, call, print."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

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
)

if TYPE_CHECKING:
    from trajset.corpus import Corpus

_TABLES = (
    *("groups", "trajectories", "tools", "sequences"),
    *("best_recoveries", "failure_modes", "repairs"),
)


def failures(
    paths: Paths = None,
    recipe: RecipeFile = None,
    jobs: Jobs = 0,
    env_file: EnvFiles = None,
    limit: Annotated[int, typer.Option(min=0, help="How many places of failures to list.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="One JSON line a failure.")] = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Say whether a session failed in the environment/tool layer or in the model, "
            "and list what was not recovered. "
            "A session's id (or its beginning) can stand for a path.",
        ),
    ] = False,
    bug_report: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Write a Markdown report without any text of the sessions."),
    ] = None,
) -> None:
    """Show what failed, how often and where, or explain why a session failed.

    Exit codes: 0 done, 1 nothing usable, 2 misuse.
    """
    if explain and (json or bug_report is not None):
        raise fail("--explain: expected alone, found with --json or --bug-report", 2)
    if explain:
        _explain(paths, recipe, jobs, env_file)
        return
    from trajset.reports.failures import as_json_lines, find_failures

    corpus = _corpus(paths, recipe, jobs, env_file)
    report = find_failures(corpus)
    if bug_report is not None:
        from trajset.reports.bug_report import write_bug_report

        with mistakes("stopped"):
            write_bug_report(report, bug_report)
        typer.echo(f"written: {bug_report}", err=True)
    if json:
        for line in as_json_lines(report):
            typer.echo(line)
    elif bug_report is None:
        from trajset.reports.copies import copies_in_failures
        from trajset.reports.show_failures import show_failures

        show_failures(report, limit, copies_in_failures(corpus.stats, report))


def _explain(
    paths: list[str] | None, recipe: Path | None, jobs: int, env_file: list[Path] | None
) -> None:
    from trajset.reports.explain import explain

    places = [path for path in paths or () if "://" in path or Path(path).exists()]
    others = [path for path in paths or () if path not in places]
    if len(others) > 1:
        raise fail(f"{others[1]}: expected a file or folder, found nothing", 2)
    session = others[0] if others else None
    sentences = explain(_corpus(places, recipe, jobs, env_file).sessions(session or ""))
    if session is not None and not sentences:
        raise fail(f"{session}: expected a file, a folder or a session's id, found none", 2)
    for sentence in sentences:
        typer.echo(sentence)


def stats(
    paths: Paths = None,
    recipe: RecipeFile = None,
    jobs: Jobs = 0,
    env_file: EnvFiles = None,
    json: Annotated[bool, typer.Option("--json", help="All tables as one JSON object.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="One table as CSV; see --table.")] = False,
    table: Annotated[str, typer.Option(help="For --csv: " + " ".join(_TABLES) + ".")] = _TABLES[0],
) -> None:
    """Show how sessions went: rates, tools, and which repairs worked.

    Exit codes: 0 done, 1 nothing usable, 2 misuse.
    """
    if json and csv:
        raise fail("--csv: expected one of --json and --csv, found both", 2)
    if table not in _TABLES:
        raise fail(f"--table: expected one of {', '.join(_TABLES)}, found {table}", 2)
    from trajset.reports.measures import measure

    corpus = _corpus(paths, recipe, jobs, env_file)
    measures = measure(corpus)
    from trajset.reports import statistics

    tables = statistics.tables(measures)
    if json:
        typer.echo(statistics.as_json(tables))
    elif csv:
        typer.echo(statistics.as_csv(tables[table]), nl=False)
    else:
        from trajset.reports.copies import copies_in_statistics
        from trajset.reports.show_statistics import show_statistics

        show_statistics(tables, copies_in_statistics(corpus.stats, measures))


def _corpus(
    paths: list[str] | None, recipe: Path | None, jobs: int, env_file: list[Path] | None
) -> Corpus:
    """The sessions that a report is about; what could not be read is told to the user.

    Runs that resemble each other all count here; only what was copied counts once.
    """
    from msgspec.structs import replace

    from trajset.corpus import read_corpus
    from trajset.plan import Plan
    from trajset.report import Bar

    wanted = replace(recipe_of(recipe, env_file), plan=Plan(near=None))
    places = list(paths or ()) or found_stores()
    with Bar() as bar, mistakes("stopped"):
        corpus = read_corpus(
            places,
            wanted,
            jobs=jobs or os.cpu_count() or 1,
            env_files=env_file or (),
            progress=bar.update,
        )
    for error in corpus.errors:
        typer.echo(f"not read {error}", err=True)
    return corpus
