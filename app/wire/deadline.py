"""An end to exchanges that take too long or are no longer wanted, even in the middle of a read."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from app.core.destinations import may_be_reached

LOOK_EVERY_S = 1.0

logger = logging.getLogger(__name__)


class Deadline:
    """Shuts the socket of an exchange down when its time is over, or when `is_stopping` says so.

    The timeout of a socket starts anew with every byte; a server that drips would hold us for hours. And whoever
    stops the service does not wait for Discogs to finish its sentence. A context manager, one per exchange.
    """

    def __init__(
        self, clock: Callable[[], float], seconds: float, is_stopping: Callable[[], bool] = lambda: False
    ) -> None:
        self._clock = clock
        self._seconds = seconds
        self._ends_at = clock() + seconds
        self._is_stopping = is_stopping
        self._is_done = threading.Event()
        self._lock = threading.Lock()
        self._is_cut = False
        self._connection: HTTPConnection | None = None

    def __enter__(self) -> Deadline:
        self._token = _deadline.set(self)
        threading.Thread(target=self._stand_guard, name="waxmirror-deadline", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_done.set()
        _deadline.reset(self._token)
        with self._lock:
            self._connection = None

    def is_over(self) -> bool:
        """Whether the time is up, by the clock or because the connection was cut."""
        return self._is_cut or self._clock() >= self._ends_at

    def watch(self, connection: HTTPConnection) -> None:
        """From now on this connection is the one to cut."""
        with self._lock:
            self._connection = connection
        if self.is_over():
            raise TimeoutError

    def _stand_guard(self) -> None:
        ends_at = time.monotonic() + self._seconds
        while (rest := ends_at - time.monotonic()) > 0:
            if self._is_done.wait(min(rest, LOOK_EVERY_S)):
                return
            if self._wants_to_stop():
                break
        self._cut()

    def _wants_to_stop(self) -> bool:
        try:
            return self._is_stopping()
        except Exception:  # the signal may ask a database; its trouble must not take the deadline away
            logger.warning("the stop signal could not be read", exc_info=True)
            return False

    def _cut(self) -> None:
        with self._lock:
            self._is_cut = True
            # An attribute of the connection holds the plain or the TLS socket; both go down in the same way.
            sock = self._connection.sock if self._connection is not None else None
            if sock is not None:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)


_deadline: ContextVar[Deadline | None] = ContextVar("deadline of the present exchange", default=None)


class _WatchedConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _watch(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _watch(self)
        super().request(*args, **kwargs)


class _WatchedTlsConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _watch(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _watch(self)
        super().request(*args, **kwargs)


def _watch(connection: HTTPConnection) -> None:
    if connection.sock is not None and not _is_where_it_should_be(connection):
        connection.close()
        raise NewConnectionError(connection, "the name of this host means an address that must not be asked")
    deadline = _deadline.get()
    if deadline is not None:
        deadline.watch(connection)


def _is_where_it_should_be(connection: HTTPConnection) -> bool:
    try:
        peer = connection.sock.getpeername() if connection.sock is not None else None
    except OSError:
        return True  # it hung up: nothing will be said to it
    return peer is not None and may_be_reached(connection.host, str(peer[0]))


class _WatchedPool(HTTPConnectionPool):
    ConnectionCls = _WatchedConnection


class _WatchedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTlsConnection


class WatchedAdapter(HTTPAdapter):
    """An adapter whose connections obey the deadline of the exchange they work for."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _WatchedPool, "https": _WatchedTlsPool}
