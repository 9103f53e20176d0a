"""The command `check`: parse, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from trajset.commands.options import fail


def check(
    folder: Annotated[Path, typer.Argument(help="A dataset folder.")] = Path("builder"),
    tokenizer: Annotated[
        Optional[str],  # noqa: UP045 - typer reads this annotation at run time
        typer.Option("--tokenizer", "-t", help="A local tokenizer folder or a hub id."),
    ] = None,
    max_length: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(
            "--max-length", min=1, help="What the trainer is given; else what was built for."
        ),
    ] = None,
    rows: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("--rows", min=1, help="Look only at the first so many rows of a config."),
    ] = None,
    templates: Annotated[
        bool, typer.Option("--templates", help="Show what TRL's chat templates can render.")
    ] = False,
) -> None:
    """Prove a dataset against a tokenizer and its chat template.

    Exit codes: 0 right, 1 training would go wrong, 2 misuse.
    """
    from trajset.check.show import show, show_templates

    if templates:
        if not show_templates():
            raise fail("expected the package trl, found none; `pip install trl`", 2)
        return
    if tokenizer is None:
        raise fail("expected --tokenizer (a folder or a hub id) or --templates, found neither", 2)
    from trajset.check.judge import CheckError
    from trajset.check.judge import check as run
    from trajset.fit.template_counter import TemplateCounter
    from trajset.folder import FolderError

    try:
        counter = TemplateCounter(tokenizer)
        checked = run(folder, counter, max_length, rows)
    except (CheckError, FolderError) as error:
        raise fail(str(error), 2) from None
    except ValueError as error:
        raise fail(str(error).replace("fit.tokenizer", "--tokenizer"), 2) from None
    show(checked, counter.tokenizer)
    if checked.problems():
        raise typer.Exit(1)
