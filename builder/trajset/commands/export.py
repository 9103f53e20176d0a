"""The commands `export` and `save`: parse, call, print."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
    from trajset.exports.exporting import Exported
    from trajset.recipe import Recipe
    from trajset.report import Bar

_FILTER = "error-recovery"


def export(
    paths: Paths = None,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            help="codeact (or jsonl), openai, openai-ft, openai-dpo, anthropic, atif, sts, "
            "axolotl, sharegpt, dspy, trace-state.",
        ),
    ] = "codeact",
    dataset: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads this annotation at run time
        typer.Option("--dataset", "-d", help="A built dataset's folder, instead of sessions."),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", help="A file, or - for standard output.")
    ] = "",
    only: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--filter", help="error-recovery: only trajectories with a recovery."),
    ] = None,
    since: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Last activity since: 7d, 24h, 2w or a date."),
    ] = None,
    split: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only train, validation or test."),
    ] = None,
    include_metadata: Annotated[
        bool,
        typer.Option("--include-metadata", help="Add model, times, project, tokens, failures."),
    ] = False,
    keep_duplicates: Annotated[
        bool, typer.Option("--keep-duplicates", help="Keep exact and near duplicates.")
    ] = False,
    subagents: Annotated[
        bool, typer.Option("--subagents", help="trace-state: states of sub-agents as well.")
    ] = False,
    recipe: RecipeFile = None,
    env_file: EnvFiles = None,
    jobs: Jobs = 0,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what the format holds and what it cannot.")
    ] = False,
) -> None:
    """Write sessions, redacted and without duplicates, in a format that other tools take.

    Without --output lines go to standard output, unless that is a terminal. Counts go to standard
    error. Exit codes: 0 done, 1 nothing usable or failed, 2 misuse.
    """
    from trajset.exports import ALIASES, FORMATS, format_named, row_format_named

    chosen = format_named(format)
    if chosen is None:
        names = ", ".join((*ALIASES, *(f.NAME for f in FORMATS)))
        raise fail(f"--format: expected one of {names}, found {format}", 2)
    if explain:
        from trajset.exports.explain import explain as lines_about

        for line in lines_about(chosen):
            typer.echo(line)
        return
    _check_options(paths, dataset, output, only, since, split)
    if dataset is not None:
        by_rows = row_format_named(format)
        if by_rows is None:
            raise fail(f"--dataset: {chosen.NAME} needs the sessions (see --explain)", 2)
        if only is not None and by_rows.CONFIG == "preference":
            raise fail(f"--filter: expected with sessions; rows of {by_rows.CONFIG} do not tell", 2)
    if include_metadata and not chosen.METADATA:
        raise fail(f"--include-metadata: {chosen.NAME} has no place for it (see --explain)", 2)
    from trajset.exports.exporting import export_dataset, export_sessions
    from trajset.exports.exporting import output as opened
    from trajset.exports.parts import Wanted
    from trajset.report import Bar

    wanted = Wanted(
        format=chosen.NAME,
        metadata=include_metadata,
        recovered=only is not None,
        subagents=subagents,
        split=split,
    )
    workers = jobs or os.cpu_count() or 1
    corpus = None
    with Bar() as bar, mistakes("stopped"), _endings():
        if dataset is None:
            asked = _recipe(recipe, env_file, since, keep_duplicates)
            corpus = _corpus(paths, asked, env_file, workers, bar)
        with opened(output or "-") as out:
            if corpus is None:
                assert dataset is not None
                exported = export_dataset(dataset, wanted, out, jobs=workers, progress=bar.update)
            else:
                exported = export_sessions(
                    corpus, wanted, asked, out, jobs=workers, progress=bar.update
                )
    _tell(exported, corpus, "" if output in ("", "-") else output)


@contextmanager
def _endings() -> Iterator[None]:
    """How an export may end: its reader has seen enough (`| head`), or a row does not fit."""
    from trajset.folder import FolderError
    from trajset.views.view import DoesNotFit

    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None
    except (DoesNotFit, FolderError) as error:
        raise fail(str(error), 1) from None


def _check_options(
    paths: list[str] | None,
    dataset: Path | None,
    output: str,
    only: str | None,
    since: str | None,
    split: str | None,
) -> None:
    from trajset.plan import SPLITS

    if only not in (None, _FILTER):
        raise fail(f"--filter: expected {_FILTER}, found {only}", 2)
    if split is not None and split not in SPLITS:
        raise fail(f"--split: expected one of {', '.join(SPLITS)}, found {split}", 2)
    if dataset is not None and paths:
        raise fail("--dataset: expected it or places of sessions, found both", 2)
    if dataset is not None and since is not None:
        raise fail("--since: expected with sessions; a dataset's rows hold no last activity", 2)
    if output in ("", "-"):
        if not output and sys.stdout.isatty():
            raise fail("expected --output FILE or a pipe, found a terminal (--output - writes)", 2)
    elif not Path(output).absolute().parent.is_dir() or Path(output).is_dir():
        raise fail(f"--output: expected a file in a folder that exists, found {output}", 2)


def _recipe(
    file: Path | None, env_file: list[Path] | None, since: str | None, keep_duplicates: bool
) -> Recipe:
    from msgspec.structs import replace

    from trajset.recipe import RecipeError, since_ms

    wanted = recipe_of(file, env_file)
    if since is not None:
        try:
            since_ms(since, 0)
        except RecipeError as error:
            raise fail(str(error), 2) from None
        wanted = replace(wanted, read=replace(wanted.read, since=since))
    if keep_duplicates:
        wanted = replace(wanted, plan=replace(wanted.plan, drop_duplicates=False, near=None))
    return wanted


def _corpus(
    paths: list[str] | None, recipe: Recipe, env_file: list[Path] | None, jobs: int, bar: Bar
) -> Corpus:
    from trajset.corpus import read_corpus

    corpus = read_corpus(
        list(paths or ()) or found_stores(),
        recipe,
        jobs=jobs,
        env_files=env_file or (),
        progress=bar.update,
    )
    for error in corpus.errors:
        typer.echo(f"not read {error}", err=True)
    return corpus


def _tell(exported: Exported, corpus: Corpus | None, place: str) -> None:
    """Counts on standard error: what was written, and what was not, by reason."""
    where = f" to {place}" if place else ""
    what = "rows" if corpus is None else "trajectories"
    typer.echo(f"{exported.lines:,} lines of {exported.given:,} {what}{where}", err=True)
    if corpus is not None:
        planned: dict[str, int] = {}
        for reason, _, _ in corpus.planned.drops:
            planned[reason] = planned.get(reason, 0) + 1
        for reason, count in corpus.stats.left_out.items():
            planned[reason] = planned.get(reason, 0) + count
        _counts("not kept", planned)
    _counts("left out", exported.drops)
    _counts("changed", exported.notes)


def _counts(title: str, counts: Mapping[str, int]) -> None:
    if counts:
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        text = ", ".join(f"{count:,} {name}" for name, count in ordered if count)
        typer.echo(f"{title}: {text}", err=True)


def save(
    session: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="A session's id (or its beginning) or its log. Default: the latest."),
    ] = None,
    latest: Annotated[
        bool, typer.Option("--latest", help="The latest of the project; the default.")
    ] = False,
    project: Annotated[
        Path, typer.Option("--project", help="The project; the file goes below it.")
    ] = Path(),
    recipe: RecipeFile = None,
    env_file: EnvFiles = None,
) -> None:
    """Save one session, redacted, to .evolve/trajectories below the project.

    Without a session the latest of the project is saved. Exit codes: 0 saved, 1 none found or
    failed, 2 misuse.
    """
    if session is not None and latest:
        raise fail("--latest: expected it or a session, found both", 2)
    if not project.is_dir():
        raise fail(f"--project: expected a folder, found none at {project}", 2)
    from datetime import UTC, datetime

    from trajset.exports import saving

    wanted = recipe_of(recipe, env_file)
    given = session is not None and ("://" in session or Path(session).exists())
    with mistakes("stopped"):
        places = [str(session)] if given else found_stores()
        if session is not None and not given:
            found = saving.named(places, session, wanted, env_file or ())
        else:
            of_project = None if given else project.resolve()
            found = saving.latest(places, of_project, wanted, env_file or ())
        path, messages = saving.save(found, project, wanted, datetime.now(UTC))
    typer.echo(f"{path}: {messages:,} messages")
