"""Reading: trees, paths, and the files themselves."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, quote

from hub.server import Answer, Request, problem
from hub.store import Blob, Commit, Repository


def _entry(path: str, blob: Blob) -> dict[str, Any]:
    entry = {"type": "file", "oid": blob.git_oid, "size": len(blob.data), "path": path}
    if blob.lfs:
        entry["lfs"] = {
            "oid": blob.sha256,
            "size": len(blob.data),
            "pointerSize": len(blob.pointer),
        }
    return entry


def _entries(commit: Commit) -> dict[str, dict[str, Any]]:
    """Files and folders by path."""
    entries = {path: _entry(path, blob) for path, blob in commit.tree.items()}
    for path in commit.tree:
        while "/" in path:
            path = path.rsplit("/", 1)[0]
            entries[path] = {"type": "directory", "oid": "0" * 40, "size": 0, "path": path}
    return entries


def tree(
    request: Request, repository: Repository, revision: str, path: str | None = None
) -> Answer:
    """The files below a folder, in pages."""
    commit = repository.at(revision)
    if commit is None:
        return problem(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    entries = _entries(commit)
    if path is not None and entries.get(path, {}).get("type") != "directory":
        return problem(404, f"{path} does not exist on {revision}", "EntryNotFound")
    below = f"{path}/" if path else ""
    deep = request.query.get("recursive", ["false"])[0].lower() in ("true", "1")
    inside = [name for name in sorted(entries) if name.startswith(below)]
    if not deep:
        inside = [name for name in inside if "/" not in name.removeprefix(below)]
    start = int(request.query.get("cursor", ["0"])[0])
    shown = inside[start : start + request.hub.page]
    answer = Answer(json=[entries[name] for name in shown])
    if start + request.hub.page < len(inside):
        url = f"{request.hub.url}{quote(request.path)}"
        more = f"recursive={deep}&cursor={start + request.hub.page}"
        answer.headers["Link"] = f'<{url}?{more}>; rel="next"'
    return answer


def paths_info(request: Request, repository: Repository, revision: str) -> Answer:
    """What is at some paths."""
    commit = repository.at(revision)
    if commit is None:
        return problem(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    if "json" in request.headers.get("Content-Type", ""):
        paths = request.json["paths"]
    else:
        paths = parse_qs(request.body.decode()).get("paths", [])
    entries = _entries(commit)
    return Answer(json=[entries[path] for path in paths if path in entries])


def resolve(request: Request, repository: Repository, revision: str, path: str) -> Answer:
    """A file; a large one is somewhere else, where a signature opens."""
    commit = repository.at(revision)
    if commit is None:
        return problem(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    blob = commit.tree.get(path)
    if blob is None:
        answer = problem(404, "Entry not found", "EntryNotFound")
        answer.headers["X-Repo-Commit"] = commit.oid
        return answer
    headers = {"X-Repo-Commit": commit.oid}
    if blob.lfs:
        return Answer(
            302,
            headers=headers
            | {
                "X-Linked-Etag": f'"{blob.sha256}"',
                "X-Linked-Size": str(len(blob.data)),
                "Location": f"{request.hub.storage}/storage/{blob.sha256}?X-Amz-Signature=signed",
            },
        )
    answer = _ranged(request, blob.data)
    answer.headers |= headers | {"ETag": f'"{blob.git_oid}"'}
    return answer


def stored(request: Request, oid: str) -> Answer:
    """A large file."""
    data = request.hub.objects.get(oid)
    if data is None or request.query.get("X-Amz-Signature") != ["signed"]:
        return problem(403, "AccessDenied")
    answer = _ranged(request, data)
    answer.headers["ETag"] = f'"{oid}"'
    return answer


def _ranged(request: Request, data: bytes) -> Answer:
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", ""))
    headers = {"Accept-Ranges": "bytes"}
    if wanted is None:
        answer = Answer(body=data, headers=headers)
    else:
        first, last = wanted.groups()
        start = int(first) if first else max(0, len(data) - int(last))
        end = min(int(last) if first and last else len(data) - 1, len(data) - 1)
        if start >= len(data):
            return Answer(416, headers={"Content-Range": f"bytes */{len(data)}"})
        headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
        answer = Answer(206, body=data[start : end + 1], headers=headers)
    if request.method == "HEAD":
        answer.headers["Content-Length"] = str(len(answer.body))
    return answer
