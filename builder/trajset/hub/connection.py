"""The client: whose token it is, and what it may say on the terminal."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from trajset.hub.errors import PushError, Refused
from trajset.hub.patience import Tell, patiently

_URL = re.compile(r"https?://\S+")


class Connection(Struct, kw_only=True):
    """A repository's name, and the account that asks for it."""

    api: Any
    """huggingface_hub.HfApi; it takes the token from where `hf auth login` or HF_TOKEN put it."""
    repo: str
    account: str
    member: bool
    """Whether the namespace is the account's own or one of its organisations."""
    tell: Tell


def check_name(repo: str) -> None:
    """Raise PushError for what is no NAMESPACE/NAME."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils._validators import validate_repo_id

    try:
        validate_repo_id(repo)
    except HFValidationError:
        repo = ""
    if repo.count("/") != 1:
        raise PushError("expected NAMESPACE/NAME of a dataset on the Hub, found another form")


def connect(repo: str, tell: Tell = lambda line: None) -> Connection:
    """Find the token and ask whose it is.

    Raises:
        Refused: the token may only read.
        PushError: there is no token, the Hub does not accept it or cannot be reached.
    """
    from huggingface_hub import HfApi

    api = HfApi(library_name="trajset")
    asked: dict[str, Any] = patiently(api.whoami, "asking whose token it is", "", tell)
    role = asked.get("auth", {}).get("accessToken", {}).get("role")
    if role == "read":
        raise Refused(
            f"expected a token that may write, found one of {asked['name']} that may only read: "
            "make another at https://huggingface.co/settings/tokens, then `hf auth login`"
        )
    namespaces = [asked["name"], *(org["name"] for org in asked.get("orgs", ()))]
    return Connection(
        api=api,
        repo=repo,
        account=asked["name"],
        member=repo.split("/")[0] in namespaces,
        tell=tell,
    )


class _NoUrls(logging.Filter):
    """Takes URLs out of the client's warnings: some are signed, which is as good as a password."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _URL.sub("the Hub", record.getMessage()), ()
        return True


@contextmanager
def quiet_client() -> Iterator[None]:
    """The client's warnings without URLs, and its bars only on a terminal, while this lasts."""
    from huggingface_hub.utils import logging as client_logging
    from huggingface_hub.utils.tqdm import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    handlers = client_logging.get_logger().handlers
    no_urls = _NoUrls()
    for handler in handlers:
        handler.addFilter(no_urls)
    bars = not are_progress_bars_disabled()
    if bars and not sys.stderr.isatty():
        disable_progress_bars()
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(no_urls)
        if bars:
            enable_progress_bars()
