"""Which function answers which request, and who may ask."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from hub import api, files, lfs
from hub.server import Answer, Request, problem
from hub.store import Repository

_NAME = r"(?P<id>[^/]+/[^/]+?)"
_ROUTES: tuple[tuple[str, str, Callable[..., Answer], str], ...] = (
    ("GET", r"/api/whoami-v2", api.whoami, ""),
    ("POST", r"/api/repos/create", api.create, ""),
    ("POST", r"/api/validate-yaml", api.validate_yaml, ""),
    ("PUT", r"/storage/(?P<oid>\w+)(?:/(?P<part>\d+))?", lfs.store, ""),
    ("GET", r"/storage/(?P<oid>\w+)", files.stored, ""),
    ("HEAD", r"/storage/(?P<oid>\w+)", files.stored, ""),
    ("POST", r"/storage/(?P<oid>\w+)/complete", lfs.complete, ""),
    ("POST", rf"/datasets/{_NAME}\.git/info/lfs/objects/batch", lfs.batch, "write"),
    ("POST", rf"/datasets/{_NAME}\.git/info/lfs/objects/verify", lfs.verify, "write"),
    ("HEAD", rf"/datasets/{_NAME}/resolve/(?P<revision>[^/]+)/(?P<path>.+)", files.resolve, "read"),
    ("GET", rf"/datasets/{_NAME}/resolve/(?P<revision>[^/]+)/(?P<path>.+)", files.resolve, "read"),
    ("PUT", rf"/api/datasets/{_NAME}/settings", api.settings, "write"),
    ("POST", rf"/api/datasets/{_NAME}/preupload/(?P<revision>[^/]+)", api.preupload, "write"),
    ("POST", rf"/api/datasets/{_NAME}/commit/(?P<revision>[^/]+)", api.commit, "write"),
    ("POST", rf"/api/datasets/{_NAME}/tag/(?P<revision>[^/]+)", api.tag, "write"),
    ("GET", rf"/api/datasets/{_NAME}/refs", api.refs, "read"),
    (
        "GET",
        rf"/api/datasets/{_NAME}/tree/(?P<revision>[^/]+)(?:/(?P<path>.+))?",
        files.tree,
        "read",
    ),
    ("POST", rf"/api/datasets/{_NAME}/paths-info/(?P<revision>[^/]+)", files.paths_info, "read"),
    ("GET", rf"/api/datasets/{_NAME}/revision/(?P<revision>[^/]+)", api.info, "read"),
    ("GET", rf"/api/datasets/{_NAME}", api.info, "read"),
)


def answer(request: Request) -> Answer:
    """The answer to a request."""
    if request.token is not None and request.account is None and "/storage/" not in request.path:
        return problem(401, "Invalid credentials in Authorization header")
    for method, pattern, function, needs in _ROUTES:
        match = re.fullmatch(pattern, request.path)
        if match is None or method != request.method:
            continue
        found = {k: unquote(v) if v is not None else None for k, v in match.groupdict().items()}
        name = found.pop("id", None)
        if name is None:
            return function(request, **found)
        repository = _visible(request, name)
        if repository is None:
            if request.account is None:
                return problem(401, "Invalid username or password.")
            return problem(404, "Repository not found", "RepoNotFound")
        if needs == "write" and not _may_write(request, repository):
            return problem(403, "you must use a token with write access to this repository")
        return function(request, repository, **found)
    return problem(404, f"no such page: {request.method} {request.path}")


def _visible(request: Request, name: str) -> Repository | None:
    repository = request.hub.repositories.get(name)
    if repository is None or not repository.private:
        return repository
    account = request.account
    return repository if account is not None and account.owns(repository.namespace) else None


def _may_write(request: Request, repository: Repository) -> bool:
    account = request.account
    return account is not None and account.role == "write" and account.owns(repository.namespace)
