"""A real TCP server around the fake API: keep-alive, an audit of every request, faults down to the socket."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from .admin import AdminDoor
from .audit import Audit, RequestRecord
from .faults import RESPONSE_FAULTS, WIRE_FAULTS, Fault, Faults, Wire
from .limits import Limits, NoLimits
from .messages import Request, Response
from .routes import Routes
from .viewer import claims_credential
from .world import World

Hook = Callable[[int, Request], object]
Answer = Callable[[Request], tuple[Response, Fault | None]]
LONGEST_LINE = 64 * 1024
IDLE_S = 30.0


class FakeDiscogs:
    """A fake Discogs on 127.0.0.1: a context manager, or start() and stop().

    `limits` None refuses nobody and still sends the rate headers. `admin_port` opens a second port for other
    processes; 0 takes a free one.
    """

    def __init__(
        self, world: World | None = None, limits: Limits | None = None, *, port: int = 0, admin_port: int | None = None
    ) -> None:
        self.world = world or World.generate()
        self.limits = limits or NoLimits()
        self.faults = Faults()
        self.audit = Audit()
        self.stopping = threading.Event()
        self._hooks: list[Hook] = []
        self._lock = threading.Lock()
        self._count = 0
        self._servers = [_Server(port, self.respond, self.stopping)]
        self.url = self._servers[0].url
        self.routes = Routes(self.world, self.url)
        self.admin_url = ""
        if admin_port is not None:
            door = AdminDoor(self)
            self._servers.append(_Server(admin_port, lambda request: (door.respond(request), None), self.stopping))
            self.admin_url = self._servers[1].url

    @property
    def token(self) -> str:
        return self.world.token

    def start(self) -> Self:
        """Serve in threads of its own."""
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self) -> None:
        """End at once; stalled and idle connections are closed."""
        self.stopping.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()
            server.hang_up()

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

    def respond(self, request: Request) -> tuple[Response, Fault | None]:
        """The answer to one request and the fault that befalls it."""
        with self._lock:
            self._count += 1
            number = self._count
        for hook in list(self._hooks):
            hook(number, request)
        response, fault = self._answer(request)
        record = RequestRecord(
            time.monotonic(), request.method, request.path, dict(request.query), dict(request.headers), response.status
        )
        with self._lock:
            self.audit.append(record)
        return response, fault

    def _answer(self, request: Request) -> tuple[Response, Fault | None]:
        if request.path.startswith("/covers/"):
            return self.routes.answer(request), None
        credential = claims_credential(request.headers, request.query)
        admission = self.limits.admit(request.source, with_credential=credential)
        if not admission.allowed:
            return self.limits.refusal().with_headers(*admission.headers()), None
        response = self.routes.answer(request)
        fault = self.faults.for_answer(request, response)
        if fault is not None and fault.kind in RESPONSE_FAULTS:
            response = RESPONSE_FAULTS[fault.kind](response, fault.args)
        return response.with_headers(*admission.headers()), fault


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, port: int, answer: Answer, stopping: threading.Event) -> None:
        self.answer = answer
        self.stopping = stopping
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Connection)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def hang_up(self) -> None:
        """Close what is still open."""
        with self._lock:
            for connection in self._open:
                _shut(connection)


class _Connection(socketserver.StreamRequestHandler):
    timeout = IDLE_S
    disable_nagle_algorithm = True
    server: _Server

    def handle(self) -> None:
        self.server.opened(self.connection)
        try:
            for request in self._requests():
                if not self._serve(request):
                    return
        except (OSError, ValueError):
            return  # the client went, or speaks no HTTP
        finally:
            self.server.closed(self.connection)

    def finish(self) -> None:
        try:
            super().finish()
        except (OSError, ValueError):
            return  # a fault closed the socket under us

    def _serve(self, request: Request) -> bool:
        """Answer; whether the connection may carry another request."""
        response, fault = self.server.answer(request)
        if fault is not None and fault.kind in WIRE_FAULTS:
            WIRE_FAULTS[fault.kind](Wire(self.connection, self.server.stopping), response, fault.args)
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
        headers: dict[str, str] = {}
        while (header := self.rfile.readline(LONGEST_LINE).decode("latin-1")).strip():
            name, _, value = header.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", "0")))
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return Request(method, parts.path, query, headers, body, self.client_address[0])


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was closed already
