"""What a format holds and what it cannot: for `--explain` and for the table in README.md."""

from __future__ import annotations

from collections.abc import Iterator

from trajset.exports.format import Coverage, Format

SIGN = {"full": "●", "partly": "◐", "dropped": "○"}


def explain(chosen: Format) -> Iterator[str]:
    """Lines for people: what a line is, what to know, and every field of the model."""
    yield f"{chosen.NAME}: {chosen.LINE}"
    for note in chosen.NOTES:
        yield f"- {note}"
    config = getattr(chosen, "CONFIG", None)
    if config is None:
        yield "- From sessions only: a dataset's rows do not hold enough for --dataset."
    elif getattr(chosen, "WHOLE", False):
        yield (
            f"- --dataset takes rows of `{config}` that are whole trajectories (n_windows 1); "
            "others are counted."
        )
    else:
        yield f"- --dataset takes rows of `{config}`."
    if not chosen.METADATA:
        yield "- --include-metadata: there is no place for it."
    yield ""
    for name in Coverage.__struct_fields__:
        carried = getattr(chosen.COVERAGE, name)
        label = name.replace("_", " ")
        yield f"{SIGN[carried.level]} {label:<14}{carried.level:<8} {carried.why}".rstrip()
