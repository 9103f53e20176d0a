"""Near duplicates: recall at Jaccard >= 0.8, precision and throughput on a planted corpus.

`scripts/bench dedup --pairs 600 --json`. The truth is worked out here, without trajset's code: sets
of five words in plain Python. Pairs are planted with similarities from 0.6 to 1, beside forks that
share a long beginning and must stay, and sessions like no other. MB are 10^6 bytes of text.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

from msgspec import Struct

from trajset.keys import keys_of
from trajset.plan import Plan, Planned, decide
from trajset.shingles import bands_of, shingles_of
from trajset.trajectory import Message, Observation, Step, ToolCall, Trajectory

THRESHOLD = 0.8
TARGETS = {"recall": 0.97, "precision": 1.0}


class Planted(Struct, kw_only=True):
    """A corpus, and what is true of it."""

    trajectories: list[Trajectory]
    pairs: list[tuple[int, int, float]]
    """Two that belong together, and their similarity."""
    alone: list[int]
    """Those that must stay: forks, and sessions like no other."""


def main() -> int:
    """Measure and print; returns 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pairs", type=int, default=600, help="planted pairs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    planted = plant(options.pairs, options.seed)
    result = measure(planted)
    if options.json:
        print(json.dumps(result, indent=1))
    else:
        for name, value in result.items():
            print(f"{name:<24} {value}")
    return 0 if all(result[name] >= least for name, least in TARGETS.items()) else 1


def measure(planted: Planted) -> dict[str, Any]:
    """Sign and plan a corpus, and hold the decisions against the truth."""
    megabytes = sum(len(text) for t in planted.trajectories for text in texts(t)) / 1e6
    started = time.perf_counter()
    for trajectory in planted.trajectories:
        bands_of(shingles_of(trajectory).hashes)
    signed = time.perf_counter()
    keyed = [keys_of(trajectory) for trajectory in planted.trajectories]
    ready = time.perf_counter()
    planned = plan(planted.trajectories, keyed)
    done = time.perf_counter()
    fell = [d.dropped in ("near_duplicate", "duplicate") for d in planned.decisions]
    alike = [(a, b) for a, b, similarity in planted.pairs if similarity >= THRESHOLD]
    found = sum(fell[a] or fell[b] for a, b in alike)
    wrong = sum(fell[a] + fell[b] for a, b, s in planted.pairs if s < THRESHOLD)
    wrong += sum(fell[a] and fell[b] for a, b in alike) + sum(fell[i] for i in planted.alone)
    return {
        "trajectories": len(planted.trajectories),
        "megabytes": round(megabytes, 1),
        "pairs_planted": len(planted.pairs),
        "pairs_at_threshold": len(alike),
        "proposed": planned.near.proposed,
        "verified": planned.near.verified,
        "dropped": sum(fell),
        "recall": round(found / max(1, len(alike)), 4),
        "precision": round(1 - wrong / max(1, sum(fell)), 4),
        "recall_by_similarity": _by_similarity(planted, fell),
        "signing_mb_per_s": round(megabytes / (signed - started), 1),
        "planning_mb_per_s": round(megabytes / (done - ready), 1),
    }


def plan(
    found: Sequence[Trajectory],
    keyed: Sequence[Any],
    section: Plan | None = None,
    contaminated: Collection[int] = (),
) -> Planned:
    """The plan of trajectories in memory, from what `keys_of` gives for each."""

    def step_keys(ref: int) -> list[tuple[int, int]]:
        numbers = memoryview(keyed[ref][1]).cast("Q").tolist()
        return list(zip(numbers[::2], numbers[1::2], strict=True))

    return decide(
        [keys for keys, _, _ in keyed],
        step_keys,
        lambda ref, step: found[ref].steps[step].key,
        lambda ref: keyed[ref][2],
        section or Plan(),
        contaminated,
    )


def _by_similarity(planted: Planted, fell: Sequence[bool]) -> dict[str, float]:
    shares = {}
    for low in (0.8, 0.85, 0.9, 0.95):
        within = [(a, b) for a, b, s in planted.pairs if low <= s < low + 0.05 + (low == 0.95)]
        if within:
            shares[f"{low:.2f}"] = round(
                sum(fell[a] or fell[b] for a, b in within) / len(within), 3
            )
    return shares


def plant(pairs: int, seed: int = 0) -> Planted:
    """A corpus of pairs from 0.5 to 1, with half as many forks and sessions like no other."""
    chance = random.Random(seed)
    vocabulary = [_word(chance) for _ in range(6000)]
    found: list[Trajectory] = []
    together: list[tuple[int, int]] = []
    alone: list[int] = []
    for number in range(pairs):
        base = _contents(chance, vocabulary)
        change: Callable[..., list[str]] = (_reworded, _shortened, _extended)[number % 3]
        similarity = chance.uniform(0.6, 1)
        together.append((len(found), len(found) + 1))
        found.append(session(f"base-{number}", base))
        found.append(session(f"copy-{number}", change(base, similarity, chance, vocabulary)))
    for number in range(pairs // 2):
        base = _contents(chance, vocabulary)
        shared = int(len(base) * 0.8)
        alone += range(len(found), len(found) + 3)
        tails = [_contents(chance, vocabulary)[:4] for _ in range(2)]
        found += [
            session(f"fork-{number}-{i}", base[:shared] + tail, shared=(shared, f"family-{number}"))
            for i, tail in enumerate(tails)
        ]
        found.append(session(f"alone-{number}", _contents(chance, vocabulary)))
    return Planted(
        trajectories=found,
        pairs=[(a, b, _truth(found[a], found[b])) for a, b in together],
        alone=alone,
    )


def session(name: str, contents: Sequence[str], shared: tuple[int, str] = (0, "")) -> Trajectory:
    """A trajectory that says these texts in turn; the first few may be records of a family."""
    steps: list[Step] = []
    for i, text in enumerate(contents):
        key = f"{shared[1] if i < shared[0] else name}-{i}"
        call = f"call-{i - i % 4}"
        steps.append(
            Message(role="user", text=text, origin="human", key=key)
            if i % 4 == 0
            else Message(role="assistant", text=text, origin="model", response_id=call, key=key)
            if i % 4 == 1
            else ToolCall(
                id=call, tool="Bash", arguments={"command": text}, response_id=call, key=key
            )
            if i % 4 == 2
            else Observation(call_id=call, text=text, status="ok", key=key)
        )
    return Trajectory.make(id=name, session_id=name, harness="planted", steps=tuple(steps))


def texts(trajectory: Trajectory) -> list[str]:
    """What each step says."""
    return [
        f"{step.tool} {step.arguments['command']}" if isinstance(step, ToolCall) else step.text
        for step in trajectory.steps
    ]


def _truth(one: Trajectory, other: Trajectory) -> float:
    a, b = (_shingles(" ".join(texts(t))) for t in (one, other))
    return len(a & b) / len(a | b)


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return set(zip(*(words[i:] for i in range(5)), strict=False))


def _word(chance: random.Random) -> str:
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz_0123456789", k=chance.randint(2, 11)))


def _contents(chance: random.Random, vocabulary: list[str]) -> list[str]:
    """Texts of 8 to 40 steps; frequent words are frequent, as in logs."""
    return [
        " ".join(
            vocabulary[min(5999, int(chance.paretovariate(0.35)) - 1)]
            for _ in range(chance.randint(10, 150))
        )
        for _ in range(4 * chance.randint(2, 10))
    ]


def _reworded(
    base: list[str], similarity: float, chance: random.Random, vocabulary: list[str]
) -> list[str]:
    """Words replaced here and there, as clock times, sizes and names differ between two runs."""
    share = 1 - (2 * similarity / (1 + similarity)) ** 0.2
    return [
        " ".join(
            chance.choice(vocabulary) if chance.random() < share else word for word in text.split()
        )
        for text in base
    ]


def _shortened(
    base: list[str], similarity: float, chance: random.Random, vocabulary: list[str]
) -> list[str]:
    """Each text cut off at the same share, as results are by a limit of the harness."""
    return [text[: max(2, int(len(text) * similarity))] for text in base]


def _extended(
    base: list[str], similarity: float, chance: random.Random, vocabulary: list[str]
) -> list[str]:
    """With turns of its own at the end."""
    more = round(len(base) * (1 / similarity - 1))
    return base + (_contents(chance, vocabulary) * 9)[:more]


if __name__ == "__main__":
    sys.exit(main())
