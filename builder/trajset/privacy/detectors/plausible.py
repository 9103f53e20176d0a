"""Is a value that stands next to a telling name a secret, and not code, a label or a number?"""

from __future__ import annotations

import re
from enum import Enum

from trajset.privacy.words import is_placeholder, is_random, is_wordlike, stands_for_one


class Written(Enum):
    """How a value is written; the less its syntax says, the more the value itself has to."""

    QUOTED = "in quotes, after an assignment"
    PAIRED = "in quotes, after another quoted string and a comma"
    ENV = "NAME=value, without blanks"
    YAML = "name: value, on a line of its own"
    INI = "name = value, on a line of its own"
    FLAG = "--name value"
    BARE = "elsewhere, without quotes"


_CLEAR = (Written.QUOTED, Written.ENV)
"""An assignment that leaves no doubt what the value is."""
_DIGIT = re.compile(rb"[0-9]")
_LETTER = re.compile(rb"[A-Za-z]")
_MARK = re.compile(rb"[!@#$%^&*+=~?]")
_ODD_MARK = re.compile(rb"[!^#]$|[!^]")
_PATH = re.compile(
    rb"^(?:~?/|\.{1,2}/|[A-Za-z]:[\\/])(?:[\w.\-~]+/)*[\w.\- ]*$|^(?:[\w.\-]+/)+[\w.\-]+\.\w{1,5}$"
    rb"|^[\w\-./]+\.(?:json|ya?ml|pem|key|crt|txt|py|js|ts|env|toml|ini|conf|md|html|png"
    rb"|svg|sh|go|rs|java)$"
)
_URL = re.compile(rb"^\w[\w+.-]*:/{1,2}|^(?:\w+\.)+(?:com|org|net|io|dev|local|internal)\b")
_DIGEST = re.compile(rb"^(?:sha(?:1|256|384|512)|md5)[-:]|^sha\d+$")
_HEX_DIGEST = re.compile(rb"^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{7,12})$")
_LABELLED_DIGEST = re.compile(rb"(?:[\w.]+[-:/_])+[0-9a-f]{32,64}$")
_KEYWORD = re.compile(rb"[a-z_]+=$")
_UUID = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
_CODE = re.compile(
    rb"^[A-Za-z_$][\w$]*(?:(?:\.|->|::)[A-Za-z_$][\w$]*)+$|\w\(|^lambda\b|=>|^[A-Z_]+\[|^[>|][+-]?$"
)
_CALL = re.compile(rb"[A-Za-z_][\w.]*\([\w.,\"'= ]*\)?$")
_REFERENCE = re.compile(
    rb"^[\w.]+\(\)|^arn:|^projects/|^op://|^vault:|^(?:secret|ssm|sm|file|env|aws-sm)[:/]"
)
_DATE = re.compile(rb"^\d{4}-\d{2}-\d{2}|^\d{1,2}:\d{2}")
_RULE = re.compile(
    rb"^(?:required|nullable|sometimes|confirmed|string|min|max)[|:]|^at[- ]least|characters?$"
)
_CHOSEN_WORDS = re.compile(rb"[a-z]{3,9}(?:[-_.][a-z]{3,9}){2,5}|[a-z]{3,9}(?: [a-z]{3,9}){3,5}")
_ABOUT_PASSWORDS = re.compile(
    rb"pass|pwd|secret|token|cred|login|auth|user|account|admin|valid|error|fail|field|form|label"
    rb"|input|reset|forgot|change|current|confirm|enter|type|text|string|value|name|hash|encr|plain"
    rb"|require|strong|weak|short|long|length|must|should|please|your|the\b|this|that|with|from|and\b"
    rb"|not\b|for\b|are\b|has\b|key|default|local|test|config|manager|store|service|policy"
)
_SEVERAL_WORDS = re.compile(rb"^[a-z]{3,9}(?: [a-z]{3,9}){3,}$")


def plausible(value: bytes, said: str, written: Written) -> bool:
    """Whether a value with a telling name is a secret.

    Args:
        said: what the name says, from `naming.strength`.
    """
    if said == "phrase" and _SEVERAL_WORDS.match(value):
        return True
    if said == "password" and written in _CLEAR and _CHOSEN_WORDS.fullmatch(value):
        return _ABOUT_PASSWORDS.search(value) is None
    if not 5 <= len(value) <= 4096 or b" " in value or value.count(b"=") > 6:
        return False
    if (stands_for_one if said == "password" else is_placeholder)(value):
        return False
    if _URL.search(value) or _is_path(value) or _DIGEST.search(value):
        return False
    if _DATE.match(value) or _REFERENCE.search(value):
        return False
    if written is Written.FLAG and _KEYWORD.match(value):
        return False
    if written is Written.ENV and _CALL.match(value):
        return False
    if written not in (Written.QUOTED, Written.PAIRED, Written.ENV) and _CODE.search(value):
        return False
    if said == "password":
        return not _RULE.search(value) and _password(value, written)
    if said == "token" and written in _CLEAR and len(value) >= 6 and _chosen(value):
        return True
    if value.isdigit() or len(value) < 8:
        return False
    if said in ("key", "signature"):
        return (
            len(value) >= 16
            and is_random(value)
            and not _HEX_DIGEST.match(value)
            and not (said == "key" and (_UUID.search(value) or _LABELLED_DIGEST.match(value)))
        )
    return is_random(value) or (written is Written.ENV and _dense(value))


def _is_path(value: bytes) -> bool:
    """Whether a value is a path; base64 has slashes too, but no words between them."""
    if not _PATH.search(value):
        return False
    return not is_random(max(value.split(b"/"), key=len))


def _password(value: bytes, written: Written) -> bool:
    digit, letter, mark = _DIGIT.search(value), _LETTER.search(value), _MARK.search(value)
    if value.isdigit():
        return written in (Written.QUOTED, Written.ENV, Written.FLAG) and len(value) >= 6
    if written is Written.PAIRED or written is Written.BARE:
        return is_random(value) or bool(digit and letter and mark)
    if letter and (digit or mark):
        if written is Written.INI:
            return bool(mark) or is_random(value) or not is_wordlike(value)
        return True
    return is_random(value)


def _chosen(value: bytes) -> bool:
    """A short value with a digit and a mark that code seldom holds: `s3cr3t!`."""
    return (
        len(value) <= 24
        and _LETTER.search(value) is not None
        and _DIGIT.search(value) is not None
        and _ODD_MARK.search(value) is not None
        and value.replace(b"!", b"").replace(b"#", b"").replace(b"^", b"").isalnum()
    )


def _dense(value: bytes) -> bool:
    """Letters, digits and marks together: chosen by a person who was asked for all three."""
    return bool(_DIGIT.search(value) and _LETTER.search(value) and _MARK.search(value))
