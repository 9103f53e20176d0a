"""Items of a `std` row: actions and observations, in the order in which they happened."""

from __future__ import annotations

from typing import Any

from trajset.sources.assemble import Assembler
from trajset.sources.content import as_json
from trajset.sources.lenient import mapping
from trajset.sources.responses import word
from trajset.sources.tally import Tally
from trajset.trajectory import Trajectory

CLASSES = frozenset(
    {
        "text_observation",
        "image_observation",
        "web_observation",
        "message_action",
        "api_action",
        "code_action",
    }
)


def read_items(content: list[Any], tally: Tally, *, line: int, **fields: Any) -> Trajectory | None:
    """The trajectory of one row.

    The first observation after a call answers it, whatever its `source` says: in most data sets
    results are labelled `user`, and ADP's own training rows treat them as results. Further ones
    that are not the user's belong to the same result.
    """
    assembler = Assembler(tally)
    pending: list[str] | None = None  # the parts of the result of the open call; None = no call

    def close() -> None:
        nonlocal pending
        if pending:
            assembler.observation("\n".join(part for part in pending if part), line=line)
        pending = None

    for raw in content:
        item = mapping(raw)
        kind = item.get("class_")
        if kind in ("message_action", "code_action", "api_action"):
            close()
            used = _act(assembler, item, line)
            if kind != "message_action":
                pending = []
        elif kind in ("text_observation", "image_observation", "web_observation"):
            text = _seen(item, tally)
            by_user = item.get("source") == "user"
            if pending is not None and not (pending and by_user):
                pending.append(text)
                used = True
            else:
                close()
                used = assembler.message(
                    "user", text, "human" if by_user else "environment", line=line
                )
        else:
            tally.skip_unknown(kind)
            continue
        if used:
            tally.use()
        else:
            tally.skip("empty_item")
    close()
    return assembler.build(**fields)


def _act(assembler: Assembler, item: dict[str, Any], line: int) -> bool:
    """Add an action; `description` is what the model wrote before it."""
    before = word(item.get("description")) or ""
    text = item.get("content") if isinstance(item.get("content"), str) else ""
    if item.get("class_") == "message_action":
        whole = "\n".join(part for part in (before, str(text)) if part.strip())
        return assembler.message("assistant", whole, "model", line=line)
    assembler.message("assistant", before, "model", line=line)
    if item.get("class_") == "code_action":
        assembler.call(word(item.get("language")) or "code", {"code": text}, line=line)
    else:
        assembler.call(word(item.get("function")) or "unknown", item.get("kwargs"), line=line)
    return True


def _seen(item: dict[str, Any], tally: Tally) -> str:
    """What an observation showed; pictures become placeholders."""
    if item.get("class_") == "image_observation":
        tally.note("images")
        return "[image]"
    if item.get("class_") == "web_observation":
        shown = next((t for n in ("axtree", "html", "url") if (t := word(item.get(n)))), "")
        if mapping(item.get("image_observation")):
            tally.note("images")
            shown = f"{shown}\n[image]"
        return shown
    found = item.get("content")
    return as_json(found) if found is not None else ""
