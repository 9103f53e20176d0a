"""Files up, then one commit: all of it or nothing, on the state that was looked at."""

from __future__ import annotations

from typing import Any

from trajset.hub.connection import Connection
from trajset.hub.errors import PushError, Refused, cause_of, is_lost, status_of
from trajset.hub.patience import patiently
from trajset.hub.remote import Changes, differences, files_at

_UNSURE = (408, 412, 500, 502, 503, 504)
"""Statuses after which the commit may have been made all the same."""


def create(hub: Connection) -> None:
    """Create the repository, private. One that has come to be meanwhile is left as it is."""
    patiently(
        lambda: hub.api.create_repo(hub.repo, repo_type="dataset", private=True, exist_ok=True),
        "creating the repository",
        hub.repo,
        hub.tell,
    )


def upload(hub: Connection, changes: Changes, head: str | None, title: str, public: bool) -> str:
    """Send what is new and commit it; returns the id of the commit.

    Large files that the Hub has already are not sent again. The visibility is asked for once more
    between the last file and the commit.

    Raises:
        Refused: the repository has become public.
        PushError: it could not be done; nothing was committed, unless the sentence says so.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    additions = [
        CommitOperationAdd(
            path_in_repo=item.path,
            path_or_fileobj=item.content if isinstance(item.content, bytes) else str(item.content),
        )
        for item in changes.added
    ]
    for item, addition in zip(changes.added, additions, strict=True):
        if addition.upload_info.sha256.hex() != item.sha256:
            raise Refused(f"{item.path}: changed since it was looked at; nothing was committed")
    deletions = [CommitOperationDelete(path_in_repo=path) for path in changes.removed]
    patiently(
        lambda: hub.api.preupload_lfs_files(
            hub.repo, additions, repo_type="dataset", free_memory=False
        ),
        "sending files",
        hub.repo,
        hub.tell,
    )
    held_back = [a.path_in_repo for a in additions if getattr(a, "_should_ignore", False)]
    if held_back:
        raise Refused(
            f"{hub.repo}: expected that all files may go, found a .gitignore there that holds "
            f"{held_back[0]} back; take that line out of it on the Hub. Nothing was committed"
        )
    refuse_public(hub, public)

    def commit() -> str:
        try:
            made = hub.api.create_commit(
                hub.repo,
                [*additions, *deletions],
                commit_message=title,
                repo_type="dataset",
                parent_commit=head,
            )
        except Exception as error:
            found = _made_all_the_same(hub, changes, head, error)
            if found is None:
                raise
            return found
        return str(made.oid)

    return patiently(commit, "committing", hub.repo, hub.tell)


def _made_all_the_same(
    hub: Connection, changes: Changes, head: str | None, error: BaseException
) -> str | None:
    """The commit, where it was made and only the answer got lost."""
    below = cause_of(error)
    if not is_lost(below) and status_of(below) not in _UNSURE:
        return None
    now = hub.api.repo_info(hub.repo, repo_type="dataset").sha
    if now is None or now == head:
        return None
    wrong = differences(files_at(hub, now), changes.items, changes.removed)
    return None if wrong else str(now)


def refuse_public(hub: Connection, public: bool) -> None:
    """Raise Refused where everybody can see the repository and that is not wanted."""
    if not public and _info(hub).private is not True:
        raise Refused(
            f"{hub.repo}: expected a private repository, found a public one, and committed "
            "nothing: make it private in its settings on the Hub, or say --public"
        )


def verify(hub: Connection, changes: Changes, commit: str, public: bool) -> None:
    """Ask the server whether all arrived whole, and whether the repository is private.

    Raises:
        PushError: it is not so.
    """
    if not public and _info(hub).private is not True:
        raise PushError(
            f"{hub.repo}: THE REPOSITORY IS PUBLIC although it was private before the commit; "
            "make it private in its settings on the Hub now"
        )
    files = patiently(lambda: files_at(hub, commit), "checking what arrived", hub.repo, hub.tell)
    wrong = differences(files, changes.items, changes.removed)
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise PushError(
            f"commit {commit[:8]} of {hub.repo} is not whole: {', '.join(wrong[:3])}{more}; "
            "another push there may be the cause: look at it, then push again"
        )


def tag(hub: Connection, name: str, commit: str) -> None:
    """Name a commit; a tag that is there stays."""
    patiently(
        lambda: hub.api.create_tag(
            hub.repo, tag=name, revision=commit, repo_type="dataset", exist_ok=True
        ),
        "tagging the version",
        hub.repo,
        hub.tell,
    )


def _info(hub: Connection) -> Any:
    return patiently(
        lambda: hub.api.repo_info(hub.repo, repo_type="dataset"),
        "asking for the visibility",
        hub.repo,
        hub.tell,
    )
