"""Large files: where to send them, in one piece or in parts, and whether they came whole."""

from __future__ import annotations

import hashlib
from math import ceil

from hub.server import Answer, Request, problem
from hub.store import Repository


def batch(request: Request, repository: Repository) -> Answer:
    """Where each object is to be sent; those that are there need no sending."""
    hub, objects = request.hub, []
    hub.before_lfs()
    for asked in request.json["objects"]:
        oid, size = asked["oid"], asked["size"]
        entry = {"oid": oid, "size": size}
        if oid not in hub.objects:
            place = f"{hub.storage}/storage/{oid}"
            upload = {"href": f"{place}?X-Amz-Signature=signed", "header": {}}
            if hub.multipart_over is not None and size > hub.multipart_over:
                parts = range(1, ceil(size / hub.part) + 1)
                header = {str(n): f"{place}/{n}?X-Amz-Signature=signed" for n in parts}
                upload = {
                    "href": f"{place}/complete",
                    "header": header | {"chunk_size": str(hub.part)},
                }
            verify = f"{hub.url}/datasets/{repository.id}.git/info/lfs/objects/verify"
            entry["actions"] = {"upload": upload, "verify": {"href": verify, "header": {}}}
        objects.append(entry)
    return Answer(json={"transfer": "basic", "objects": objects})


def store(request: Request, oid: str, part: str | None) -> Answer:
    """Take an object, or a part of one. The signature in the URL is what allows it."""
    hub = request.hub
    if request.query.get("X-Amz-Signature") != ["signed"]:
        return problem(403, "SignatureDoesNotMatch")
    hub.received[oid] = hub.received.get(oid, 0) + len(request.body)
    if part is not None:
        hub.parts.setdefault(oid, {})[int(part)] = request.body
        return Answer(headers={"ETag": hashlib.md5(request.body).hexdigest()})
    if hashlib.sha256(request.body).hexdigest() != oid:
        return problem(400, "the content is not what was announced")
    hub.objects[oid] = request.body
    return Answer(headers={"ETag": oid})


def complete(request: Request, oid: str) -> Answer:
    """Put the parts of an object together."""
    asked, parts = request.json["parts"], request.hub.parts.pop(oid, {})
    for entry in asked:
        part = parts.get(entry["partNumber"], b"")
        if hashlib.md5(part).hexdigest() != entry["etag"]:
            return problem(400, "a part is missing")
    data = b"".join(parts[number] for number in sorted(parts))
    if hashlib.sha256(data).hexdigest() != oid:
        return problem(400, "the content is not what was announced")
    request.hub.objects[oid] = data
    return Answer(json={"success": True})


def verify(request: Request, repository: Repository) -> Answer:
    """Whether an object came whole."""
    asked = request.json
    data = request.hub.objects.get(asked["oid"])
    if data is None or len(data) != asked["size"]:
        return problem(404, "no such object")
    return Answer(json={"message": "ok"})
