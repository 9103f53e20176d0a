"""HTTP: a request is read, faults are looked up, a route is found, its answer is written."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hub.faults import Fault, Faults
from hub.store import Account, Repository


@dataclass
class Request:
    """What a client asks."""

    hub: LocalHub
    method: str
    path: str
    query: dict[str, list[str]]
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    @property
    def token(self) -> str | None:
        """The bearer token."""
        value = self.headers.get("Authorization", "")
        return value.removeprefix("Bearer ") if value else None

    @property
    def account(self) -> Account | None:
        """Whose token it is."""
        return self.hub.accounts.get(self.token or "")


@dataclass
class Answer:
    """What the client gets."""

    status: int = 200
    json: Any = None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The body."""
        return self.body if self.json is None else json.dumps(self.json).encode()


def problem(status: int, message: str, code: str | None = None) -> Answer:
    """An error as the Hub words it: in the body and in two headers."""
    headers = {"X-Error-Message": message}
    if code is not None:
        headers["X-Error-Code"] = code
    return Answer(status, {"error": message}, headers=headers)


class LocalHub:
    """The server, its state, and a record of what was asked."""

    def __init__(
        self, page: int = 1000, multipart_over: int | None = None, part: int = 100_000
    ) -> None:
        self.accounts: dict[str, Account] = {}
        self.repositories: dict[str, Repository] = {}
        self.objects: dict[str, bytes] = {}
        """Large files by sha256."""
        self.parts: dict[str, dict[int, bytes]] = {}
        self.faults = Faults()
        self.asked: list[tuple[str, str]] = []
        """(method, path) of all requests, in order."""
        self.received: dict[str, int] = {}
        """Bytes of large files that came in, by sha256."""
        self.leaks: list[str] = []
        """Requests to the storage of large files that came with a token."""
        self.page = page
        """Most entries in one answer of a tree."""
        self.multipart_over = multipart_over
        """Size over which large files come in parts of `part` bytes."""
        self.part = part
        self.ignores: tuple[str, ...] = ()
        """Paths that a .gitignore in the repository would hold back."""
        self.creates_public = False
        """A Hub that takes no notice of the visibility asked for."""
        self.damages = ""
        """Path of a file that a commit spoils."""
        self.before_lfs: Callable[[], object] = lambda: None
        self.before_commit: Callable[[], object] = lambda: None
        """What somebody else does just then."""
        hub = self

        class Handler(_Handler):
            local = hub

        # Large files are elsewhere, as on the Hub: the client sends no token to another host.
        self._servers = [ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2)]
        self.url, self.storage = (
            f"http://{name}:{server.server_address[1]}"
            for name, server in zip(("127.0.0.1", "localhost"), self._servers, strict=True)
        )

    def __enter__(self) -> LocalHub:
        for server in self._servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def account(
        self, name: str, token: str, role: str = "write", orgs: tuple[str, ...] = ()
    ) -> Account:
        """Add an account."""
        self.accounts[token] = Account(name, token, role, orgs)
        return self.accounts[token]

    def repository(self, name: str, private: bool = True) -> Repository:
        """Add a repository, or look at one."""
        return self.repositories.setdefault(name, Repository(name, private))

    def fault(self, method: str, path: str, **more: Any) -> None:
        """Plan a fault; see `Fault`."""
        self.faults.add(Fault(method, path, **more))

    def count(self, method: str, path: str) -> int:
        """How many requests there were with a method and a part of the path."""
        return sum(1 for asked, where in self.asked if asked == method and path in where)

    @property
    def writes(self) -> list[str]:
        """What was asked that changes something."""
        return [
            f"{method} {path}"
            for method, path in self.asked
            if method not in ("GET", "HEAD") and "/paths-info/" not in path
        ]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    local: LocalHub

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        from hub.routes import answer

        url = urlsplit(self.path)
        hub = self.local
        hub.asked.append((self.command, url.path))
        if url.path.startswith("/storage/") and "Authorization" in self.headers:
            hub.leaks.append(f"{self.command} {url.path}")
        fault = hub.faults.take(self.command, url.path)
        if fault is not None and fault.drop == "cut":
            self.rfile.read(min(64, int(self.headers.get("Content-Length") or 0)))
        if fault is not None and fault.drop in ("before", "cut"):
            self._hang_up()
            return
        request = Request(
            hub, self.command, url.path, parse_qs(url.query), self.headers, self._body()
        )
        if fault is not None and fault.status:
            given = problem(fault.status, fault.error)
            given.headers |= fault.headers
        else:
            given = answer(request)
        if fault is not None and fault.drop == "after":
            self._hang_up()
            return
        body = given.encoded()
        self.send_response(given.status)
        self.send_header("Content-Length", given.headers.pop("Content-Length", str(len(body))))
        kind = "application/json" if given.json is not None else "application/octet-stream"
        self.send_header("Content-Type", kind)
        for name, value in given.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        data = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)
