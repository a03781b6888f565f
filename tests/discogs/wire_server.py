"""A server that answers with exactly the bytes it is told to, so that broken answers can be had on order."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType

Answerer = Callable[[socket.socket], None]


class WireServer:
    """Answers the n-th request with the n-th script, the last one for ever. `requests` holds what was received."""

    def __init__(self, *scripts: bytes | Answerer, tls: ssl.SSLContext | None = None) -> None:
        self._scripts = scripts
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._accept)]
        self.requests: list[bytes] = []
        self.connections = 0

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def is_over(self) -> threading.Event:
        """Set when the test is done; scripts that stall wait for it."""
        return self._is_over

    def __enter__(self) -> WireServer:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._is_over.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.closing(plain), contextlib.suppress(OSError), self._wrapped(plain) as connection:
            connection.settimeout(0.05)
            while self._receive(connection):
                script = self._scripts[min(len(self.requests), len(self._scripts)) - 1]
                if isinstance(script, bytes):
                    connection.sendall(script)
                else:
                    script(connection)

    def _wrapped(self, plain: socket.socket) -> socket.socket:
        plain.settimeout(2)
        return self._tls.wrap_socket(plain, server_side=True) if self._tls else plain

    def _receive(self, connection: socket.socket) -> bool:
        request = b""
        while b"\r\n\r\n" not in request:
            try:
                part = connection.recv(65536)
            except TimeoutError:
                if self._is_over.is_set():
                    return False
                continue
            if not part:
                return False
            request += part
        with self._lock:
            self.requests.append(request)
        return True


def answer(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """A whole HTTP answer; the content type is JSON unless `headers` name another one."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if not any(each.lower().startswith("content-type") for each in headers):
        lines.append("Content-Type: application/json")
    if not any(each.lower().startswith("transfer-encoding") for each in headers):
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def page(number: int = 1, *, items: int = 1, rows: int = 1) -> bytes:
    """The body of one inventory page."""
    numbers = {"page": number, "pages": max(1, -(-items // 100)), "per_page": 100, "items": items, "urls": {}}
    return json.dumps({"pagination": numbers, "listings": [{"id": 3_000_000_000 + n} for n in range(rows)]}).encode()


def and_hang_up(content: bytes) -> Answerer:
    """Send these bytes and close the connection."""

    def script(connection: socket.socket) -> None:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_RDWR)

    return script


def reset(connection: socket.socket) -> None:
    """Close the connection with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()
