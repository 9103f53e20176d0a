"""What people write on a dataset's card: the text between two marker lines outlives each build."""

from __future__ import annotations

import re

BEGIN = "<!-- notes:begin -->"
END = "<!-- notes:end -->"
_BEGINS = re.compile(rf"^{re.escape(BEGIN)}[ \t]*\r?$", re.MULTILINE)
_ENDS = re.compile(rf"^{re.escape(END)}[ \t]*\r?$", re.MULTILINE)


class NotesError(ValueError):
    """The markers of a card are damaged, so that it cannot be known what people wrote."""


def notes_of(card: str) -> str:
    """The text between the markers, without blank lines around it; empty where there is none.

    Raises:
        NotesError: there is one marker without the other, or more than one pair.
    """
    span = _span(card)
    return card[span[0] : span[1]].strip("\r\n \t") if span is not None else ""


def with_notes(card: str, notes: str) -> str:
    """A card with these notes between its markers; one without markers is given a pair.

    Raises:
        NotesError: see `notes_of`.
    """
    span = _span(card)
    if span is None:
        if not notes:
            return card
        return f"{card.rstrip()}\n\n{BEGIN}\n{notes}\n{END}\n"
    inside = f"\n{notes}\n" if notes else "\n"
    return card[: span[0]] + inside + card[span[1] :]


def merge(old_card: str, new_card: str) -> str:
    """The new card with what people wrote on the old one; where they wrote nothing, as it is.

    Raises:
        NotesError: see `notes_of`; the sentence is about the old card.
    """
    notes = notes_of(old_card)
    return with_notes(new_card, notes) if notes else new_card


def _span(card: str) -> tuple[int, int] | None:
    """Where the text between the markers begins and ends."""
    begins, ends = list(_BEGINS.finditer(card)), list(_ENDS.finditer(card))
    if not begins and not ends:
        return None
    if len(begins) != 1 or len(ends) != 1 or begins[0].end() > ends[0].start():
        raise NotesError(
            f"expected one line {BEGIN} and after it one line {END}, "
            f"found {len(begins)} and {len(ends)}"
        )
    return begins[0].end(), ends[0].start()
