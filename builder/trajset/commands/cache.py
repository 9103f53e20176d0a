"""The command `cache`: parse, call, print."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from trajset.commands.options import fail

cache = typer.Typer(
    help="Show what the cache holds, or clear it.",
    invoke_without_command=True,
    no_args_is_help=False,
)


@cache.callback()
def show(context: typer.Context) -> None:
    """Show where the cache is and what it holds (redacted content only)."""
    if context.invoked_subcommand is not None:
        return
    from trajset.cache import cache_folder
    from trajset.cache_use import KINDS, usage

    folder = cache_folder()
    typer.echo(f"{folder}")
    for use in usage(folder):
        typer.echo(
            f"{use.kind:<10} {use.files:>8,} files {use.bytes / 1e6:>10,.1f} MB  {KINDS[use.kind]}"
        )


@cache.command()
def clear(
    unused: Annotated[
        Optional[int],  # noqa: UP045 - typer reads this annotation at run time
        typer.Option("--unused", min=1, help="Only what nothing has used for so many days."),
    ] = None,
) -> None:
    """Delete what the cache holds; the next build makes it again."""
    from trajset.cache import cache_folder
    from trajset.cache_use import clear as run

    folder = cache_folder()
    try:
        gone = run(folder, unused or 0)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise fail(f"{error.filename or folder}: could not be deleted: {reason}", 1) from None
    typer.echo(f"{gone.files:,} files deleted, {gone.bytes / 1e6:,.1f} MB")
