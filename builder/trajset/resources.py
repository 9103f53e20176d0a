"""Recipes and the card's template: from the wheel, or from the checkout beside the package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource(folder: str, name: str) -> Path:
    """Path of `configs/<name>` or `dataset_card/<name>`.

    Raises:
        FileNotFoundError: neither the wheel nor the checkout has it.
    """
    for root in (_PACKAGE / "_resources", _PACKAGE.parent.parent):
        path = root / folder / name
        if path.is_file():
            return path
    raise FileNotFoundError(f"{folder}/{name}: expected it beside the package, found nothing")
