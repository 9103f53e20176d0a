"""What can go wrong with a push, as sentences: what was found, and the way out."""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(r"hf_\w{8,}|(?i:bearer)\s+\S+")
_QUERY = re.compile(r"(https?://[^\s?]+)\?\S+")
_LOST = {"TransportError", "ConnectionError", "TimeoutError", "Timeout", "ChunkedEncodingError"}
"""Of httpx2 and httpx (huggingface_hub 2 and 1), Python itself (Xet), and requests (before)."""
_LOGIN = "`hf auth login`, or set HF_TOKEN to a token with write access"


class PushError(RuntimeError):
    """A push cannot be done. The text says why, and the way out."""


class Refused(PushError):
    """The push itself is possible, but must not be done like this."""


def status_of(error: BaseException) -> int | None:
    """The HTTP status of an error that the Hub answered with."""
    return getattr(getattr(error, "response", None), "status_code", None)


def is_lost(error: BaseException) -> bool:
    """Whether a request failed without an answer; by names, since the libraries below differ."""
    return any(kind.__name__ in _LOST for kind in type(error).__mro__)


def cause_of(error: BaseException) -> BaseException:
    """The error of a request below the one that huggingface_hub wraps around uploads."""
    inner: BaseException | None = error
    while inner is not None:
        if status_of(inner) is not None or is_lost(inner):
            return inner
        inner = inner.__cause__ or inner.__context__
    return error


def told(error: BaseException, doing: str, repo: str) -> PushError:
    """The sentence for an error while something was done; holds no token and no signed URL.

    Args:
        repo: the repository that it was about; empty where it was about none.
    """
    if isinstance(error, PushError):
        return error
    error = cause_of(error)
    name = type(error).__name__
    if name == "LocalTokenNotFoundError":
        return PushError(f"expected a token of the Hub, found none: {_LOGIN}")
    if name == "OfflineModeIsEnabled":
        return PushError(f"{doing}: HF_HUB_OFFLINE is set; unset it to push")
    status = status_of(error)
    if status is not None:
        return PushError(f"{doing}: {_sentence(status, error, repo)}")
    if is_lost(error):
        return PushError(
            f"{doing}: the Hub could not be reached ({name}); look at the network and proxy, then "
            "push again" + (": what has arrived is not sent again" if repo else "")
        )
    return PushError(f"{doing}: failed: {name}: {clean(str(error))}; push again")


def _sentence(status: int, error: Any, repo: str) -> str:
    where = f" in {repo.split('/')[0]}" if repo else ""
    said = clean(getattr(error, "server_message", None) or "")
    hub = f" (the Hub says: {said})" if said else ""
    sentences = {
        400: f"the Hub did not accept what was sent{hub}",
        401: f"the Hub does not accept the token (wrong, expired or revoked): {_LOGIN}",
        402: f"the Hub wants a payment first{hub}",
        403: f"the token may not do this{where}{hub}: use a token with write access there "
        "(https://huggingface.co/settings/tokens), or another namespace",
        404: f"{repo} is not there, or not visible to this account: look at the name and account"
        if repo
        else "no such page: look at HF_ENDPOINT",
        409: f"the Hub reports a conflict{hub}: wait a little, then push again",
        412: f"somebody changed {repo} meanwhile; nothing of this push was committed: push again",
        413: f"the Hub finds it too large{hub}",
        429: "the Hub asks to slow down; wait some minutes, then push again: what has arrived is "
        "not sent again",
    }
    if status >= 500:
        again = ": what has arrived is not sent again" if repo else ""
        return f"the Hub has trouble ({status}); push again later{again}"
    return sentences.get(status, f"the Hub answered {status}{hub}")


def clean(text: str) -> str:
    """A text of somebody else on one short line, without tokens and signatures."""
    line = " ".join(text.split())
    return _QUERY.sub(r"\1", _TOKEN.sub("<TOKEN>", line))[:200]
