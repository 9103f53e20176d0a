"""The command `review`: parse, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from trajset.commands.options import fail, mistakes


def review(
    folder: Annotated[Path, typer.Argument(help="A dataset folder.")] = Path("builder"),
    output: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads this annotation at run time
        typer.Option("--output", "-o", help="The page to write. [default: DIR/review.html]"),
    ] = None,
    limit: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, help="Show only the first so many trajectories."),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Write a page on which to look at a dataset, and to mark what shall be left out.

    One file that needs no network; it holds what is in the dataset, so treat it as private.

    Exit codes: 0 written, 1 failed, 2 misuse.
    """
    from trajset.folder import FolderError
    from trajset.review.page import write_review
    from trajset.review.stored import ReviewError

    with mistakes("stopped; a page from before is untouched"):
        try:
            written = write_review(folder, output or folder / "review.html", limit)
        except (ReviewError, FolderError) as error:
            raise fail(str(error), 2) from None
    first = "the first " if written.limited else ""
    typer.echo(
        f"{written.path}: {first}{written.shown:,} trajectories, {written.bytes / 1e6:,.1f} MB"
    )
    if open_page:
        import webbrowser

        webbrowser.open(written.path.resolve().as_uri())
