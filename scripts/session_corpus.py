"""Write a synthetic Claude Code store: seeded, and realistic where it matters for speed.

`python scripts/session_corpus.py FOLDER --mb 300 --seed 0`. Line sizes follow real stores (p50
1.5 kB, p90 12 kB, p99 80 kB), results stand twice in a line as Claude Code writes them, edits carry
the file as it was, strings hold escapes, colours and raw U+2028, some calls fail and are repaired,
some sessions start sub-agents, are resumed (a copied beginning) or repeated under other ids, and
now and then a secret or a home folder turns up. `--no-separators` leaves out raw U+2028, on which
the trace reader of `datasets` stops; the store is the same but for these lines.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
_NOUNS = """
account address agent alias answer archive array asset batch block branch bridge buffer bundle
cache camera carrier catalog channel chart client clock column command config contract cookie
corner course cursor cycle database deadline decoder depth device digest display document domain
driver edge editor element engine entry error event export factory feature field filter folder
forecast format frame gateway graph grid group handler header history image import index invoice
item journal kernel label ledger letter level library limit listener lock machine manager mapping
margin market matrix member memory message metric migration mirror model module monitor network
node notice object offset option order output owner packet page parcel parser partner password
path pattern payment period pipeline player point policy pool portal process product profile
project provider query queue range record region registry release report request resource result
review route router rule sample schedule schema screen script search season section segment sensor
server service session setting shadow signal slot socket source stage station status storage
stream string summary supplier surface switch symbol system table target task template tenant
thread ticket timer token tool topic track transfer tree trigger tunnel type update upload user
value vector vendor version view volume wallet warehouse weather widget window worker writer zone
"""
NOUNS = _NOUNS.split()
_VERBS = """
load parse merge write check build fetch count split close render update find make
"""
VERBS = _VERBS.split()

Made = tuple[str, dict[str, Any], str, Any, bool]
"""Tool, arguments, result, the harness's own form of it, whether it failed."""


class Words:
    """Names, code and prose over one vocabulary."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        pairs = (self.random.sample(NOUNS, k=2) for _ in range(3000))
        self.words = sorted({*NOUNS, *("_".join(pair) for pair in pairs)})
        self.lines = [self._line() for _ in range(20_000)]
        self.sentences = [self._sentence() for _ in range(8_000)]

    def name(self) -> str:
        """A function's or variable's name."""
        return f"{self.random.choice(VERBS)}_{self.random.choice(self.words)}"

    def _line(self) -> str:
        r, w, words = self.random, self.random.choice, self.words
        indent = "    " * r.randint(0, 4)
        return (
            indent
            + r.choice(
                (
                    lambda: f"def {self.name()}({w(words)}: str, {w(words)}: int) -> None:",
                    lambda: f"{w(words)} = {self.name()}({w(words)}, limit={r.randint(0, 99)})",
                    lambda: f'if {w(words)} is None: raise ValueError("no {w(words)} in {{path}}")',
                    lambda: f"return [{w(words)} for {w(words)} in self.{w(words)}.values()]",
                    lambda: f"# {' '.join(r.choices(NOUNS, k=9))}",
                    lambda: f'logger.info("{w(words)}\\t%s", {w(words)}["{w(words)}"])',
                    lambda: "",
                )
            )()
        )

    def _sentence(self) -> str:
        return " ".join(self.random.choices(NOUNS, k=self.random.randint(6, 18))).capitalize() + "."

    def code(self, size: int) -> str:
        """About `size` characters of code."""
        return "\n".join(self.random.choices(self.lines, k=max(1, size // 45)))

    def prose(self, size: int) -> str:
        """About `size` characters of prose."""
        return " ".join(self.random.choices(self.sentences, k=max(1, size // 60)))


def size_of(rng: random.Random) -> int:
    """Length of a result in characters: long-tailed, as in real stores."""
    return min(200_000, int(rng.lognormvariate(7.6, 1.6)))


class Session:
    """The lines of one session file, made one after the other."""

    def __init__(
        self, words: Words, rng: random.Random, user: str, project: str, separator: str
    ) -> None:
        self.words, self.rng, self.separator = words, rng, separator
        self.cwd = f"/home/{user}/{project}"
        self.agent: str | None = None
        self.agents: dict[str, list[str]] = {}
        self.id = self._uuid()
        self.parent: str | None = None
        self.repair: Callable[[], Made] | None = None
        self.at = START + timedelta(minutes=rng.randint(0, 400_000))

    def _uuid(self) -> str:
        digits = f"{self.rng.getrandbits(128):032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def record(self, kind: str, **fields: Any) -> dict[str, Any]:
        """A record with the fields that all have."""
        self.at += timedelta(seconds=self.rng.randint(1, 40))
        uuid = self._uuid()
        record = {
            "parentUuid": self.parent,
            "isSidechain": self.agent is not None,
            "userType": "external",
            "cwd": self.cwd,
            "sessionId": self.id,
            "version": "2.1.50",
            "gitBranch": "main",
            "type": kind,
            **({} if self.agent is None else {"agentId": self.agent}),
            **fields,
            "uuid": uuid,
            "timestamp": self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        self.parent = uuid
        return record

    def user(self, text: str) -> dict[str, Any]:
        """What a person asks."""
        return self.record("user", message={"role": "user", "content": text})

    def response(self, *blocks: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """One response: a line a block, as Claude Code writes them."""
        message_id = f"msg_{self.rng.getrandbits(96):024x}"
        for block in blocks:
            yield self.record(
                "assistant",
                message={
                    "id": message_id,
                    "type": "message",
                    "role": "assistant",
                    "model": "claude-sonnet-4-5-20250929",
                    "content": [block],
                    "stop_reason": "tool_use" if block["type"] == "tool_use" else "end_turn",
                    "usage": {
                        "input_tokens": self.rng.randint(4, 900),
                        "cache_creation_input_tokens": self.rng.randint(0, 4000),
                        "cache_read_input_tokens": self.rng.randint(0, 90_000),
                        "cache_creation": {
                            "ephemeral_5m_input_tokens": 0,
                            "ephemeral_1h_input_tokens": 0,
                        },
                        "output_tokens": self.rng.randint(20, 900),
                        "service_tier": "standard",
                    },
                },
                requestId=f"req_{message_id[4:20]}",
            )

    def result(self, call: str, text: str, extra: dict[str, Any], error: bool) -> dict[str, Any]:
        """A tool's result; the harness's own form of it stands beside."""
        block = {"tool_use_id": call, "type": "tool_result", "content": text}
        if error:
            block["is_error"] = True  # type: ignore[assignment]
        return self.record(
            "user", message={"role": "user", "content": [block]}, toolUseResult=extra
        )

    def step(self) -> Iterator[dict[str, Any]]:
        """A response with a call, and its result; a failure is mostly repaired next."""
        makers = (self._read, self._read, self._bash, self._bash, self._edit, self._grep)
        make = self.repair or self.rng.choice(makers)
        if self.agent is None and self.repair is None and self.rng.random() < 0.005:
            make = self._task
        self.repair = None
        tool, arguments, text, extra, error = make()
        rng, words = self.rng, self.words
        call = f"toolu_{rng.getrandbits(80):020x}"
        blocks: list[dict[str, Any]] = []
        if rng.random() < 0.4:
            blocks.append(
                {
                    "type": "thinking",
                    "thinking": words.prose(rng.randint(80, 900)),
                    "signature": "c2ln" * 150,
                }
            )
        if rng.random() < 0.5:
            blocks.append({"type": "text", "text": words.prose(rng.randint(60, 300))})
        blocks.append({"type": "tool_use", "id": call, "name": tool, "input": arguments})
        yield from self.response(*blocks)
        yield self.result(call, text, extra, error)

    def _path(self) -> str:
        return f"{self.cwd}/{self.rng.choice(self.words.words)}/{self.words.name()}.py"

    def _read(self, path: str = "") -> Made:
        if not path and self.rng.random() < 0.06:
            path, text = self._path(), "File does not exist."
            right = path.replace(self.cwd, f"{self.cwd}/src")
            if self.rng.random() < 0.8:
                self.repair = lambda: self._read(right)
            return "Read", {"file_path": path}, text, f"Error: {text}", True
        path = path or self._path()
        content = self.words.code(size_of(self.rng))
        numbered = "\n".join(f"{n:6}→{line}" for n, line in enumerate(content.split("\n"), 1))
        extra = {"type": "text", "file": {"filePath": path, "content": content, "numLines": 9}}
        return "Read", {"file_path": path}, numbered, extra, False

    def _bash(self, command: str = "") -> Made:
        rng, words = self.rng, self.words
        again = bool(command)
        command = command or f"cd {self.cwd} && python -m pytest -q tests/{words.name()}.py"
        if not again and rng.random() < 0.12:
            if rng.random() < 0.7:
                self.repair = lambda: self._bash(command)
            test = f"tests/{words.name()}.py::test_{words.name()}"
            text = f"Exit code 1\nFAILED {test} - assert 3 == 4\n1 failed"
            return "Bash", {"command": command}, text, f"Error: {text}", True
        lines = words.code(size_of(rng)).split("\n")
        if rng.random() < 0.1:
            lines = [f"\x1b[32m{line}\x1b[0m" for line in lines]
        if rng.random() < 0.03:
            lines.append(f"export API_TOKEN=ghp_{rng.getrandbits(200):050x}"[:58])
        if rng.random() < 0.02:
            lines.append(f"a line{self.separator}separator")
        text = "\n".join(lines)
        extra = {"stdout": text, "stderr": "", "interrupted": False, "isImage": False}
        return "Bash", {"command": command, "description": words.prose(40)}, text, extra, False

    def _edit(self) -> Made:
        path, words = self._path(), self.words
        old, new = words.code(200), words.code(300)
        before = words.code(size_of(self.rng) * 2)
        text = f"The file {path} has been updated successfully."
        patch = [
            {"oldStart": 1, "oldLines": 5, "newStart": 1, "newLines": 7, "lines": new.split("\n")}
        ]
        extra = {"filePath": path, "oldString": old, "newString": new, "originalFile": before}
        extra |= {"structuredPatch": patch, "userModified": False}  # type: ignore[dict-item]
        arguments = {"file_path": path, "old_string": old, "new_string": new}
        return "Edit", arguments, text, extra, False

    def _grep(self) -> Made:
        found = [
            f"{self._path()}:{n}:{line}" for n, line in enumerate(self.words.code(900).split("\n"))
        ]
        text = "\n".join(found)
        extra = {"mode": "content", "content": text, "numLines": len(found)}
        return "Grep", {"pattern": self.words.name(), "path": self.cwd}, text, extra, False

    def _task(self) -> Made:
        """A sub-agent, with a log of its own beside the session's."""
        rng, words = self.rng, self.words
        agent = f"{rng.getrandbits(32):08x}"
        task, answer = words.prose(300), words.prose(900)
        before = self.parent, self.repair
        self.agent, self.parent = agent, None
        self.agents[agent] = lines_of(self, rng.randint(3, 20), task)
        self.agent, (self.parent, self.repair) = None, before
        extra = {"status": "completed", "prompt": task, "agentId": agent, "totalDurationMs": 9000}
        extra |= {"content": [{"type": "text", "text": answer}]}
        arguments = {"description": words.name(), "prompt": task, "subagent_type": "Explore"}
        return "Task", arguments, answer, extra, False


def lines_of(session: Session, steps: int, task: str = "") -> list[str]:
    """A session of some turns as JSON lines."""
    records: list[dict[str, Any]] = []
    while steps > 0:
        said = session.words.prose(session.rng.randint(40, 400))
        records.append(session.user(said if records or not task else task))
        for _ in range(min(steps, session.rng.randint(3, 25))):
            records += session.step()
            steps -= 1
        records += session.response({"type": "text", "text": session.words.prose(300)})
    return [json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in records]


def write_store(
    folder: Path, megabytes: float, seed: int = 0, *, separators: bool = True
) -> dict[str, int | bool]:
    """Write a store of about so many 10^6 bytes below `folder/projects`; returns what it is like.

    One session in 25 repeats an earlier one under another id; one in 15 is resumed: a second file
    with the beginning and an own end.
    """
    words = Words(seed)
    rng = random.Random(seed + 1)
    separator = "\u2028" if separators else " "
    written = number = agents = largest = 0
    sizes: list[int] = []
    last: tuple[Path, Session, list[str]] | None = None
    while written < megabytes * 1e6:
        number += 1
        project = rng.choice(words.words[:40])
        user = rng.choice(("dana", "noor"))
        place = folder / "projects" / f"-home-{user}-{project}"
        session = Session(words, random.Random(f"{seed} {number}"), user, project, separator)
        if last is not None and rng.random() < 0.04:
            place, old, lines = last[0], last[1], [*last[2]]
            lines = [line.replace(old.id, session.id) for line in lines]
        elif last is not None and rng.random() < 0.07:
            place, old, lines = last[0], last[1], last[2][: len(last[2]) // 2]
            session.cwd, session.parent = old.cwd, json.loads(lines[-1])["uuid"]
            lines = [line.replace(old.id, session.id) for line in lines]
            lines += lines_of(session, rng.randint(4, 30))
        else:
            lines = lines_of(session, min(800, max(3, int(rng.lognormvariate(3.6, 0.9)))))
            last = (place, session, lines)
        files = {f"{session.id}.jsonl": lines}
        for agent, said in session.agents.items():
            files[f"{session.id}/subagents/agent-{agent}.jsonl"] = said
        for name, said in files.items():
            data = "\n".join(said).encode() + b"\n"
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(data)
            written += len(data)
            largest = max(largest, len(data))
            sizes += (len(line.encode()) for line in said)
        agents += len(session.agents)
    sizes.sort()
    return {
        "bytes": written,
        "sessions": number,
        "subagents": agents,
        "lines": len(sizes),
        "line_p50": sizes[len(sizes) // 2],
        "line_p90": sizes[len(sizes) * 9 // 10],
        "line_p99": sizes[len(sizes) * 99 // 100],
        "largest_log": largest,
        "raw_u2028": separators,
    }


def write_log(folder: Path, megabytes: float, seed: int = 0) -> int:
    """Write a store of one session of about so many 10^6 bytes; returns its bytes.

    It is written turn by turn: the session need not fit into memory here.
    """
    session = Session(Words(seed), random.Random(seed + 1), "dana", "weather", "\u2028")
    place = folder / "projects" / "-home-dana-weather"
    place.mkdir(parents=True, exist_ok=True)
    written = 0
    with (place / f"{session.id}.jsonl").open("wb") as file:
        while written < megabytes * 1e6:
            written += file.write("\n".join(lines_of(session, 25)).encode() + b"\n")
    return written


def main() -> None:
    """Write a store and print what it is like."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mb", type=float, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-separators", action="store_true", help="no raw U+2028")
    options = parser.parse_args()
    separators = not options.no_separators
    told = write_store(options.folder, options.mb, options.seed, separators=separators)
    print("; ".join(f"{name} {value}" for name, value in told.items()))


if __name__ == "__main__":
    main()
