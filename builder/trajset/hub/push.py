"""A push, from top to bottom: look, decide, create, send, commit, check, tag."""

from __future__ import annotations

from msgspec import Struct

from trajset.hub.connection import Connection
from trajset.hub.parcel import Parcel
from trajset.hub.remote import Changes, Remote, changes, look
from trajset.hub.upload import create, tag, upload, verify


class Plan(Struct, frozen=True, kw_only=True):
    """What a push would do; nothing of it is done yet."""

    parcel: Parcel
    remote: Remote
    changes: Changes

    @property
    def public(self) -> bool:
        """Whether everybody will see it: the repository is so already, and that was agreed to."""
        return self.remote.exists and not self.remote.private

    @property
    def nothing_new(self) -> bool:
        """Whether there is nothing to do."""
        return self.remote.exists and not self.changes.needs_commit and self.changes.tag is None


class Pushed(Struct, frozen=True, kw_only=True):
    """What a push did."""

    commit: str | None
    """None where there was nothing to commit."""
    tag: str | None
    private: bool


def plan(parcel: Parcel, remote: Remote) -> Plan:
    """What it takes to make the repository hold the parcel.

    Raises:
        Refused: the repository holds a card of somebody else, or one whose notes are damaged.
    """
    return Plan(parcel=parcel, remote=remote, changes=changes(parcel, remote))


def carry_out(hub: Connection, planned: Plan) -> Pushed:
    """Do what was planned.

    Raises:
        Refused: the repository is not as it was when it was looked at.
        PushError: it could not be done. What has arrived is not sent again by the next push.
    """
    if not planned.remote.exists:
        create(hub)
        planned = plan(planned.parcel, look(hub, public=False))
    commit, wanted = None, planned.changes
    if wanted.needs_commit:
        title = planned.parcel.title
        commit = upload(hub, wanted, planned.remote.head, title, planned.public)
        verify(hub, wanted, commit, planned.public)
    head = commit or planned.remote.head
    if wanted.tag is not None and head is not None:
        tag(hub, wanted.tag, head)
    return Pushed(commit=commit, tag=wanted.tag, private=not planned.public)
