"""The command `replay`: parse, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trajset.commands.options import EnvFiles, RecipeFile, fail, mistakes, recipe_of


def replay(
    answers: Annotated[
        Path, typer.Argument(help='JSON Lines: {"state_id": …, "teacher": …, "message": {…}}.')
    ],
    states: Annotated[
        Path,
        typer.Argument(
            help="What was answered: states from `trajset export`, or a dataset folder."
        ),
    ] = Path("builder"),
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write.")] = Path(
        "pairs.jsonl"
    ),
    min_votes: Annotated[
        int, typer.Option(min=1, help="Least teachers' votes for an answer to be chosen.")
    ] = 1,
    recipe: RecipeFile = None,
    env_file: EnvFiles = None,
) -> None:
    """Build preference pairs from teachers' answers to trace states. Calls no model.

    Exit codes: 0 written, 1 no pair or failed, 2 misuse.
    """
    from trajset.corpus import gathering
    from trajset.evaluation import write_lines
    from trajset.folder import FolderError
    from trajset.privacy import Redactor
    from trajset.replay import Replayed, ReplayError, pairs, read_answers, read_states

    wanted = recipe_of(recipe, env_file)
    counts = Replayed()
    try:
        given = read_answers(answers)
        with mistakes("stopped; nothing was written"):
            redactor = Redactor(wanted.privacy, gathering(wanted, env_file or ()).known)
            rows = pairs(
                read_states(states),
                given,
                recipe=wanted,
                min_votes=min_votes,
                redactor=redactor if wanted.privacy.enabled else None,
                counts=counts,
            )
            write_lines(rows, output)
    except ReplayError as error:
        raise fail(str(error), 2) from None
    except FolderError as error:
        raise fail(str(error), 1) from None
    typer.echo(
        f"{output}: {counts.rows:,} pairs from {counts.answers:,} answers "
        f"to {counts.states:,} states"
    )
    for reason, count in sorted(counts.drops.items()):
        typer.echo(f"  {reason:<28}{count:>8,}")
    if not counts.rows:
        raise typer.Exit(1)
