"""From recovered failures to spans: failures with one recovering call share one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trajset.annotate.attempts import Attempt
from trajset.annotate.recovery import Found
from trajset.trajectory import Failure, Message, Recovery, Step


def recoveries_of(
    steps: tuple[Step, ...],
    attempts: Sequence[Attempt],
    found: Mapping[int, Found],
    failures: Sequence[Failure],
) -> tuple[Recovery, ...]:
    """The recoveries, by the step they begin at. `found` maps attempts to what recovered them."""
    position = {f.step: i for i, f in enumerate(failures) if f.category != "unclosed_turn"}
    by_call: dict[int, list[int]] = {}
    for index in sorted(found):
        by_call.setdefault(found[index].index, []).append(index)
    humans = _human_counts(steps)
    recoveries = []
    for recovering, failed in by_call.items():
        start, end = attempts[failed[0]].step, attempts[recovering].step
        links = [found[i].link for i in failed]
        recoveries.append(
            Recovery(
                start=start,
                end=end,
                call_id=attempts[recovering].call.id,
                failures=tuple(position[attempts[i].step] for i in failed),
                why=f"Recovered: {links[0].why}.",
                confidence=min(link.confidence for link in links),
                user_helped=humans[end] > humans[start],
            )
        )
    return tuple(sorted(recoveries, key=lambda r: (r.start, r.end)))


def _human_counts(steps: tuple[Step, ...]) -> list[int]:
    """Number of human messages up to and including each step."""
    counts: list[int] = []
    total = 0
    for step in steps:
        total += isinstance(step, Message) and step.origin == "human"
        counts.append(total)
    return counts
