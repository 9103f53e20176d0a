"""The text of a result without the frame that harnesses put around it, and the exit code in it."""

from __future__ import annotations

import re

from msgspec import Struct

from trajset.annotate.naming import any_of
from trajset.trajectory import Observation

HEAD, TAIL = 6_000, 14_000
"""Characters looked at from the beginning and from the end of a long result."""

_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_REMINDER = re.compile(r"<system-reminder>(?!Warning: the file)[\s\S]*?(?:</system-reminder>|\Z)")
_FRAMED = (
    re.compile(r"^Process exited with code (-?\d+)\s*$", re.MULTILINE),
    re.compile(r"\AExit code: (-?\d+)\nWall time:"),
    re.compile(r"\A(?:Command|Output): [\s\S]*^Exit Code: (-?\d+)\s*$", re.MULTILINE),
    re.compile(r"<exited with exit code (-?\d+)>\s*\Z"),
    re.compile(r"<shellId: \S+ completed with exit code (-?\d+)>\s*\Z"),
    re.compile(r"\n\[exit code:? (-?\d+)\]\s*\Z"),
    re.compile(r"\A<returncode>(-?\d+)</returncode>"),
    re.compile(r"\[The command completed with exit code (-?\d+)\.?\]"),
    re.compile(r"\[Command finished with exit code (-?\d+)\]"),
)
"""Exit codes that a harness prints; believed whatever the status says."""
_LOOSE = (
    re.compile(r"\A(?:Error: )?Exit code:? (-?\d+)\b"),
    re.compile(r"\A(?:Error: )?Command failed (?:with )?\(?exit code:? (-?\d+)"),
    re.compile(r"Command exited with code (-?\d+)\s*\Z"),
    re.compile(
        r"(?:^[ \t]*|[\[(]|[.;,] )exit(?:ed with)? (?:code|status):? (-?\d+)\)?\]?\s*\Z",
        re.IGNORECASE | re.MULTILINE,
    ),
)
"""Exit codes that could be a command's own words; believed unless the log says `ok`."""
_FRAMES = (
    re.compile(r"\A(?:Error: )?Exit code -?\d+\s*\n?"),
    re.compile(r"\A(?:Chunk ID: \S+\n)?(?:Command: [^\n]*\n)?(?:Wall time: [^\n]*\n)?"
               r"(?:Process (?:exited|"
               r"running) with [^\n]*\n)?(?:Original token count: \d+\n)?Output:\n?"),
    re.compile(r"\AExit code: -?\d+\nWall time: [^\n]*\n(?:Total output lines: \d+\n)?Output:\n?"),
    re.compile(r"\A(?:OBSERVATION:|EXECUTION RESULT of \[\w+\]:)\s*"),
    re.compile(r"\A<returncode>-?\d+</returncode>\s*(?:<output>)?"),
    re.compile(r"\ACommand: [^\n]*\nDirectory: [^\n]*\n(?:Output|Stdout): "),
)  # fmt: skip
_ENDS = (
    re.compile(r"\n?\(Open file: [^\n]*\)\s*\n\(Current directory: [^\n]*\)\s*\nbash-\$\s*\Z"),
    re.compile(
        r"(?:\n\[Python Interpreter: [^\n]*\])?(?:\n\[Jupyter current working directory: [^\n]*\])?"
        r"(?:\n\[The command completed with exit code[^\n]*\])?"
        r"(?:\n\[Current working directory: [^\n]*\])?"
        r"(?:\n\[Python interpreter: [^\n]*\])?(?:\n\S+@\S+:[^\n]* [#$]\s*)?"
        r"(?:\n?\[Command finished with exit code -?\d+\])?\s*\Z"
    ),
    re.compile(r"\n?<shellId: \S+ completed with exit code -?\d+>\s*\Z"),
    re.compile(r"\n?\[exit code:? -?\d+\]\s*\Z"),
    re.compile(r"\s*</output>\s*\Z"),
    re.compile(r"\s*Command exited with code -?\d+\s*\Z"),
)
_END_MARKS = ("$", "]", ">")
_LONGEST_END = 600
_RUNNING = any_of(
    r"^Process running with session ID",
    r"\ACommand (?:running in background|was manually backgrounded)",
    r"<status>running</status>",
    r"<command started in background",
    r"still running\b.{0,40}(?:shell|session|background)",
)


class Result(Struct, frozen=True, gc=False):
    """What a result says."""

    text: str
    """Without frame and colours; of a long result its beginning and its end."""
    exit_code: int | None
    running: bool
    """The command goes on: its end is not known yet."""


def read_result(observation: Observation) -> Result:
    """Take the frame off a result. Never raises."""
    text = observation.text
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]}\n…\n{text[-TAIL:]}"
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    code = observation.exit_code
    if code is None:
        code = _exit_code(text, _FRAMED if observation.status == "ok" else _FRAMED + _LOOSE)
    running = _RUNNING.search(text[:400]) is not None
    for frame in _FRAMES:
        text = frame.sub("", text, count=1)
    if text.rstrip()[-1:] in _END_MARKS or "exited with code" in text[-60:]:
        head, tail = text[:-_LONGEST_END], text[-_LONGEST_END:]
        for end in _ENDS:
            tail = end.sub("", tail, count=1)
        text = head + tail
    if "<system-reminder>" in text:
        text = _REMINDER.sub("", text)
    return Result(text.strip("\n"), code, running)


def _exit_code(text: str, patterns: tuple[re.Pattern[str], ...]) -> int | None:
    head, tail = text[:400], text[-300:]
    lowered = head.lower() + tail.lower()
    if "code" not in lowered and "exit" not in lowered:
        return None
    for pattern in patterns:
        match = pattern.search(head) or pattern.search(tail)
        if match:
            return int(match[1]) if len(match[1]) < 8 else None
    return None
