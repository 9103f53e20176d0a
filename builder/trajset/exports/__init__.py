"""The export formats: one module a format, and the registry that names them."""

from __future__ import annotations

from trajset.exports import (
    anthropic,
    atif,
    axolotl,
    codeact,
    dspy,
    openai,
    openai_dpo,
    openai_ft,
    sharegpt,
    sts,
    trace_state,
)
from trajset.exports.format import Format, RowFormat

ROW_FORMATS: tuple[RowFormat, ...] = (
    codeact,
    openai,
    openai_ft,
    openai_dpo,
    anthropic,
    axolotl,
    sharegpt,
)
"""Those that a built dataset's rows give as well."""
FORMATS: tuple[Format, ...] = (*ROW_FORMATS, atif, sts, dspy, trace_state)
ALIASES = {"jsonl": "codeact"}


def format_named(name: str) -> Format | None:
    """The format of a name or alias, or None."""
    name = ALIASES.get(name, name)
    return next((f for f in FORMATS if name == f.NAME), None)


def row_format_named(name: str) -> RowFormat | None:
    """The format of a name or alias, if the rows of a dataset give it."""
    name = ALIASES.get(name, name)
    return next((f for f in ROW_FORMATS if name == f.NAME), None)
