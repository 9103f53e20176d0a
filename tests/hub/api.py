"""Repositories: who asks, creation, visibility, commits, tags."""

from __future__ import annotations

import base64
import json

import yaml

from hub.server import Answer, Request, problem
from hub.store import Blob, Repository

_LARGE = 1_000_000
"""Files over this size are large, besides those that .gitattributes names."""


def whoami(request: Request) -> Answer:
    """Who the token's owner is."""
    account = request.account
    if account is None:
        return problem(401, "Invalid username or password.")
    return Answer(
        json={
            "type": "user",
            "id": "1",
            "name": account.name,
            "fullname": account.name,
            "orgs": [{"type": "org", "name": name} for name in account.orgs],
            "auth": {
                "type": "access_token",
                "accessToken": {"displayName": "test", "role": account.role},
            },
        }
    )


def create(request: Request) -> Answer:
    """Create a repository; 1.x asks for `private`, 2.x for `visibility`."""
    account, asked = request.account, request.json
    if account is None:
        return problem(401, "Invalid username or password.")
    namespace = asked.get("organization") or account.name
    name = f"{namespace}/{asked['name']}"
    if not account.owns(namespace) or account.role != "write":
        message = (
            f'You don\'t have the rights to create a dataset under the namespace "{namespace}"'
        )
        return problem(403, message)
    url = f"{request.hub.url}/datasets/{name}"
    if name in request.hub.repositories:
        refused = problem(409, "You already created this dataset repo")
        refused.json["url"] = url
        return refused
    private = asked.get("visibility") == "private" or asked.get("private") is True
    request.hub.repository(name, private and not request.hub.creates_public)
    return Answer(json={"url": url, "name": name})


def settings(request: Request, repository: Repository) -> Answer:
    """Change the visibility."""
    asked = request.json
    if "visibility" in asked:
        repository.private = asked["visibility"] == "private"
    if "private" in asked:
        repository.private = bool(asked["private"])
    return Answer(json={"private": repository.private})


def info(request: Request, repository: Repository, revision: str = "main") -> Answer:
    """What a repository is, at a revision."""
    commit = repository.at(revision)
    if commit is None:
        return problem(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    siblings = [{"rfilename": path} for path in sorted(commit.tree)]
    return Answer(
        json={
            "_id": "1",
            "id": repository.id,
            "author": repository.namespace,
            "sha": commit.oid,
            "lastModified": "2026-01-01T00:00:00.000Z",
            "createdAt": "2026-01-01T00:00:00.000Z",
            "private": repository.private,
            "gated": False,
            "disabled": False,
            "downloads": 0,
            "likes": 0,
            "tags": [],
            "siblings": siblings,
        }
    )


def refs(request: Request, repository: Repository) -> Answer:
    """Branches and tags."""
    main = {"name": "main", "ref": "refs/heads/main", "targetCommit": repository.head.oid}
    tags = [
        {"name": name, "ref": f"refs/tags/{name}", "targetCommit": oid}
        for name, oid in repository.tags.items()
    ]
    return Answer(json={"branches": [main], "converts": [], "tags": tags})


def tag(request: Request, repository: Repository, revision: str) -> Answer:
    """Tag a revision."""
    name, commit = request.json["tag"], repository.at(revision)
    if commit is None:
        return problem(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    if name in repository.tags:
        return problem(409, "Tag reference exists already")
    repository.tags[name] = commit.oid
    return Answer(json={})


def validate_yaml(request: Request) -> Answer:
    """Check the YAML of a README.md."""
    content = request.json["content"]
    try:
        front = yaml.safe_load(content.split("---\n")[1]) if content.startswith("---\n") else {}
    except yaml.YAMLError:
        front = None
    if not isinstance(front, dict):
        return Answer(400, {"errors": [{"message": "expected YAML"}], "warnings": []})
    return Answer(json={"errors": [], "warnings": []})


def preupload(request: Request, repository: Repository, revision: str) -> Answer:
    """How each file is to be sent, and which are there already."""
    found = []
    for file in request.json["files"]:
        path, blob = file["path"], repository.tree.get(file["path"])
        large = path.endswith(".parquet") or file["size"] > _LARGE
        entry = {
            "path": path,
            "uploadMode": "lfs" if large else "regular",
            "shouldIgnore": path in request.hub.ignores,
        }
        if blob is not None:
            entry["oid"] = blob.sha256 if blob.lfs else blob.git_oid
        found.append(entry)
    return Answer(json={"files": found, "commitOid": repository.head.oid})


def commit(request: Request, repository: Repository, revision: str) -> Answer:
    """All operations as one commit, or none of them."""
    request.hub.before_commit()
    lines = [json.loads(line) for line in request.body.splitlines()]
    header = lines[0]["value"]
    with repository.lock:
        parent = header.get("parentCommit")
        if parent is not None and parent != repository.head.oid:
            return problem(412, "A commit has happened since. Please refresh and try again.")
        tree, operations = dict(repository.tree), []
        for line in lines[1:]:
            kind, value = line["key"], line["value"]
            path = value["path"]
            operations.append((kind, path))
            if kind == "file":
                tree[path] = Blob(base64.b64decode(value["content"]))
            elif kind == "lfsFile":
                if value["oid"] not in request.hub.objects:
                    return problem(400, f"LFS object {value['oid']} was not uploaded")
                tree[path] = Blob(request.hub.objects[value["oid"]], lfs=True)
            elif kind == "deletedFile":
                if path not in tree:
                    return problem(404, "A file with this name doesn't exist", "EntryNotFound")
                del tree[path]
            else:
                return problem(400, f"unknown operation {kind}")
        if request.hub.damages in tree:
            tree[request.hub.damages] = Blob(b"")
        done = repository.add(header["summary"], tree, tuple(operations))
    url = f"{request.hub.url}/datasets/{repository.id}/commit/{done.oid}"
    return Answer(json={"success": True, "commitOid": done.oid, "commitUrl": url})
