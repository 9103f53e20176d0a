"""The command `push`: parse, call, ask, print."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from trajset.commands.options import (
    EnvFiles,
    Jobs,
    RecipeFile,
    fail,
    found_stores,
    mistakes,
    recipe_of,
    scanned,
)

if TYPE_CHECKING:
    from trajset.hub.connection import Connection
    from trajset.hub.push import Plan
    from trajset.recipe import Recipe

_STOPPED_LATE = (
    "stopped while sending; a commit is made whole or not at all. Push again: what has arrived is "
    "not sent again"
)


def push(
    repository: Annotated[
        str, typer.Argument(metavar="NAMESPACE/NAME", help="The dataset on the Hub.")
    ],
    folder: Annotated[Path, typer.Option("--dir", help="The dataset folder.")] = Path("builder"),
    session: Annotated[
        Optional[str],  # noqa: UP045 - typer reads this annotation at run time
        typer.Option(
            "--session",
            help="Send one session for the Hub's trace viewer, redacted, instead of a dataset: "
            "its id (or the beginning), or its log. The log itself never goes.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would go; write nothing to the Hub.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    public: Annotated[
        bool,
        typer.Option(
            "--public", help="Accept a repository that is public already; asks for its name."
        ),
    ] = False,
    confirm: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="NAMESPACE/NAME", help="That name, where nobody can be asked."),
    ] = None,
    recipe: RecipeFile = None,
    env_file: EnvFiles = None,
    jobs: Jobs = 0,
) -> None:
    """Put a dataset on the Hub, privately, after showing what goes and asking.

    Only README.md, data/** of this build and the card's plots go, in one commit. It is refused
    where the build is not redacted or was changed, where a scan finds what looks like a secret,
    and where the repository is public. The token is the one of `hf auth login` or HF_TOKEN.

    Exit codes: 0 pushed or nothing new, 1 refused or failed, 2 misuse, 130 stopped.
    """
    _check_options(repository, not dry_run and not yes, not dry_run and public, confirm, public)
    wanted = recipe_of(recipe, env_file)
    from trajset.folder import FolderError
    from trajset.hub.connection import quiet_client
    from trajset.hub.errors import PushError
    from trajset.hub.guards import held
    from trajset.hub.push import carry_out
    from trajset.hub.show import show_plan, show_pushed
    from trajset.scanning import ScanError

    with mistakes("stopped; nothing was committed"), quiet_client():
        try:
            with held(folder) if session is None else nullcontext():
                if session is None:
                    given = recipe is not None
                    hub, planned = _dataset(
                        repository, folder, wanted, given, public, env_file, jobs
                    )
                else:
                    hub, planned = _session(repository, session, wanted, public, env_file, jobs)
                show_plan(hub, planned, public)
                if planned.nothing_new:
                    typer.echo("nothing new: all of this is on the Hub; no commit was made")
                elif dry_run:
                    typer.echo("dry run: nothing was written to the Hub")
                else:
                    _agree(planned, repository, yes, confirm)
                    with mistakes(_STOPPED_LATE):
                        show_pushed(hub, carry_out(hub, planned))
        except (PushError, FolderError, ScanError) as error:
            raise fail(str(error), 1) from None


def _check_options(
    repository: str, asks: bool, asks_name: bool, confirm: str | None, public: bool
) -> None:
    from trajset.hub.connection import check_name
    from trajset.hub.errors import PushError

    try:
        check_name(repository)
    except PushError as error:
        raise fail(f"{repository}: {error}", 2) from None
    if confirm is not None and not public:
        raise fail("--confirm: expected with --public, found alone", 2)
    if confirm not in (None, repository):
        raise fail(f"--confirm: expected {repository}, found {confirm}", 2)
    if not sys.stdin.isatty():
        if asks:
            raise fail("expected a terminal to ask on, or --yes (or --dry-run), found neither", 2)
        if asks_name and confirm is None:
            raise fail(
                "--public: expected a terminal on which to type the repository's name, or "
                f"--confirm {repository}, found neither",
                2,
            )


def _dataset(
    repository: str,
    folder: Path,
    recipe: Recipe,
    given: bool,
    public: bool,
    env_files: list[Path] | None,
    jobs: int,
) -> tuple[Connection, Plan]:
    """Look at a dataset folder and at the Hub, scan, and show what would go."""
    from trajset.hub.connection import connect
    from trajset.hub.guards import checked, refuse_findings
    from trajset.hub.parcel import dataset_parcel
    from trajset.hub.push import plan
    from trajset.hub.remote import look
    from trajset.hub.show import show_dataset
    from trajset.scanning import load_receipt

    dataset = checked(folder)
    hub = connect(repository, _tell)
    remote = look(hub, public)
    # A receipt does not tell what was looked for: whoever names that here gets a scan of his own.
    receipt = None if given or env_files else load_receipt(folder)
    if receipt is None:
        receipt = scanned(folder, recipe, given, jobs, env_files)
    refuse_findings(
        receipt,
        str(folder),
        f". `trajset scan {folder}` lists them: remove them by the recipe's section privacy and "
        "build again; or, if they are harmless, put their hashes in privacy.allow_findings and "
        "push with --recipe",
    )
    parcel = dataset_parcel(dataset, receipt, repository)
    show_dataset(dataset.manifest, receipt)
    return hub, plan(parcel, remote)


def _session(
    repository: str,
    session: str,
    recipe: Recipe,
    public: bool,
    env_files: list[Path] | None,
    jobs: int,
) -> tuple[Connection, Plan]:
    """Read one session, look at the Hub, scan, and show what would go."""
    from trajset.corpus import read_corpus
    from trajset.hub.connection import connect
    from trajset.hub.guards import refuse_findings
    from trajset.hub.push import plan
    from trajset.hub.remote import look
    from trajset.hub.session import refuse_unredacted, session_parcel
    from trajset.hub.show import show_session
    from trajset.privacy import KnownValues
    from trajset.report import Bar
    from trajset.scanning import scan_lines

    refuse_unredacted(recipe)
    hub = connect(repository, _tell)
    remote = look(hub, public)
    is_log = "://" in session or Path(session).exists()
    with Bar() as bar:
        corpus = read_corpus(
            [session] if is_log else found_stores(),
            recipe,
            jobs=jobs or os.cpu_count() or 1,
            env_files=env_files or (),
            progress=bar.update,
        )
    parcel = session_parcel(corpus.sessions("" if is_log else session), session)
    receipt = scan_lines(
        {item.path: item.data() for item in parcel.items},
        recipe.privacy.allow_findings,
        policy=recipe.privacy,
        known=KnownValues.collect(recipe.privacy, os.environ, env_files or ()),
    )
    refuse_findings(
        receipt,
        session,
        ". Remove it by the recipe's section privacy; or, if it is harmless, put its hash in "
        "privacy.allow_findings and push with --recipe",
    )
    show_session(parcel, receipt)
    return hub, plan(parcel, remote)


def _agree(planned: Plan, repository: str, yes: bool, confirm: str | None) -> None:
    """Ask; an exit where the answer is no."""
    try:
        if planned.public:
            typed = confirm or typer.prompt(
                "Everybody will see it. To push all the same, type the repository's name"
            )
            if typed.strip() != repository:
                raise fail(f"expected {repository}, found {typed}; nothing was pushed", 1)
        elif not yes and not typer.confirm(f"Push to {repository}?"):
            raise fail("nothing was pushed", 1)
    except typer.Abort:
        typer.echo(err=True)
        raise fail("stopped; nothing was pushed", 130) from None


def _tell(line: str) -> None:
    typer.echo(line, err=True)
