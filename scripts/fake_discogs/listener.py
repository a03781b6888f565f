"""A TCP port with a thread per connection, all of which end when it is told to."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable

from .messages import Request
from .wire import MalformedRequest, read_request
from .wire_faults import Channel

Exchange = Callable[[Channel, Request], bool]
"""Answers one request; returns whether the connection goes on."""
_JOIN_S = 0.5


def free_port(preferred: int, host: str = "127.0.0.1") -> int:
    """The port if nobody has it, else 0, which takes one that is free."""
    try:
        with socket.create_server((host, preferred)):
            return preferred
    except OSError:
        return 0


class Listener:
    """Binds at once, serves from `start` on. `refuses` is asked at each accept whether to hang up on the caller."""

    def __init__(self, host: str, port: int, exchange: Exchange, refuses: Callable[[], bool] = lambda: False) -> None:
        self._exchange = exchange
        self._refuses = refuses
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._socket = socket.create_server((host, port), backlog=128)
        self.host, self.port = self._socket.getsockname()[:2]
        self.url = f"http://{self.host}:{self.port}"

    def start(self) -> None:
        self._spawn(self._accept, self._socket)

    def stop(self) -> None:
        """Wake whatever stalls, close every connection, wait for the threads."""
        self._stop.set()
        # Unlike close alone, this wakes the thread that waits in accept.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._lock:
            connections, threads = list(self._connections), list(self._threads)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        deadline = time.monotonic() + _JOIN_S
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(timeout=max(0.0, deadline - time.monotonic()))

    def _spawn(self, target: Callable[[socket.socket], None], connection: socket.socket) -> None:
        thread = threading.Thread(target=target, args=(connection,), name=f"fake-discogs {self.port}", daemon=True)
        with self._lock:
            self._threads = [known for known in self._threads if known.is_alive()]
            self._threads.append(thread)
            # Started under the lock: a thread that is listed but not yet alive would be dropped by the line above.
            thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if self._refuses():
                Channel(connection, self._stop).reset()
                continue
            with self._lock:
                self._connections.add(connection)
            self._spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        # A client may hang up at any moment; that is its business.
        with contextlib.suppress(OSError, MalformedRequest):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._converse(Channel(connection, self._stop), connection.getpeername()[0])
        with self._lock:
            self._connections.discard(connection)
        with contextlib.suppress(OSError):
            # The kernel resets a connection that is closed with unread bytes in it, so tell the end first.
            connection.shutdown(socket.SHUT_WR)
        connection.close()

    def _converse(self, channel: Channel, source: str) -> None:
        with channel.socket.makefile("rb") as stream:
            while not self._stop.is_set():
                request = read_request(stream, source)
                if request is None or not self._exchange(channel, request):
                    return
