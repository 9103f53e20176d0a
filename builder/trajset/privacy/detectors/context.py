"""Secrets by context: a name that says so, an assignment, and a value that looks like one.

The same rules read env files, shell, JSON in any depth of strings, YAML, TOML, INI, XML, query
strings, connection strings and code: where the value ends depends on how it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from trajset.privacy.detectors.detector import CONTEXT, Detector, Span
from trajset.privacy.detectors.naming import NAME, kind_of, strength
from trajset.privacy.detectors.plausible import Written, plausible
from trajset.privacy.gaps import line_break
from trajset.privacy.placeholders import HOLDS_ONE
from trajset.privacy.words import is_strong

_NAME_BYTES = bytes(
    byte if (chr(byte).isalnum() and byte < 128) or byte in b"_-.$:" else 32 for byte in range(256)
)
_TAIL = b"=:,>?~+| \t\"'`\\])(}<-"
_LINE_HEAD = re.compile(
    rb"[ \t]*(?:\d{1,6}[ \t]*(?:[:|\t ]|\xe2\x86\x92|\xe2\x94\x82))?[ \t]*"
    rb"(?:[-+>|#*$%][ \t]*)?(?:sudo )?"
    rb"(?:export |set |setx |declare (?:-x )?|local |readonly |ENV |ARG |env |\$env:"
    rb"|SetEnv )?[ \t]*"
)
_SHELL_WORD = re.compile(
    rb"(?:-e|--env|--build-arg|--set|--set-string|--from-literal|env|export|docker|&&|;|-D|\|)"
    rb"[ =]?\Z"
)
_OPERATOR = re.compile(rb"[=>~]{0,2}[ \t]{0,20}+(?:\((?=\\*[\"'`]))?")
_TYPE = re.compile(
    rb"[ \t]*[A-Za-z_&*'][\w.<>\[\], |?&*']{0,60}?[ \t]*=[ \t]*(?=[a-zA-Z@$]?\\*[\"'`])"
)
_BLOCK = re.compile(rb"[ \t]*[|>][+-]?[0-9]?[ \t]*(?=\\?(?:\r?\n|(?:\\+r)?\\+n))")
_SCHEME = re.compile(
    rb"(?i)(?:bearer|geniekey|ssws|splunk|basic|token|bot|apikey|key|sso-key|digest"
    rb"|aws4-hmac-sha256|ghp)[ \t]+(?=[^\s])"
)
_QUOTE = re.compile(rb"(?:[a-zA-Z@$]{1,2})?('\\+''|\\*(?:\"\"\"|'''|[\"'`])|&quot;|&#39;)")
_ENV_VALUE = re.compile(
    rb"(?:[^\s\"'`\\\x00;&|]|(?!&\w{1,40}=)[;&|](?=[^\s;&|\"'\\])|[\"'](?=[A-Za-z0-9])|\\(?=[^nrtu\"'\\\s])){1,1024}"
)
_YAML_VALUE = re.compile(rb"[^\s\"'`\\\x00,](?:[^\s\"'`\\\x00,]|,(?=[^\s\"'`\\\x00,])){0,1023}")
_BARE_VALUE = re.compile(rb"[^\s\"'`,;&|<>(){}\[\]\\\x00]{1,1024}")
_LEAST = {
    said: re.compile(rb"[^\s\x00]{%d}" % least)
    for said, least in {"password": 5, "phrase": 5, "token": 6, "key": 16, "signature": 16}.items()
}
"""A shorter value is no secret, whatever it is."""
_CALL = re.compile(rb"[\w.$]*[(\[{]|[A-Za-z_$][\w$]*(?:\.|->|::)[A-Za-z_$]")
_WINDOW = 160


def name_before(buffer: bytes, end: int) -> bytes:
    head = buffer[max(0, end - _WINDOW) : end].rstrip(_TAIL)
    name = head.translate(_NAME_BYTES).rpartition(b" ")[2]
    if head[-len(name) - 1 : -len(name)] == b"\\" and name[:1] in (b"n", b"r", b"t"):
        name = name[1:]  # the letter belongs to an escape before the name
    cut = max(name.rfind(b"://"), name.rfind(b":"))
    return name[cut + 1 :].lstrip(b"-.$")


def _after_name(buffer: bytes, end: int) -> Iterator[Span]:
    """The trigger ended in an operator after a name."""
    name = name_before(buffer, end)
    said = strength(name)
    if said is None:
        return
    at = buffer.rfind(name, max(0, end - _WINDOW), end)
    if buffer[at - 1 : at] == b":" and b"arn:" in buffer[max(0, at - 100) : at]:
        return  # a part of a name with colons: `arn:aws:secretsmanager:eu-west-1:1:secret:app`
    yield from assigned(buffer, end, name, said)


def assigned(buffer: bytes, at: int, name: bytes, said: str) -> Iterator[Span]:
    """The value that is assigned to a telling name, from just behind the operator."""
    operator = buffer[at - 1 : at]
    if operator == b":" and (typed := _TYPE.match(buffer, at)):
        at = typed.end()  # `api_key: str = "X"`
        operator = b"="
    elif operator == b":" and (block := _BLOCK.match(buffer, at)):
        at = line_break(buffer, block.end()) or at  # a YAML block: the value is on the next line
        line = _YAML_VALUE.match(buffer, at)
        if line and (buffer[line.end() : line.end() + 1] in b"\r\n\\\0\"'"):
            yield from judged(buffer, at, line.end(), name, said, Written.YAML)
        return
    spaced = buffer[at : at + 1] in b" \t" and buffer[at - 2 : at - 1] in b" \t"
    gap = _OPERATOR.match(buffer, at)
    start = gap.end() if gap else at
    compares = gap is not None and b"=" in gap[0] and operator in b"=!"
    quote = _QUOTE.match(buffer, start)
    if quote is not None:
        start = quote.end()
        end = _closing(buffer, start, quote[1])
        if end is not None:
            if gap and gap[0].endswith(b"(") and buffer.startswith(b",", end + len(quote[1])):
                return  # a tuple: `auth=("ann", "X")`
            start = without_scheme(buffer, start, end)
            written = Written.QUOTED if operator != b"," else Written.PAIRED
            yield from judged(buffer, start, end, name, said, written)
            return
        if buffer[start : start + 1] in (b"", b"\n", b" ") or operator == b",":
            return
    elif operator == b",":
        return
    if compares:
        if spaced or buffer[at : at + 1] != b"=" or operator != b"=":
            return
        yield from _bare(buffer, at, at, name, said, spaced, False)  # NAME==x: x begins with =
        return
    start = without_scheme(buffer, start, start + 40)
    yield from _bare(buffer, at, start, name, said, spaced, quote is not None)


def without_scheme(buffer: bytes, start: int, end: int) -> int:
    scheme = _SCHEME.match(buffer, start, end)
    return scheme.end() if scheme else start


def _closing(buffer: bytes, start: int, quote: bytes) -> int | None:
    """Where a quoted value ends; None if it does not end on its line."""
    limit = start + 4096
    line = buffer.find(b"\n", start, limit)
    stop = limit if line < 0 or len(quote.lstrip(b"\\")) == 3 else line
    at = start
    for _ in range(50):
        at = buffer.find(quote, at, stop + len(quote))
        if at < 0:
            return None
        if buffer[at - 1 : at] != b"\\" or at == start:
            return at
        if not quote.startswith(b"\\") and not _odd_backslashes(buffer, start, at):
            return at
        at += 1
    return None


def _odd_backslashes(buffer: bytes, start: int, at: int) -> bool:
    count = 0
    while at - count > start and buffer[at - count - 1] == 92:
        count += 1
    return count % 2 == 1


def _bare(
    buffer: bytes, at: int, start: int, name: bytes, said: str, spaced: bool, open_quote: bool
) -> Iterator[Span]:
    """A value without quotes (or whose closing quote was cut off)."""
    if _LEAST[said].match(buffer, start) is None:
        return
    operator = buffer[at - 1 : at]
    name_at = buffer.rfind(name, max(0, at - _WINDOW), at)
    floor = max(0, name_at - 200)
    line = max(buffer.rfind(b"\n", floor, name_at) + 1, floor)
    escaped = buffer.rfind(b"\\n", line, name_at)
    head = buffer[max(line, escaped + 2 if escaped >= 0 else 0, name_at - 200) : name_at]
    starts_line = _LINE_HEAD.fullmatch(head) is not None
    shell = (head[-1:] == b" " and name.isupper()) or (
        _SHELL_WORD.search(head[-24:].rstrip()) is not None
    )
    if start == at and (
        (operator == b"=" and head.endswith(b"-")) or (operator == b":" and head.endswith(b" /"))
    ):
        found, written = _ENV_VALUE.match(buffer, start), Written.FLAG
    elif operator == b"=" and start == at and (starts_line or shell or open_quote):
        found, written = _ENV_VALUE.match(buffer, start), Written.ENV
    elif operator == b":" and starts_line and start > at:
        found, written = _YAML_VALUE.match(buffer, start), Written.YAML
    elif operator == b"=" and starts_line and spaced:
        found, written = _BARE_VALUE.match(buffer, start), Written.INI
    else:
        found, written = _BARE_VALUE.match(buffer, start), Written.BARE
    if found and written is Written.BARE and operator == b"=" and start == at:
        ends = buffer[found.end() : found.end() + 1]
        if head[-1:] in (b"&", b"?") or (head[-1:] == b" " and ends not in (b",", b")", b"(")):
            written = Written.FLAG  # a query, or words of a command
    if found is None or (written is not Written.ENV and found[0].startswith(b"=")):
        return
    value = found[0] if written in (Written.ENV, Written.FLAG) else found[0].rstrip(b",;.")
    if written is not Written.ENV and _CALL.match(buffer, start, found.end() + 1):
        return
    yield from judged(buffer, start, start + len(value), name, said, written)


def judged(
    buffer: bytes, start: int, end: int, name: bytes, said: str, written: Written
) -> Iterator[Span]:
    if end - start < 5 or (said == "key" and end - start < 16):
        return
    value = buffer[start:end]
    if (
        said == "signature"
        and end - start >= 80
        and b"thinking" in buffer[max(0, start - 9000) : start]
    ):
        return  # of a thinking block: it shows that a model wrote it, and opens nothing
    if not HOLDS_ONE.search(value) and plausible(value, said, written):
        plain = unescaped(value)
        learn = is_strong(plain) and said != "signature"
        yield Span(start, end, kind_of(name, said), plain, CONTEXT, learn=learn)


_ESCAPES = re.compile(rb"\\+([\"'\\/])")


def unescaped(value: bytes) -> bytes:
    """A value without the backslashes that a string literal put before quotes and backslashes."""
    return _ESCAPES.sub(rb"\1", value) if b"\\" in value else value


_JOINT = (
    rb"(?:\([ \t]{0,4}|[ \t]{1,8}|[ \t]{0,4}<-[ \t]{0,4}"
    rb"|(?:\\*[\"'])?[\])]{0,2}[ \t]{0,4}(?:\|\||\?\?|\bor\b)[ \t]{0,4}|[ \t]{0,4}\{[ \t]{0,4}get;"
    rb"[^=\n\x00]{0,40}=[ \t]{0,4}|=[ \t]{0,4}env\([^,\n]{1,60},[ \t]{0,4})"
)
"""What may stand between a telling name and its value in code, beside an operator."""
_BEFORE_STRING = re.compile(
    rb"(?:\([ \t]*|[ \t]*\{[ \t]*get;[^=\n]*=[ \t]*|(?:\\*[\"'])?[\])]{0,2}[ \t]*"
    rb"(?:\|\||\?\?|or|<-)?[ \t]*)[a-z]?\\*\Z"
)
_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FLAG_VALUE = re.compile(rb"(?:\\*[\"'])?[ \t,]*(\\*[\"'])?([^\s\"'`\\\x00]+)")


def _flag(buffer: bytes, end: int) -> Iterator[Span]:
    """`--api-key X`, and `"--api-key", "X"` in a list of arguments."""
    name = name_before(buffer, end)
    said = strength(name)
    found = _FLAG_VALUE.match(buffer, end)
    if said and found and not found[2].startswith(b"-"):
        value = found[2] if found[1] else found[2].rstrip(b",;)")
        written = Written.QUOTED if found[1] else Written.FLAG
        if name == b"key" and _UUID.fullmatch(value):
            said = "token"
        yield from judged(buffer, found.start(2), found.start(2) + len(value), name, said, written)


_TOLD = re.compile(rb"[ \t]*(?:\\*[\"'`])?([^\s\"'`|,;\\\x00]{8,400})")
_SAYING = re.compile(rb"(?i)(?:[ \t]+(?:is|was)(?: set to)?[ \t]*:?|[ \t]*\|)[ \t]*\Z")


def _told(buffer: bytes, end: int) -> Iterator[Span]:
    """`the password is X` in prose, and `| API_KEY | X |` in a table."""
    head = buffer[max(0, end - 40) : end]
    saying = _SAYING.search(head)
    name = name_before(head[: saying.start()], saying.start()) if saying else b""
    said = strength(name)
    found = _TOLD.match(buffer, end)
    if said and found:
        value = found[1].rstrip(b".,;:)")
        start = found.start(1)
        yield from judged(buffer, start, start + len(value), name, said, Written.BARE)


def _string_after(buffer: bytes, end: int) -> Iterator[Span]:
    """A string behind a telling name: `setPassword("X")`, `#define KEY "X"`, `TOKEN || "X"`."""
    quote = max(buffer.rfind(mark, max(0, end - 8), end) for mark in (b'"', b"'", b"`"))
    head = _BEFORE_STRING.search(buffer[max(0, quote - 24) : quote])
    if b"get;" in buffer[max(0, quote - 80) : quote]:
        head = _BEFORE_STRING.search(buffer[max(0, quote - 80) : quote])
    if head is None:
        return
    name = name_before(buffer, quote - len(head[0]))
    said = strength(name)
    before = buffer[max(0, quote - 4) : quote]
    opening = _QUOTE.match(buffer, quote - len(before) + len(before.rstrip(b"\\")))
    close = _closing(buffer, end, opening[1]) if said and opening else None
    if said and close is not None:
        start = without_scheme(buffer, end, close)
        sets = name.rpartition(b".")[2][:3].lower() == b"set" and head[0][:1] == b"("
        written = Written.QUOTED if sets else Written.PAIRED
        yield from judged(buffer, start, close, name, said, written)


DETECTORS = (
    Detector(NAME + rb"(?:\\*[\"'`]|&quot;|[\])?!])*[ \t]*[=:]", _after_name, True),
    Detector(NAME + _JOINT + rb"\\*[\"'`]", _string_after, True),
    Detector(NAME + rb"\}[ \t]*=", _after_name, True),
    Detector(NAME + rb"\\*[\"'`]\]?[ \t]*,", _after_name, True),
    Detector(
        rb"--?(?:[a-z0-9]+[-_])*" + NAME + rb"(?:(?:\\*[\"'],?)?[ \t]|\\*[\"'],)", _flag, True
    ),
    Detector(NAME + rb"`?[ \t]+(?:is|was)(?: set to)?[ \t]*[: ]", _told, True),
    Detector(NAME + rb"`?[ \t]*\|[ \t]*", _told, True),
    Detector(
        rb"(?:ENV|set -g?x|setx|setenv|config(?:ure)? set|secrets? set) +[A-Za-z0-9_.\-]*"
        + NAME
        + rb"[ \t]",
        _flag,
        True,
    ),
)
