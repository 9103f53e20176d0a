"""Redaction of a unit: learn what is secret from all of its text, then remove it everywhere.

Two passes. The first finds secrets by their form and their context, and owners of home folders and
names of hosts. The second removes what was learnt wherever it occurs in the unit, in every
spelling. The same unit gives the same text; what was redacted before is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

import msgspec

from trajset.privacy.allowed import Allowed
from trajset.privacy.cut import Cut
from trajset.privacy.detectors import chosen
from trajset.privacy.detectors.detector import KNOWN, LEARNT, PERSONAL, Detector, Span
from trajset.privacy.detectors.forms import stands_alone
from trajset.privacy.detectors.homes import COMMON_WORDS, NOBODY
from trajset.privacy.findings import Finding, Findings, OwnFindings
from trajset.privacy.known import KnownValues
from trajset.privacy.pages import read_page, settled
from trajset.privacy.placeholders import USER, Numbering
from trajset.privacy.policy import Privacy
from trajset.privacy.scanner import Scanner, literally
from trajset.privacy.spellings import Needles
from trajset.privacy.texts import Texts
from trajset.privacy.walk import Place, read_value, rewrite_trajectory, rewrite_value
from trajset.privacy.words import forget, is_wordlike
from trajset.trajectory import ToolCall, Trajectory

_LOOKS = 6
IsId = Callable[[bytes], bool]
"""Whether a value is an id that links: such a one is never learnt as a secret."""


def _no_id(value: bytes) -> bool:
    return False


class Redactor:
    """Removes secrets and personal data under one policy. Cheap to make again for the same one."""

    def __init__(self, policy: Privacy | None = None, known: KnownValues | None = None) -> None:
        policy = policy or Privacy()
        self._tools = _tools(msgspec.json.encode(policy), (known or KnownValues()).values)

    def redact_unit(
        self,
        trajectories: Sequence[Trajectory],
        findings: Findings | None = None,
        each: list[OwnFindings] | None = None,
    ) -> tuple[Trajectory, ...]:
        """The trajectories of one unit without what is secret or personal in them.

        Ids that link (sessions, calls, responses, records, agents) stay as they are.

        Args:
            findings: receipts to add to.
            each: takes the receipt of each trajectory, in order.
        """
        texts = Texts()
        outlines = [texts.read(trajectory) for trajectory in trajectories]
        cut = self._cut(texts, _linking(trajectories))
        redacted = []
        for trajectory, seen in zip(trajectories, outlines, strict=True):
            own = OwnFindings()
            changes = texts.changes(trajectory, seen, cut)
            if changes is not None:
                give = texts.giving(cut, own)
                trajectory = rewrite_trajectory(trajectory, give, changes)
            redacted.append(trajectory)
            if findings is not None:
                findings.add(own)
            if each is not None:
                each.append(own)
        return tuple(redacted)

    def redact_value(self, value: Any, findings: Findings | None = None) -> Any:
        """A JSON value, as a unit of its own: the same structure, every string redacted."""
        texts = Texts()
        read_value(value, texts.take)
        cut = self._cut(texts)
        return rewrite_value(value, texts.giving(cut, findings)) if cut.new else value

    def redact_text(self, text: str, findings: Findings | None = None) -> str:
        """A text, as a unit of its own."""
        texts = Texts()
        texts.take(text)
        return texts.giving(self._cut(texts), findings)(text, Place("text"))

    def redact_strings(
        self,
        strings: Sequence[tuple[str, Place]],
        memory: Memory,
        findings: Findings | None = None,
    ) -> list[str]:
        """Strings, as the next piece of a unit that is too large to be seen at once.

        What was learnt from earlier pieces is removed from later ones; numbers go on.
        """
        texts = Texts()
        for text, place in strings:
            texts.take(text, place.name, place.stream)
        give = texts.giving(self._cut(texts, memory.ids.__contains__, memory), findings)
        return [give(text, place) for text, place in strings]

    def scan_text(self, text: str) -> list[Finding]:
        """The places in a text that redaction would replace, in order, without their values."""
        texts = Texts()
        texts.take(text)
        found = self._found(texts, _no_id, Numbering(()))
        return [finding for _, finding in texts.in_characters(found)]

    def scan_strings(self, strings: Iterable[tuple[str, str]]) -> Iterator[tuple[int, Finding]]:
        """The same for strings with what each is called: (number of the string, place).

        What comes again is told once.
        """
        texts = Texts()
        first: list[int] = []
        for number, (text, name) in enumerate(strings):
            texts.take(text, name)
            if len(texts) > len(first):
                first.append(number)
        for number, finding in texts.in_characters(self._found(texts, _no_id, Numbering(()))):
            yield first[number], finding

    def _cut(self, texts: Texts, is_id: IsId = _no_id, memory: Memory | None = None) -> Cut:
        """What becomes of the strings that change."""
        memory = memory or Memory()
        numbering = memory.numbering
        numbering.leave(texts.buffers)
        cut = texts.cut(self._found(texts, is_id, numbering, memory.learnt), numbering)
        for _ in range(_LOOKS):  # what was removed may have hidden what stood right beside it
            if not cut.numbered:
                break
            rest, pieces = texts.excerpt(cut)
            cut.go_on(pieces, rest.cut(self._found(rest, is_id, numbering), numbering))
        return cut

    def _found(
        self,
        texts: Texts,
        is_id: IsId,
        numbering: Numbering,
        before: dict[bytes, Span] | None = None,
    ) -> list[list[Span]]:
        """What has to go from each buffer of the unit, in order, nothing overlapping.

        `before` is what earlier pieces of the unit taught; it is added to.
        """
        tools = self._tools
        stays = tools.allowed.stays
        pages = [read_page(tools.scanner, buffer) for buffer in texts.buffers]
        torn = texts.torn(tools.scanner)
        first: list[list[Span]] = []
        learnt: list[Span] = list(before.values()) if before else []
        for number, page in enumerate(pages):
            found = [*page.spans, *texts.named(number), *torn.get(number, ())]
            found = [span for span in found if not stays(page.buffer, span)]
            learnt += (span for span in found if span.learn and span.start == span.end)
            spans = settled(found)
            first.append(spans)
            learnt += (span for span in spans if span.learn or span.put == USER)
            for span in spans:
                if span.put is None:
                    numbering.placeholder(span.kind, span.value)
        if before is not None:
            for span in learnt:
                before.setdefault(span.value, span)
        needles = [tools.known, *_to_find(learnt, is_id)] if learnt else [tools.known]
        result = []
        for page, spans in zip(pages, first, strict=True):
            again = [
                span
                for some in needles
                if some
                for span in page.occurrences(some)
                if not stays(page.buffer, span)
            ]
            result.append(settled([*spans, *again]) if again else spans)
        forget()
        return result


class Memory:
    """What pieces of one unit share: numbers of placeholders, learnt values, ids that link."""

    def __init__(self) -> None:
        self.numbering = Numbering(())
        self.learnt: dict[bytes, Span] = {}
        self.ids: set[bytes] = set()


class _Tools(NamedTuple):
    """What is compiled once for a policy and a set of known values."""

    scanner: Scanner
    known: Needles
    allowed: Allowed


@lru_cache(maxsize=8)
def _tools(encoded: bytes, values: frozenset[str]) -> _Tools:
    policy = msgspec.json.decode(encoded, type=Privacy)
    detectors = (*chosen(policy), *(_name_detector(name) for name in policy.names if name.strip()))
    known = []
    for value in sorted(values):
        raw = value.encode("utf-8", "surrogatepass")
        known.append((raw, Span(0, 0, "known", raw, KNOWN)))
    private = bool(policy.names or policy.patterns)
    scanner = Scanner(detectors, policy.patterns, keep=not private)
    return _Tools(scanner, Needles(known), Allowed(policy))


def _apart(buffer: bytes, start: int, end: int) -> bool:
    return stands_alone(buffer, start) and not buffer[end : end + 1].isalnum()


def _a_part(buffer: bytes, start: int, end: int) -> bool:
    """Whether a name is one of the words that are joined here: `acmeClient`, `MyAcme2`, `ACME1`."""
    before, after = buffer[start - 1 : start] if start else b"", buffer[end : end + 1]
    begins = before.islower() and buffer[start : start + 1].isupper()
    ends = after.isupper() and buffer[end - 1 : end].islower()
    return (begins or before.isdigit() or stands_alone(buffer, start)) and (
        ends or after.isdigit() or not after.isalnum()
    )


def _name_detector(name: str) -> Detector:
    text = name.strip().encode("utf-8", "surrogatepass")

    def find(buffer: bytes, end: int) -> Iterator[Span]:
        start = end - len(text)
        if _apart(buffer, start, end) or (len(text) >= 4 and _a_part(buffer, start, end)):
            yield Span(start, end, "name", text.lower(), PERSONAL)

    return Detector(literally(text), find, caseless=True)


def _to_find(learnt: Iterable[Span], is_id: IsId) -> tuple[Needles, Needles]:
    """Secrets, and names of owners and hosts, that have to go wherever they occur."""
    secrets: dict[bytes, Span] = {}
    names: dict[bytes, Span] = {}
    for span in learnt:
        value = span.value
        if is_id(value):
            continue
        if span.rank != PERSONAL:
            secrets.setdefault(value, Span(0, 0, span.kind, value, LEARNT))
        else:
            if value not in names:
                for text in _name_spellings(span):
                    names.setdefault(text, span)
    return Needles(secrets.items()), Needles(names.items(), whole_words=True)


def _name_spellings(span: Span) -> Iterator[bytes]:
    """The words by which an owner or a host that was seen in a path or a URL may be called."""
    name = span.value
    if span.put == USER:
        if len(name) < 3 or name.lower() in COMMON_WORDS or name.lower() in NOBODY:
            return
        yield name
        if len(name) >= 4:
            yield name.capitalize()
            yield name.lower()
        if not name.isalnum():
            yield re.sub(rb"[^A-Za-z0-9]", b"-", name)
    elif len(name) >= 5 and not (name.isalpha() and is_wordlike(name)):
        yield name
        label = name.partition(b".")[0]
        if len(label) >= 8 and b"-" in label:
            yield label


def _linking(trajectories: Iterable[Trajectory]) -> IsId:
    """Tells ids that link; they are gathered when the first value is asked about."""

    @cache
    def ids() -> set[str | None]:
        return set(_ids(trajectories))

    return lambda value: value.decode("utf-8", "surrogatepass") in ids()


def _ids(trajectories: Iterable[Trajectory]) -> Iterator[str | None]:
    for trajectory in trajectories:
        yield from (
            trajectory.id,
            trajectory.session_id,
            trajectory.parent_id,
            trajectory.parent_call_id,
            trajectory.parent_session,
            trajectory.agent,
            trajectory.continues,
        )
        yield from trajectory.delegations
        yield from trajectory.delegations.values()
        yield from trajectory.responses
        for step in trajectory.steps:
            yield step.key
            yield step.response_id
            if isinstance(step, ToolCall):
                yield step.id
