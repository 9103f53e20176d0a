"""What a push decides and says without a Hub: changes, waits, sentences without secrets."""

from __future__ import annotations

import io
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushing import ADA
from trajset.hub import patience
from trajset.hub.connection import check_name, quiet_client
from trajset.hub.errors import PushError, Refused, clean, told
from trajset.hub.parcel import Parcel, of_bytes
from trajset.hub.remote import Remote, RemoteFile, changes
from trajset.hub.show import size_text
from trajset.notes import BEGIN, END

SIGNED = "https://storage.example/x?X-Amz-Signature=abcdef&X-Amz-Credential=me"


class Answered(Exception):
    """An error with an answer, as the client raises them."""

    def __init__(self, status: int, said: str = "", **headers: str) -> None:
        super().__init__(f"{status} for {SIGNED} with Bearer {ADA}")
        self.response = SimpleNamespace(status_code=status, headers=headers)
        self.server_message = said


@given(st.text(), st.text())
def test_no_token_and_no_signature_is_repeated(before: str, after: str) -> None:
    for text in (f"{before} {ADA} {after}", f"{before} {SIGNED} {after}"):
        said = clean(text)
        assert ADA not in said
        assert "Signature" not in said or "Signature" in before + after
        assert len(said) <= 200
        assert "\n" not in said


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 412, 413, 418, 429, 500, 503])
def test_every_status_has_a_sentence_that_shows_nothing(status: int) -> None:
    for repo in ("ada/x", ""):
        said = str(told(Answered(status, f"see {SIGNED} of {ADA}"), "committing", repo))
        assert said.startswith("committing: ")
        assert ADA not in said
        assert "Signature" not in said
    assert "ada" not in str(told(Answered(status), "asking", ""))


def test_an_error_that_is_wrapped_is_told_by_its_cause() -> None:
    try:
        try:
            raise Answered(403, "no")
        except Answered as error:
            raise RuntimeError(f"Error while uploading {SIGNED}") from error
    except RuntimeError as error:
        said = str(told(error, "sending files", "ada/x"))
    assert said.startswith("sending files: the token may not do this in ada (the Hub says: no)")


def test_what_passes_is_tried_again_and_what_stays_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(patience.time, "sleep", waited.append)

    def fails(*errors: BaseException) -> Any:
        left = list(errors)

        def call() -> str:
            if left:
                raise left.pop(0)
            return "done"

        return call

    again = {"Retry-After": "7"}
    assert (
        patience.patiently(fails(ConnectionError(), Answered(429, **again)), "x", "a/b") == "done"
    )
    assert waited == [1, 7]
    for error in (
        Answered(403),
        Answered(412),
        ValueError(),
        Answered(429, **{"Retry-After": "999"}),
    ):
        waited.clear()
        with pytest.raises(PushError):
            patience.patiently(fails(error), "x", "a/b")
        assert not waited
    with pytest.raises(PushError, match="has trouble"):
        patience.patiently(fails(*[Answered(500)] * 9), "x", "a/b")
    assert waited == [1, 2, 4]


@pytest.mark.parametrize("name", ["x", "a/b/c", "a/", "/b", "a b/c", "a/b?x", "a/..", "../x", ""])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(PushError, match="expected NAMESPACE/NAME"):
        check_name(name)


def test_the_clients_warnings_show_no_url() -> None:
    from huggingface_hub.utils import logging as client_logging

    written = io.StringIO()
    handler = logging.StreamHandler(written)
    client_logging.get_logger().addHandler(handler)
    try:
        with quiet_client():
            client_logging.get_logger("huggingface_hub.utils._http").warning("PUT %s", SIGNED)
    finally:
        client_logging.get_logger().removeHandler(handler)
    assert written.getvalue() == "PUT the Hub\n"


def parcel(card: str, **more: Any) -> Parcel:
    items = (of_bytes("data/a.bin", b"a"),)
    return Parcel(card=card, items=items, title="t", mark="ours", owned=r"data/.*", **more)


def remote(card: str, **files: bytes) -> Remote:
    held = {"README.md": card.encode(), ".gitattributes": b""} | {
        f"data/{name}.bin": data for name, data in files.items()
    }
    return Remote(
        exists=True,
        head="1",
        card=card,
        files={
            path: RemoteFile(size=len(data), git_oid=of_bytes(path, data).git_oid())
            for path, data in held.items()
        },
    )


def card(notes: str = "", text: str = "New.") -> str:
    return f"---\nours: x\n---\n\n{text}\n\n{BEGIN}\n{notes}{END}\n"


def test_changes_are_what_is_new_what_goes_and_what_stays() -> None:
    same = changes(parcel(card()), remote(card(), a=b"a"))
    assert not same.needs_commit
    assert not same.others
    other = changes(parcel(card()), remote(card(text="Old."), a=b"b", b=b"c"))
    assert [item.path for item in other.added] == ["README.md", "data/a.bin"]
    assert other.removed == ("data/b.bin",)
    assert changes(parcel(card()), Remote()).added == changes(parcel(card()), Remote()).items


def test_notes_on_the_hub_stay_and_local_ones_go_where_there_are_none() -> None:
    there = changes(parcel(card("mine\n")), remote(card("theirs\n", "Old."), a=b"a"))
    (readme,) = there.added
    assert readme.data() == card("theirs\n").encode()
    assert there.keeps_notes
    assert there.other_notes
    none = changes(parcel(card("mine\n")), remote(card("", "Old."), a=b"a"))
    assert none.added[0].data() == card("mine\n").encode()
    assert not none.keeps_notes
    broken = card().replace(END, "")
    with pytest.raises(Refused, match="on the Hub: expected one line"):
        changes(parcel(card()), remote(broken))


def test_sizes() -> None:
    assert [size_text(n) for n in (0, 999, 1000, 1_500_000, 2 * 10**12)] == [
        "0 bytes", "999 bytes", "1.0 kB", "1.5 MB", "2.0 TB",
    ]  # fmt: skip
