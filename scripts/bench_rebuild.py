"""A second build after 1 % of the sessions changed, beside the full build.

`scripts/bench rebuild --mb 300`. In each run a copy of the store is built with an empty cache, then
one session in 100 (at least one) grows by a turn, then it is built again.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from bench_build import build
from measuring import Run, at_most, compared, corpus, finish, middle, options, told


def main() -> int:
    """Measure and print; returns 1 where the goal is missed."""
    asked = options(__doc__, mb=300).parse_args()
    store, facts = corpus(asked.mb, asked.seed)
    found: dict[str, list[Run]] = {"full build": [], "1 % changed": [], "nothing changed": []}
    for _ in range(asked.runs):
        with tempfile.TemporaryDirectory(prefix="trajset-bench-") as folder:
            work = Path(folder)
            own = work / "store"
            shutil.copytree(store / "projects", own / "projects")
            found["full build"].append(build(own, work))
            changed = change(own)
            found["1 % changed"].append(build(own, work, keep=True))
            found["nothing changed"].append(build(own, work, keep=True))
    share = middle(found["1 % changed"]) / middle(found["full build"])
    measured = compared(found, {}, "full build", facts["bytes"] / 1e6)
    goals = [at_most("second build, of the full build's time", 8, share * 100, " %")]
    return finish(
        {"corpus": facts, "changed logs": changed, "measured": measured}, goals, asked.json
    )


def change(store: Path) -> int:
    """Let one session in 100 go on by a question and an answer; returns how many."""
    logs = sorted(store.glob("projects/*/*.jsonl"))
    chosen = logs[:: max(1, min(100, len(logs)))]
    for log in chosen:
        last = json.loads(log.read_bytes().splitlines()[-1])
        lines = []
        for number, role in enumerate(("user", "assistant")):
            record = {**last, "type": role, "parentUuid": last["uuid"]}
            record["uuid"] = f"{last['uuid'][:-1]}{'gh'[number]}"
            said = "Thank you. And now?" if role == "user" else "That was all."
            if role == "user":
                record["message"] = {"role": "user", "content": said}
            else:
                message = {"id": "msg_added", "role": role, "model": "claude-sonnet-4-5-20250929"}
                record["message"] = {**message, "content": [{"type": "text", "text": said}]}
            lines.append(json.dumps(record, ensure_ascii=False))
            last = record
        with log.open("a", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))
    return len(chosen)


if __name__ == "__main__":
    sys.exit(told(main))
