"""Mail addresses, IP addresses and phone numbers of people and machines."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache

from trajset.privacy.detectors.detector import PERSONAL, Detector, Span
from trajset.privacy.detectors.forms import ALNUM_BYTES, run_before, stands_alone

_MAIL = re.compile(
    rb"([A-Za-z0-9][A-Za-z0-9._%+'-]{0,63})@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,6}"
    rb"[A-Za-z]{2,18})(?![A-Za-z0-9_(])"
)
_LOCAL_BYTES = ALNUM_BYTES + b"._%+'-"
_NO_PERSON = re.compile(
    rb"(?i)^(?:no-?reply|do-?not-?reply|donotreply|git|hg|svn|postmaster|mailer-daemon"
    rb"|actions|bot|root|nobody|user|username|email"
    rb"|your[._-]?(?:name|email|mail)?|you|me|name|foo|bar|john\.?doe|jane\.?doe|someone"
    rb"|somebody|test|example)$|^(?:no-?reply)|noreply"
)
_NO_DOMAIN = re.compile(
    rb"(?i)(?:^|\.)(?:example\.(?:com|org|net|edu|co)|example|test|invalid|localhost"
    rb"|domain\.com|email\.com|yourdomain\.com|your-?company\.com|company\.com"
    rb"|acme\.com|foo\.com|bar\.com|noreply\.github\.com|noreply\.\w+\.\w+"
    rb"|iam\.gserviceaccount\.com)$"
    rb"|\.(?:py|js|ts|tsx|jsx|mjs|json|png|jpe?g|gif|svg|webp|ico|css|scss|html?|md|rs|go"
    rb"|java|rb|php|sh|so|lock|toml|ya?ml|txt|log|service|target|timer|socket|whl|tgz|gz"
    rb"|zip|xml|csv|sql|c|cc|cpp|h|hpp|vue|svelte|local|internal|conf|cfg|ini|jar|map|cs|kt"
    rb"|swift|dart|ex|exs|proto|fixture|mark|dataclass|property|setter|getter|route|command"
    rb"|validator)$"
)
_STAYS_IF = frozenset({b"user", b"username", b"email", b"name", b"you", b"me", b"test", b"root"})


def _mail(buffer: bytes, end: int) -> Iterator[Span]:
    at = buffer.rfind(b"@", max(0, end - 72), end)
    start = run_before(buffer, at, _LOCAL_BYTES, 64)
    while start < at and buffer[start] in b"._%+'-":
        start += 1
    if buffer[start - 1 : start] == b"\\" and buffer[start : start + 1] in b"nrt":
        start += 1
    elif not stands_alone(buffer, start):
        return
    found = _MAIL.match(buffer, start)
    if found is None or found.end(1) != at or _ordinary(found[1], found[2]):
        return
    if (
        buffer[found.end() : found.end() + 1] in (b":", b"/")
        and b"://" in buffer[max(0, start - 12) : start]
    ):
        return
    in_url = buffer[start - 1 : start] in (b"/", b":") and not buffer.endswith(b"mailto:", 0, start)
    if in_url or buffer[found.end() : found.end() + 1] == b"@":
        return
    yield Span(start, found.end(), "email", found[0].lower(), PERSONAL)


@lru_cache(maxsize=4096)
def _ordinary(local: bytes, domain: bytes) -> bool:
    """Whether an address belongs to nobody: examples, noreply, remotes, file names, versions."""
    if _NO_DOMAIN.search(domain) or (_NO_PERSON.search(local) and local.lower() not in _STAYS_IF):
        return True
    return local.lower() in _STAYS_IF and domain.count(b".") == 1


_IPV4 = re.compile(rb"(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d|-[A-Za-z0-9])")
_VERSION_BEFORE = re.compile(
    rb"(?i)(?:version|ver|release|rev|build|\bv|revision|firmware|schema|protocol|==|>=|<="
    rb"|~=|!=|\^|~|\w[-_/]|\w@|oid|section|chapter|clause)[\"'\s:=(]*\Z"
)
_ABOUT_VERSIONS = tuple(
    b"requirement version install collecting upgrad updat identifier downgrad package release =="
    b" download".split()
)
_ADDRESS_BEFORE = re.compile(
    rb"(?i)(?:://|@|ip|addr|address|host|hostname|server|peer|client|remote|ping"
    rb"|ssh|inet|gateway)[\s:=\"'\[(]*\Z"
)
_PUBLIC_RESOLVERS = frozenset(
    {
        b"8.8.8.8",
        b"8.8.4.4",
        b"1.1.1.1",
        b"1.0.0.1",
        b"9.9.9.9",
        b"208.67.222.222",
        b"208.67.220.220",
    }
)


@lru_cache(maxsize=8192)
def _public(text: bytes) -> bool:
    try:
        address = ipaddress.ip_address(text.decode())
    except ValueError:
        return False
    return address.is_global and not address.is_multicast and text not in _PUBLIC_RESOLVERS


def _ipv4(buffer: bytes, end: int) -> Iterator[Span]:
    start = run_before(buffer, end, b"0123456789.", 15)
    found = _IPV4.match(buffer, start)
    if found is None or not _public(found[0]):
        return
    before = buffer[max(0, start - 16) : start]
    if not stands_alone(buffer, start) or before[-1:] == b".":
        return
    address = _ADDRESS_BEFORE.search(before) is not None
    if not address and _VERSION_BEFORE.search(before):
        return
    line = buffer[max(buffer.rfind(b"\n", max(0, start - 160), start), start - 160, 0) : start]
    line = line.lower()
    if not address and any(word in line for word in _ABOUT_VERSIONS):
        return
    if b"==" + found[0] in buffer[max(0, start - 400) : start]:
        return
    parts = [int(part) for part in found[0].split(b".")]
    port = buffer[found.end() : found.end() + 1] == b":"
    if max(parts) < 32 and not address and not port:
        return
    yield Span(*found.span(), "ip", found[0], PERSONAL)


_IPV6 = re.compile(rb"[23][0-9a-fA-F]{3}(?::[0-9a-fA-F]{0,4}){2,7}")


def _ipv6(buffer: bytes, end: int) -> Iterator[Span]:
    start = end - 5
    if not stands_alone(buffer, start) or buffer[start - 1 : start] == b":":
        return
    found = _IPV6.match(buffer, start)
    text = found[0] if found else b""
    if text.endswith(b":") and not text.endswith(b"::"):
        text = text[:-1]
    if (
        text
        and _public(text.lower())
        and not buffer[start + len(text) : start + len(text) + 1].isalnum()
    ):
        yield Span(start, start + len(text), "ip", text.lower(), PERSONAL)


_INTERNATIONAL = re.compile(
    rb"\+[1-9]\d{0,2}(?:[ .\-\xc2\xa0]{0,2}\(?\d{1,5}\)?){1,6}(?![\w]|[.,]\d|:\d)"
)
_AMERICAN = re.compile(
    rb"(?:1[ .-])?(?:\([2-9]\d\d\)[ -]?|[2-9]\d\d([ .-]))[2-9]\d\d([ .-])\d{4}(?![\w-]|\.\d)"
)
_TELEPHONE = re.compile(rb"(?i)(?:phone|mobile|tel|cell|fax|whatsapp|call|sms)\w{0,10}\W{0,12}\Z")


def _international(buffer: bytes, end: int) -> Iterator[Span]:
    start = buffer.rfind(b"+", max(0, end - 20), end)
    found = _INTERNATIONAL.match(buffer, start) if start >= 0 else None
    before = buffer[start - 1 : start]
    if (
        found is None
        or (before.isalnum() and not stands_alone(buffer, start))
        or before in (b"+", b")", b"]")
    ):
        return
    digits = sum(48 <= byte <= 57 for byte in found[0])
    apart = any(byte in b" .-(" for byte in found[0].strip())
    if not 9 <= digits <= 15 or re.search(rb"\d{4}-\d\d-\d\d", found[0]):
        return
    if not apart and (
        digits < 10 or before in (b"", b"\n", b"\0") or buffer[start - 2 : start] == b"\\n"
    ):
        return
    yield Span(*found.span(), "phone", re.sub(rb"\D", b"", found[0]), PERSONAL)


def _american(buffer: bytes, end: int) -> Iterator[Span]:
    left = max(0, end - 16)
    for start in range(left, end):
        found = _AMERICAN.match(buffer, start)
        if found is None:
            continue
        before = buffer[start - 1 : start]
        named = before == b":" and _TELEPHONE.search(buffer[max(0, start - 24) : start])
        if not named and (before in (b"+", b":") or not stands_alone(buffer, start, strictly=True)):
            return
        if found[1] and found[1] != found[2]:
            return
        if found[2] in (b".", b" ") and not (
            found[1] is None or _TELEPHONE.search(buffer[max(0, start - 30) : start])
        ):
            return
        yield Span(*found.span(), "phone", re.sub(rb"\D", b"", found[0]), PERSONAL)
        return


_PLAIN_NUMBER = re.compile(rb"[\"' :=]{0,6}(\+?\d[\d /.()-]{5,18}\d)(?![\w-])")


def _named_number(buffer: bytes, end: int) -> Iterator[Span]:
    found = _PLAIN_NUMBER.match(buffer, end)
    if found and found[1].isdigit() and b'"' in buffer[end - 4 : end] and b'"' not in found[0]:
        return  # a number of JSON, which has to stay one
    if found and 7 <= sum(48 <= byte <= 57 for byte in found[1]) <= 15 and len(set(found[1])) > 3:
        yield Span(*found.span(1), "phone", re.sub(rb"\D", b"", found[1]), PERSONAL)


MAIL = (Detector(rb"[A-Za-z0-9._%+'\-]@(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.)[A-Za-z0-9]", _mail),)
IP = (
    Detector(
        rb"(?:^|[^\w./\-]|//|\\[nrt]|%[0-9A-F]{2}|/\s?)[1-9][0-9]{0,2}(?:\.[0-9]{1,3}){2}\.[0-9]",
        _ipv4,
    ),
    Detector(rb"[23][0-9a-fA-F]{3}:(?:[0-9a-fA-F]{1,4}:|:)", lambda b, e: _ipv6(b, _colon(b, e))),
)
PHONE = (
    Detector(rb"\+[1-9][0-9]{0,2}[ (.\-]*[0-9]{2,4}[ ).\-]*[0-9]{2}", _international),
    Detector(
        rb"(?:\([2-9][0-9]{2}\)[ -]?|\b[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}", _american
    ),
    Detector(
        rb"\b(?:phone|mobile|phone[_ ]?number|tel|telephone|cell)(?:\\*[\"'])?[ \t]*[:=]",
        _named_number,
        True,
    ),
)


def _colon(buffer: bytes, end: int) -> int:
    """Where the first group of the address that the trigger saw ends, its colon included."""
    return buffer.find(b":", max(0, end - 6), end) + 1 if buffer[end - 2] != 58 else end - 1
