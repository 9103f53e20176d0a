"""How well annotate agrees with hand labels: the measures of the labels' README.

`scores(labels, sessions)` reads the labelled sessions with trajset's own sources. `labels` is a
file or a folder of files; a session may be `path#n`, the n-th trajectory of a file that holds many.
Lines marked `unsure` count half. `scripts/bench labels` prints them.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from trajset.annotate import annotate
from trajset.trajectory import Trajectory

Reader = Callable[[Path], Iterable[Trajectory]]


def read_with_sources(path: Path) -> Iterable[Trajectory]:
    """The trajectories of one log, by the source that claims it."""
    from trajset.sources import SOURCES
    from trajset.sources.discover import discover
    from trajset.sources.tally import Tally

    by_name = {source.NAME: source for source in SOURCES}
    for unit in discover([str(path)], SOURCES).units:
        yield from by_name[unit.harness].read(unit, Tally())


def load(labels: Path) -> dict[str, dict[str, Any]]:
    """Session -> {"labels": {call id: line}, "outcome": line}, of one file or a folder of them."""
    sessions: dict[str, dict[str, Any]] = defaultdict(lambda: {"labels": {}, "outcome": {}})
    files = sorted(labels.glob("*.jsonl")) if labels.is_dir() else [labels]
    for text in (line for file in files for line in file.read_text("utf-8").splitlines()):
        line = json.loads(text)
        if line.get("done"):
            sessions[line["session"]]["outcome"] = line
        else:
            sessions[line["session"]]["labels"][line["call_id"]] = line
    return dict(sessions)


def scores(labels: Path, sessions: Path, read: Reader = read_with_sources) -> dict[str, Any]:
    """Agreement with the labels: shares in [0, 1], the confusion of categories, and `misses`."""
    sums: Counter[str] = Counter()
    confusion: Counter[str] = Counter()
    misses: list[str] = []
    for name, wanted in load(labels).items():
        annotated = [annotate(t) for t in _read_one(sessions, name, read)]
        found = {
            f.call_id: f
            for t in annotated
            for f in t.failures
            if f.call_id is not None and f.category != "unclosed_turn"
        }
        _compare(name, wanted["labels"], found, sums, confusion, misses)
        _compare_ends(name, wanted["outcome"], annotated, sums, misses)
    return {
        "failure_precision": _share(sums, "hit", "found"),
        "failure_recall": _share(sums, "hit", "wanted"),
        "status_source": _share(sums, "source", "hit"),
        "category": _share(sums, "category", "hit"),
        "recovered": _share(sums, "recovered", "hit"),
        "same_recovering_call": _share(sums, "same_call", "both_recovered"),
        "outcome": _share(sums, "outcome", "outcomes"),
        "unclosed_precision": _share(sums, "unclosed_hit", "unclosed_found"),
        "unclosed_recall": _share(sums, "unclosed_hit", "unclosed_wanted"),
        "failures": sums["wanted"],
        "confusion": dict(sorted(confusion.items())),
        "misses": misses,
    }


def _read_one(sessions: Path, name: str, read: Reader) -> list[Trajectory]:
    """The trajectories of a session; `path#n` is the one at index n in the order of reading."""
    path, _, number = name.partition("#")
    found = list(read(sessions / path))
    return [found[int(number)]] if number else found


def _compare(
    name: str,
    labels: dict[str, dict[str, Any]],
    found: dict[str, Any],
    sums: Counter[str],
    confusion: Counter[str],
    misses: list[str],
) -> None:
    where = name.rsplit("/", 1)[-1][-14:]
    for call_id in sorted({*labels, *found}):
        label, failure = labels.get(call_id), found.get(call_id)
        weight = 0.5 if label and label.get("unsure") else 1
        is_failure = label is not None and label["category"] != "not_a_failure"
        sums["wanted"] += weight * is_failure
        sums["found"] += weight * (failure is not None)
        if not is_failure or failure is None or label is None:
            if is_failure or failure is not None:
                what = "missed" if is_failure else f"wrong ({failure.kind}, {failure.category})"
                misses.append(f"{where} {call_id[-6:]} failure {what} weight {weight}")
            continue
        sums["hit"] += weight
        sums["source"] += weight * (failure.status_source == label["status_source"])
        sums["category"] += weight * (failure.category == label["category"])
        confusion[f"{label['category']} -> {failure.category}"] += 1
        by, want = failure.recovered_by, label["recovered_by"]
        sums["recovered"] += weight * ((by is None) == (want is None))
        if by is not None and want is not None:
            sums["both_recovered"] += weight
            sums["same_call"] += weight * (by == want)
        for measure, got, wish in (
            ("category", failure.category, label["category"]),
            ("recovered_by", (by or "-")[-6:], (want or "-")[-6:]),
        ):
            if got != wish:
                what = f"{measure}: {got}, label {wish} ({failure.kind})"
                misses.append(f"{where} {call_id[-6:]} {what} weight {weight}")


def _compare_ends(
    name: str,
    label: dict[str, Any],
    annotated: list[Trajectory],
    sums: Counter[str],
    misses: list[str],
) -> None:
    where = name.rsplit("/", 1)[-1][-14:]
    main = max(
        annotated, key=lambda t: (t.agent is None, t.branch == 0, len(t.steps)), default=None
    )
    weight = 0.5 if label.get("unsure") else 1
    outcome = main.outcome if main is not None else None
    sums["outcomes"] += weight
    sums["outcome"] += weight * (outcome == label["outcome"])
    if outcome != label["outcome"]:
        misses.append(f"{where} outcome: {outcome}, label {label['outcome']} weight {weight}")
    unclosed = {f.call_id for t in annotated for f in t.failures if f.kind == "call_without_result"}
    wanted = set(label["unclosed_calls"])
    sums["unclosed_wanted"] += len(wanted)
    sums["unclosed_found"] += len(unclosed)
    sums["unclosed_hit"] += len(wanted & unclosed)
    if wanted != unclosed:
        misses.append(f"{where} unclosed: {len(unclosed)} found, {len(wanted)} wanted")


def _share(sums: Counter[str], part: str, whole: str) -> float | None:
    return round(sums[part] / sums[whole], 4) if sums[whole] else None
