"""A real TCP server around the fake API: keep-alive, an audit of every request, faults down to the socket."""

from __future__ import annotations

import fnmatch
import json
import socket
import socketserver
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from .faults import RESPONSE_FAULTS, WIRE_FAULTS, Fault, Faults, Wire
from .limits import Limits, unlimited
from .messages import Request, Response, json_response
from .router import Router, apply_operation
from .viewer import claims_credential
from .world import World

Hook = Callable[[int, Request], object]
LONGEST_LINE = 64 * 1024
IDLE_S = 30.0


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request as it was audited."""

    t: float
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    status: int

    @property
    def page(self) -> int | None:
        return int(self.query["page"]) if "page" in self.query else None


class FakeDiscogs:
    """A fake Discogs on 127.0.0.1. Use it as a context manager, or call start() and stop().

    `limits` None serves everybody and still sends the rate headers.
    """

    def __init__(self, world: World | None = None, limits: Limits | None = None, *, port: int = 0) -> None:
        self.world = world or World.generate()
        self.limits = limits or unlimited()
        self.faults = Faults()
        self.audit: list[RequestRecord] = []
        self.stopping = threading.Event()
        self._hooks: list[Hook] = []
        self._lock = threading.Lock()
        self._count = 0
        self._connections: set[socket.socket] = set()
        self._server = _Server(("127.0.0.1", port), self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.router = Router(self.world, self.url)

    @property
    def token(self) -> str:
        return self.world.token

    def start(self) -> Self:
        """Serve in a thread of its own."""
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self) -> None:
        """End at once; open connections are closed."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        with self._lock:
            for connection in self._connections:
                _close(connection)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def before_request(self, hook: Hook) -> None:
        """Call `hook(number, request)` before each request is answered, so that the world moves in between."""
        self._hooks.append(hook)

    def reset(self) -> None:
        """No hooks, no faults, an empty audit."""
        self._hooks.clear()
        self.faults.clear()
        self.reset_audit()

    def reset_audit(self) -> None:
        """Forget what was asked so far."""
        with self._lock:
            self.audit.clear()

    def asked(self, path: str) -> list[RequestRecord]:
        """The audited requests whose path matches a glob."""
        return [record for record in self.audit if fnmatch.fnmatch(record.path, path)]

    def assert_rate(self, limit: int, window_s: float = 60.0) -> None:
        """No window of this length saw more than `limit` requests."""
        recent: deque[float] = deque()
        for record in sorted(self.audit, key=lambda one: one.t):
            recent.append(record.t)
            while recent[0] <= record.t - window_s:
                recent.popleft()
            assert len(recent) <= limit, f"{len(recent)} requests within {window_s:g} s"

    def assert_single_user_agent(self) -> None:
        """Whoever asked always said the same name."""
        names = {record.headers.get("user-agent") for record in self.audit}
        assert len(names) <= 1, f"several user agents: {names}"

    # What connections ask of the server.

    def respond(self, request: Request) -> tuple[Response, Fault | None]:
        """The answer to one request and the fault that befalls it."""
        with self._lock:
            self._count += 1
            number = self._count
        for hook in self._hooks:
            hook(number, request)
        is_admitted, headers = self.limits.admit(request.source, claims_credential(request.headers, request.query))
        if request.path.startswith("/covers/"):
            is_admitted, headers = True, ()
        response = self.router.answer(request) if is_admitted else Response(429, b"\n", content_type="text/html")
        fault = self.faults.for_answer(request, response) if is_admitted else None
        if fault is not None and fault.kind in RESPONSE_FAULTS:
            response = RESPONSE_FAULTS[fault.kind](response, fault.args)
        response = response.with_headers(*headers)
        with self._lock:
            self.audit.append(
                RequestRecord(
                    self.limits.clock(),
                    request.method,
                    request.path,
                    dict(request.query),
                    dict(request.headers),
                    response.status,
                )
            )
        return response, fault

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)


class AdminDoor:
    """A second port through which other processes change the world, set faults and read the audit."""

    def __init__(self, fake: FakeDiscogs, port: int = 0) -> None:
        self._fake = fake
        self._server = _Server(("127.0.0.1", port), self)
        self.stopping = fake.stopping
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def respond(self, request: Request) -> tuple[Response, None]:
        try:
            return json_response(self._do(request)), None
        except (KeyError, TypeError, ValueError) as error:
            return json_response({"message": f"{type(error).__name__}: {error}"}, status=400), None

    def opened(self, _connection: socket.socket) -> None:
        """Nothing to remember."""

    def closed(self, _connection: socket.socket) -> None:
        """Nothing to forget."""

    def _do(self, request: Request) -> Any:
        door = (request.method, request.path)
        if door == ("POST", "/mutate"):
            return {"result": apply_operation(self._fake.world, json.loads(request.body))}
        if door == ("POST", "/faults"):
            self._fake.faults.add(Fault(**json.loads(request.body)))
            return {}
        if door == ("DELETE", "/faults"):
            self._fake.faults.clear()
            return {}
        if door == ("GET", "/ids"):
            return {"ids": self._fake.world.ids(request.query.get("status"))}
        if door == ("GET", "/audit"):
            return {"requests": [{"t": one.t, "path": one.path, "status": one.status} for one in self._fake.audit]}
        raise KeyError(f"{request.method} {request.path}")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], host: Any) -> None:
        self.host = host
        super().__init__(address, _Connection)


class _Connection(socketserver.StreamRequestHandler):
    timeout = IDLE_S
    disable_nagle_algorithm = True

    def handle(self) -> None:
        host = self.server.host  # type: ignore[attr-defined]
        host.opened(self.connection)
        try:
            for request in self._requests():
                if not self._answer(host, request):
                    return
        except (OSError, ValueError):
            return  # the client went, or speaks no HTTP
        finally:
            host.closed(self.connection)

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            return  # a fault closed the socket under us

    def _answer(self, host: Any, request: Request) -> bool:
        """Whether the connection may serve another request."""
        response, fault = host.respond(request)
        if fault is not None and fault.kind in WIRE_FAULTS:
            WIRE_FAULTS[fault.kind](Wire(self.connection, host.stopping), response, fault.args)
            return False
        keep_alive = request.headers.get("connection", "").lower() != "close"
        body = b"" if request.method == "HEAD" else response.body
        self.connection.sendall(response.head(keep_alive) + body)
        return keep_alive

    def _requests(self) -> Iterator[Request]:
        while line := self.rfile.readline(LONGEST_LINE):
            if line.strip():
                yield self._request(line)

    def _request(self, line: bytes) -> Request:
        method, target, _version = line.decode("latin-1").split()
        headers = {}
        while (header := self.rfile.readline(LONGEST_LINE).decode("latin-1")).strip():
            name, _, value = header.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", "0")))
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return Request(method, unquote(parts.path), query, headers, body, self.client_address[0])


def _close(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was closed already
