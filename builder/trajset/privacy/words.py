"""Does a value look like a credential, like words, or like a placeholder that stands for one?

Values are bytes (UTF-8): privacy works on encoded text, so that offsets are the scanner's.
"""

from __future__ import annotations

import re
from functools import lru_cache

_BIGRAMS = frozenset(
    first + second
    for first, seconds in {
        "a": "bcdgiklmnprstuvy", "b": "aeilorsu", "c": "acehiklortu", "d": "adeiorsu",
        "e": "abcdefgilmnprstvwxy", "f": "aefiloru", "g": "aehinorsu", "h": "aeiot",
        "i": "abcdefglmnoprstvz", "k": "aeis", "l": "adeilostuy", "m": "abeimopsu",
        "n": "acdefgiknostuv", "o": "bcdfgiklmnoprstuvw", "p": "aehiloprstu", "q": "u",
        "r": "acdegilmnoprstuy", "s": "acehilopstuy", "t": "acehilorstuy", "u": "abceilmnprst",
        "v": "aei", "w": "aei", "x": "pt", "y": "p", "z": "e",
    }.items()
    for second in seconds
)  # fmt: skip
"""The letter pairs that make up about 85 % of English words and identifiers."""

_DIGITS = re.compile(rb"[0-9]+")
_LETTERS = re.compile(rb"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_STARTS_AS_CODE = re.compile(
    rb"<.*>$|\[.*\]$|\{.*\}$|\(.*\)$|<[A-Za-z][\w .:/-]*>?$|[$#@%]\{|\$\(|%\(|\[\["
    rb"|\$[A-Z_][A-Z0-9_]*\b|\$[a-z_]+\b"
    rb"|\$\w+[.:\[]|%[A-Z_]+%$|!(?:vault|secret|env|ref|sub|include|getatt|join|reference|unsafe)\b"
    rb"|process\.|os\.|env\.|ENV\[|self\.|this\.",
)
_INTERPOLATED = re.compile(rb"\{[\w.\[\]'\"()-]*\}|%\(\w+\)")
_OUR_OWN = (b"<SECRET:", b"<EMAIL:", b"<IP:", b"<PHONE:", b"<HOST:", b"<NAME:", b"[image]")
_LEFT_OPEN = (b"${", b"$(", b"{{", b"}}", b"***", b"...", b"\xe2\x80\xa6", b"\xe2\x80\xa2")
_SAYS_SO = tuple(
    b"""example placeholder changeme change_me change-me xxxx your_ your- _your -your redacted
    replace_ replace- dummy insert_ insert- _fake -fake _mock -mock not-a-real not_a_real sample
    masked hidden deadbeef""".split()
)
_WHOLE = re.compile(
    rb"(?:your|fake|mock).*|.*[-_ ]here|(?:.*[-_ ])?(?:fixme|todo)(?:[-_ ].*)?"
    rb"|(?:my|the|a|some|any|no|new|old)[-_ ]?(?:super[-_ ]?)?"
    rb"(?:secret|pass|password|token|api[-_]?key|key)s?\d{0,3}",
    re.DOTALL,
)
_COMMON = frozenset(
    b"""admin administrator access apikey api_key api-key auth bar basic baz bearer changeit
    client_secret credentials default demo development empty enabled disabled fake false foo foobar
    guest hunter key letmein local localhost mypassword mysecret mytoken nil no none null optional
    pass passwd password password1 passphrase postgres production prompt public qwerty redis
    required rabbitmq root s3cr3t sa secret secrets staging string test testing test123 testpass
    testpassword testtoken text token true undefined unknown unset user username value yes
    minioadmin mysql mongo pwd pw""".split()
)
_MIXED_CASE = re.compile(rb"[a-z].*[A-Z].*[a-z]|[A-Z]{2}.*[a-z]{2}.*[A-Z]")
_HEAD = 256
"""What a placeholder says it says at once; in long data such words stand by chance."""
_OF_NUMBERS = b"0123456789eE+-._,:/"
_RISING = tuple(
    b"""abcdefgh bcdefghi 12345678 23456789 01234567 abc123abc a1b2c3d4 1a2b3c4d qwertyui""".split()
)
_IN_ILLUSTRATIONS = tuple(
    b"""example placeholder changeme change_me redacted your_ your- _here -here dummy sample _fake
    -fake fake_ fake- xxxxxx 00000000""".split()
)


_SAYS_EXAMPLE = re.compile(
    rb"example|placeholder|change_?me|redacted|your[_-]?|[_-]here|dummy|sample|fake|mock|xxxxx|test"
    rb"|00000000|deadbeef"
)


@lru_cache(maxsize=2048)
def is_wordlike(value: bytes) -> bool:
    """Whether a value reads as words: an identifier, a slug, a label, a sentence."""
    runs = _LETTERS.findall(value)
    letters = sum(map(len, runs))
    digits = len(value) - len(value.translate(None, b"0123456789"))
    if not value.isascii() and sum(byte >= 0x80 for byte in value) > letters:
        return True
    if not letters or digits > 5 or digits > 0.4 * (letters + digits):
        return False
    if digits > 2 and len(_DIGITS.findall(value)) > 2:
        return False
    short = sum(len(run) for run in runs if len(run) < 3)
    if short > 0.34 * letters or (letters >= 8 and len(runs) * 2.6 > letters + 2):
        return False
    usual = total = 0
    for run in runs:
        if len(run) >= 3:
            word = run.decode("ascii").lower()
            usual += sum(word[i : i + 2] in _BIGRAMS for i in range(len(word) - 1))
            total += len(word) - 1
    needed = 0.5 if letters < 8 else 0.6 if total < 12 else 0.68
    if digits and _MIXED_CASE.search(value) and value.isalnum():
        needed += 0.08  # as `aB3dE`: more often drawn by chance than chosen
    return total > 0 and usual >= needed * total


@lru_cache(maxsize=2048)
def is_placeholder(value: bytes) -> bool:
    """Whether a value only stands for a secret: `<token>`, `$TOKEN`, `xxxx`, `changeme`."""
    lower = value[:_HEAD].lower()
    return stands_for_one(value) or any(part in lower for part in _RISING)


@lru_cache(maxsize=2048)
def stands_for_one(value: bytes) -> bool:
    """The same, but not for runs of the alphabet or the keyboard: people choose such passwords."""
    lower = value[:_HEAD].lower()
    return (
        lower in _COMMON
        or len(set(value)) < min(4, len(value))
        or _STARTS_AS_CODE.match(value) is not None
        or (value[:1] == b"$" and value[1:].isalnum() and is_wordlike(value[1:]))
        or any(part in value for part in _LEFT_OPEN)
        or any(part in lower for part in _SAYS_SO)
        or any(part in value for part in _OUR_OWN)
        or _INTERPOLATED.search(value) is not None
        or _WHOLE.fullmatch(lower[:200]) is not None
    )


def forget() -> None:
    """Drop the values that were judged last; nothing of a unit stays in memory after it."""
    is_wordlike.cache_clear()
    is_placeholder.cache_clear()
    stands_for_one.cache_clear()


def is_illustration(value: bytes) -> bool:
    """Whether the rest of a token after its prefix only shows how such tokens look."""
    lower = value.lower()
    return (
        len(set(value)) < min(6, len(value) // 2 + 1)
        or b"<" in value
        or any(part in value for part in _LEFT_OPEN)
        or any(part in lower for part in _IN_ILLUSTRATIONS)
        or any(part in lower for part in _RISING)
    )


def says_example(value: bytes) -> bool:
    """Whether the rest of a whole token says itself that it is an example; runs do not."""
    lower = value.lower()
    return (
        len(set(lower)) <= 3
        or b"<" in value
        or any(part in value for part in _LEFT_OPEN)
        or _SAYS_EXAMPLE.search(lower) is not None
    )


def is_random(value: bytes) -> bool:
    """Whether a value looks drawn by chance: many different characters, and no words."""
    if len(value) < 8 or not value.strip(_OF_NUMBERS) or is_placeholder(value):
        return False
    return len(set(value)) >= min(10, 5 + len(value) // 8) and not is_wordlike(value)


def is_strong(value: bytes) -> bool:
    """Whether a value is particular enough to be removed wherever it occurs, without context."""
    if len(value) < 8 or value.isdigit():
        return False
    if is_random(value):
        return True
    classes = (
        any(48 <= byte <= 57 for byte in value)
        + any(65 <= byte <= 90 for byte in value)
        + any(97 <= byte <= 122 for byte in value)
        + any(byte < 128 and not chr(byte).isalnum() for byte in value)
    )
    return classes >= 3 and len(value) >= 10 and not is_placeholder(value) and b" " not in value
