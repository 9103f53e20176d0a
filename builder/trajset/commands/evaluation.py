"""The commands `eval-set` and `score`: parse, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trajset.commands.options import fail


def eval_set(
    folder: Annotated[Path, typer.Argument(help="A dataset folder.")] = Path("builder"),
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write.")] = Path(
        "eval_set.jsonl"
    ),
) -> None:
    """Write prompts of the test split that end after a failure, with the repair that followed."""
    from trajset import evaluation
    from trajset.folder import FolderError

    try:
        count = evaluation.write_lines(evaluation.eval_set(folder), output)
    except (evaluation.EvaluationError, FolderError) as error:
        raise fail(str(error), 1) from None
    except OSError as error:
        raise fail(f"{output}: could not be written: {error.strerror}", 1) from None
    typer.echo(f"{output}: {count:,} items")


def score(
    predictions: Annotated[
        Path, typer.Argument(help='JSON Lines: {"id": …, "message": {an assistant message}}.')
    ],
    items: Annotated[
        Path, typer.Option("--eval-set", "-e", help="What `trajset eval-set` wrote.")
    ] = Path("eval_set.jsonl"),
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score a model's answers: same tool, same target, the failed call again, valid arguments."""
    import msgspec

    from trajset import evaluation

    try:
        found = evaluation.score(
            evaluation.read_lines(items, evaluation.Item),
            evaluation.read_lines(predictions, evaluation.Prediction),
        )
    except evaluation.EvaluationError as error:
        raise fail(str(error), 2) from None
    if json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    total = max(1, found.items)
    typer.echo(f"{'items':<16}{found.items:>8,}")
    for name in ("answered", "same_tool", "same_target", "valid", "repeats_failed"):
        count = getattr(found, name)
        typer.echo(f"{name:<16}{count:>8,}{count / total:>8.1%}")
    for category, (count, right) in sorted(found.by_category.items()):
        typer.echo(f"  {category:<22}{right:>4} of {count} with the same target")
