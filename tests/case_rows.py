"""The rows that the cases of all sources give, in memory: what the folders of cases stand for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from trajset.annotate import annotate
from trajset.fit.counter import Counter
from trajset.fit.section import Fit
from trajset.sources import SOURCES
from trajset.sources.discover import discover
from trajset.sources.tally import Tally
from trajset.trajectory import Trajectory
from trajset.views.section import Views
from trajset.views.toolbox import name_of
from trajset.views.view import Context, Place, Row

CASES = Path(__file__).parent / "cases"


class CaseRow(Struct, frozen=True, kw_only=True):
    """A row, the case that it is of, and the trajectory that it was made from."""

    case: str
    config: str
    trajectory: Trajectory
    row: Row


@cache
def case_trajectories() -> list[tuple[str, Trajectory]]:
    """`<harness>-<case>` and every trajectory of the case, annotated."""
    by_name = {source.NAME: source for source in SOURCES}
    found = []
    for case in sorted(path for path in CASES.glob("*/*") if (path / "input").is_dir()):
        for unit in discover([str(case / "input")], SOURCES).units:
            for trajectory in by_name[unit.harness].read(unit, Tally()):
                found.append((f"{case.parent.name}-{case.name}", annotate(trajectory)))
    return found


def rows_of(
    trajectory: Trajectory, view: Any, counter: Counter, section: Views, fit: Fit | None = None
) -> Iterator[Row]:
    """The rows of a view, with the catalogue of the trajectory's harness, as a build makes them."""
    source = next(source for source in SOURCES if trajectory.harness == source.NAME)
    catalog = {name_of(schema): schema for schema in getattr(source, "TOOLS", ())}
    context = Context(section=section, fit=fit or Fit(), counter=counter, catalog=catalog)
    yield from view.render(trajectory, Place(id=trajectory.id), context)


def case_rows(counter: Counter, views: tuple[Any, ...], section: Views) -> Iterator[CaseRow]:
    """All rows of all cases."""
    for case, trajectory in case_trajectories():
        for view in views:
            for row in rows_of(trajectory, view, counter, section):
                yield CaseRow(case=case, config=view.NAME, trajectory=trajectory, row=row)
