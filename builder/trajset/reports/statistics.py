"""Statistics of a corpus as tables: rates by harness, model, project and week; tools; repairs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from trajset.reports.measures import Measures
from trajset.reports.repairs import repairs

GROUPS = ("harness", "model", "project", "week")
_BEST = 20
_EXAMPLES = 3

Tables = dict[str, pd.DataFrame]


def tables(measures: Measures) -> Tables:
    """All tables by name, rows in a fixed order. A rate without a denominator is missing.

    `groups`: success rate (of the trajectories whose outcome is known), failures per 100 calls,
    recovery rate, median steps to recovery, and means a trajectory; for all and by each group.
    `tools`, `sequences`: the commonest. `best_recoveries`: trajectories. `failure_modes` and
    `repairs`: what fails, and what was done about it. `trajectories`: one row each.
    """
    trajectories = _trajectories(measures)
    failures = pd.DataFrame(measures.failures, columns=_FAILURE_COLUMNS)
    failures["steps_to_recovery"] = failures["steps_to_recovery"].astype("Float64")
    return {
        "groups": _groups(trajectories, failures),
        "tools": _tools(measures, failures),
        "sequences": _sequences(measures.sequences),
        "best_recoveries": _best(trajectories, failures),
        "failure_modes": _modes(failures),
        "repairs": pd.DataFrame(repairs(measures.failures), columns=_REPAIR_COLUMNS),
        "trajectories": trajectories,
    }


_COMMON = ["trajectory_id", "session_id", "harness", "model", "project", "week"]
_COUNTS = ["calls", "tools", "failures", "recovered", "unclosed_turns", "files_modified"]
_TOKENS = ["input_tokens", "output_tokens", "tokens"]
_FAILURE_COLUMNS = [
    *_COMMON,
    *("category", "kind", "tool", "recovered", "steps_to_recovery", "tried"),
]
_REPAIR_COLUMNS = [
    *("category", "tool", "failures", "recovered", "steps", "tried", "succeeded"),
    *("success_rate", "examples"),
]


def _trajectories(measures: Measures) -> pd.DataFrame:
    columns = [*_COMMON, "outcome", *_COUNTS, "seconds", *_TOKENS]
    frame = pd.DataFrame(measures.trajectories, columns=columns)
    return frame.astype(
        dict.fromkeys(_COUNTS, "Int64") | dict.fromkeys(_TOKENS, "Int64") | {"seconds": "Float64"}
    )


def _groups(trajectories: pd.DataFrame, failures: pd.DataFrame) -> pd.DataFrame:
    rows = [{"by": "all", "value": "all", **_rates(trajectories, failures)}]
    for by in GROUPS:
        own = dict(iter(failures.groupby(by)))
        found = [
            {"by": by, "value": value, **_rates(group, own.get(value, failures.iloc[:0]))}
            for value, group in trajectories.groupby(by)
        ]
        if by != "week":
            found.sort(key=lambda row: (-row["trajectories"], row["value"]))
        rows += found
    return pd.DataFrame(rows)


def _rates(trajectories: pd.DataFrame, failures: pd.DataFrame) -> dict[str, Any]:
    outcomes = trajectories["outcome"].value_counts()
    success, failure = int(outcomes.get("success", 0)), int(outcomes.get("failure", 0))
    calls = int(trajectories["calls"].sum())
    failed = int(trajectories["failures"].sum())
    recovered = int(trajectories["recovered"].sum())
    return {
        "trajectories": len(trajectories),
        "succeeded": success,
        "failed": failure,
        "unknown": len(trajectories) - success - failure,
        "success_rate": _ratio(success, success + failure),
        "calls": calls,
        "failures": failed,
        "failures_per_100_calls": _ratio(100 * failed, calls),
        "recovered": recovered,
        "recovery_rate": _ratio(recovered, failed),
        "median_steps_to_recovery": _number(failures["steps_to_recovery"].median()),
        "unclosed_turns": int(trajectories["unclosed_turns"].sum()),
        "mean_calls": _number(trajectories["calls"].mean()),
        "mean_tools": _number(trajectories["tools"].mean()),
        "mean_minutes": _number(trajectories["seconds"].mean() / 60),
        "mean_files_modified": _number(trajectories["files_modified"].mean()),
        "mean_tokens": _number(trajectories["tokens"].mean()),
    }


def _tools(measures: Measures, failures: pd.DataFrame) -> pd.DataFrame:
    failed = Counter(failures["tool"])
    recovered = Counter(failures[failures["recovered"].astype(bool)]["tool"])
    rows = [
        {
            "tool": tool,
            "calls": calls,
            "failures": failed[tool],
            "failures_per_100_calls": _ratio(100 * failed[tool], calls),
            "recovered": recovered[tool],
            "recovery_rate": _ratio(recovered[tool], failed[tool]),
        }
        for tool, calls in _commonest(measures.tools)
    ]
    columns = ["tool", "calls", "failures", "failures_per_100_calls", "recovered", "recovery_rate"]
    return pd.DataFrame(rows, columns=columns)


def _sequences(sequences: Counter[tuple[str, ...]]) -> pd.DataFrame:
    rows = [{"tools": list(tools), "count": count} for tools, count in _commonest(sequences)]
    return pd.DataFrame(rows, columns=["tools", "count"])


def _best(trajectories: pd.DataFrame, failures: pd.DataFrame) -> pd.DataFrame:
    """Highest recovery rate first, then most recovered, then fewest steps."""
    frame = trajectories[trajectories["recovered"] > 0][
        [*_COMMON, "outcome", "failures", "recovered"]
    ].copy()
    frame["recovery_rate"] = (frame["recovered"] / frame["failures"]).astype("Float64")
    steps = failures.groupby("trajectory_id")["steps_to_recovery"].median()
    frame["median_steps_to_recovery"] = frame["trajectory_id"].map(steps)
    return frame.sort_values(
        ["recovery_rate", "recovered", "median_steps_to_recovery", "trajectory_id"],
        ascending=[False, False, True, True],
    ).head(_BEST)


def _modes(failures: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {
            **dict(zip(("category", "kind", "tool"), names, strict=True)),
            "failures": len(group),
            "recovered": int(group["recovered"].sum()),
            "recovery_rate": _ratio(int(group["recovered"].sum()), len(group)),
            "median_steps_to_recovery": _number(group["steps_to_recovery"].median()),
            "examples": list(dict.fromkeys(group["trajectory_id"]))[:_EXAMPLES],
        }
        for names, group in failures.groupby(["category", "kind", "tool"])
    ]
    rows.sort(key=lambda r: (-r["failures"], r["category"], r["kind"], r["tool"]))
    columns = ["category", "kind", "tool", "failures", "recovered", "recovery_rate"]
    return pd.DataFrame(rows, columns=[*columns, "median_steps_to_recovery", "examples"])


def _commonest(counts: Counter[Any]) -> Sequence[tuple[Any, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def as_json(found: Tables) -> str:
    """All tables as one JSON object of lists of rows; missing values are null."""
    parts = [
        f"{json.dumps(name)}: {table.to_json(orient='records', double_precision=4)}"
        for name, table in found.items()
    ]
    return "{" + ",\n".join(parts) + "}"


def as_csv(table: pd.DataFrame) -> str:
    """One table as CSV; lists stand in one cell, missing values are empty."""
    flat = table.copy()
    for name in flat.columns.intersection(["tools", "steps", "examples"]):
        if flat[name].map(lambda value: isinstance(value, list)).any():
            flat[name] = flat[name].map(" > ".join)
    return str(flat.to_csv(index=False, float_format="%.4f", lineterminator="\n"))
