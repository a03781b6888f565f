"""One request over the network, within limits: time, size, headers, encoding. No retries, no opinions on statuses."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from app.core.outcomes import Reason
from app.discogs.answers import Answer
from app.discogs.failures import of_exception
from app.errors import DiscogsAPIError, DiscogsConnectionError, DiscogsResponseError

MOST_BODY_BYTES = 16 * 2**20
MOST_ERROR_BYTES = 64 * 2**10
CHUNK_BYTES = 64 * 2**10
_GZIP_ONLY = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, from one read to the next, and for a whole answer however it drips in."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 60.0


class Wire:
    """A pooled session that sends to whoever it is told and remembers nothing: no cookies, no proxies, no netrc."""

    def __init__(
        self,
        *,
        timeouts: Timeouts,
        clock: Callable[[], float] = time.monotonic,
        session: requests.Session | None = None,
    ) -> None:
        self._timeouts = timeouts
        self._clock = clock
        self._session = session or _session()
        self._session.trust_env = False

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        most_bytes: int = MOST_BODY_BYTES,
        url_path: str = "",
    ) -> Answer:
        """The whole answer. Raises DiscogsConnectionError (net.*) or DiscogsResponseError (body.*)."""
        failure: DiscogsAPIError
        with _Deadline(self._clock, self._timeouts.total) as deadline:
            try:
                return self._whole(self._begin(method, url, headers, params), deadline, most_bytes)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                failure = of_exception(error, url_path)
            except DiscogsAPIError as error:
                failure = error
            if deadline.is_over():
                failure = DiscogsConnectionError(Reason.NET_DEADLINE, url_path=url_path, detail="it took too long")
        # Raised outside of the handler, so that no traceback leads to the request and its credential.
        failure.url_path = url_path
        if isinstance(failure, DiscogsConnectionError):
            self._forget_connections()
        raise failure

    def _begin(
        self, method: str, url: str, headers: Mapping[str, str], params: Mapping[str, str] | None
    ) -> requests.Response:
        return self._session.request(
            method,
            url,
            params=dict(params or {}),
            headers=dict(headers),
            timeout=(self._timeouts.connect, self._timeouts.read),
            allow_redirects=False,
            stream=True,
        )

    def _whole(self, response: requests.Response, deadline: _Deadline, most_bytes: int) -> Answer:
        with contextlib.closing(response):
            if response.status_code < 300:
                body = b"".join(_unpacked(response, deadline, most_bytes))
            else:
                body = _as_much_as_there_is(response, deadline)
            return Answer(response.status_code, response.headers, body)

    def _forget_connections(self) -> None:
        for adapter in self._session.adapters.values():
            adapter.close()


class _Session(requests.Session):
    """A session that does not even look at redirects; requests would read their bodies whole, however large."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def _session() -> requests.Session:
    session = _Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("https://", "http://"):
        session.mount(scheme, _WatchedAdapter(pool_connections=2, pool_maxsize=8))
    return session


def _as_much_as_there_is(response: requests.Response, deadline: _Deadline) -> bytes:
    """The body of an error, as far as it can be had: the status already says what matters."""
    body = bytearray()
    with contextlib.suppress(DiscogsResponseError, requests.RequestException, urllib3.exceptions.HTTPError, OSError):
        for part in _unpacked(response, deadline, MOST_ERROR_BYTES):
            body += part
    return bytes(body)


def _unpacked(response: requests.Response, deadline: _Deadline, most_bytes: int) -> Iterator[bytes]:
    """The body in parts. Never holds more than one part beyond `most_bytes`, whatever it is packed from."""
    unpack = _unpacker(response.headers.get("content-encoding", ""))
    total = 0
    while packed := response.raw.read1(CHUNK_BYTES, decode_content=False):
        if deadline.is_over():
            raise TimeoutError
        for part in unpack.feed(packed):
            total += len(part)
            if total > most_bytes:
                raise DiscogsResponseError(
                    Reason.BODY_TOO_LARGE, status=response.status_code, detail=f"more than {most_bytes} bytes"
                )
            yield part
    if deadline.is_over():
        raise TimeoutError
    if total and not unpack.is_complete():
        raise DiscogsResponseError(
            Reason.BODY_TRUNCATED, status=response.status_code, detail="the compressed body ends too early"
        )


class _Plain:
    def feed(self, packed: bytes) -> Iterator[bytes]:
        yield packed

    def is_complete(self) -> bool:
        return True


class _Gzip:
    """Unpacks in parts of bounded size; several members one after the other are one body (RFC 1952)."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_ONLY)

    def feed(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP_ONLY)
            try:
                part = self._member.decompress(packed, CHUNK_BYTES)
            except zlib.error:
                raise DiscogsResponseError(Reason.BODY_BAD_ENCODING, detail="not the gzip it claims to be") from None
            if part:
                yield part
            packed = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def is_complete(self) -> bool:
        return self._member.eof


def _unpacker(encoding: str) -> _Plain | _Gzip:
    match encoding.strip().casefold():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return _Gzip()
    raise DiscogsResponseError(Reason.BODY_BAD_ENCODING, detail="an encoding that was not asked for")


class _Deadline:
    """Ends an exchange that takes too long, even in the middle of a read: a timer shuts the socket down.

    The timeout of a socket starts anew with every byte; a server that drips would hold us for hours.
    """

    def __init__(self, clock: Callable[[], float], seconds: float) -> None:
        self._clock = clock
        self._ends_at = clock() + seconds
        self._lock = threading.Lock()
        self._is_cut = False
        self._connection: HTTPConnection | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> _Deadline:
        self._token = _deadline.set(self)
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        _deadline.reset(self._token)
        with self._lock:
            self._connection = None

    def is_over(self) -> bool:
        return self._is_cut or self._clock() >= self._ends_at

    def watch(self, connection: HTTPConnection) -> None:
        """From now on this connection is the one to cut."""
        with self._lock:
            self._connection = connection
        if self.is_over():
            raise TimeoutError

    def _cut(self) -> None:
        with self._lock:
            self._is_cut = True
            # An attribute of the connection holds the plain or the TLS socket; both go down in the same way.
            sock = self._connection.sock if self._connection is not None else None
            if sock is not None:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)


_deadline: ContextVar[_Deadline | None] = ContextVar("deadline of the present exchange", default=None)


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
    deadline = _deadline.get()
    if deadline is not None:
        deadline.watch(connection)


class _WatchedPool(HTTPConnectionPool):
    ConnectionCls = _WatchedConnection


class _WatchedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTlsConnection


class _WatchedAdapter(HTTPAdapter):
    """An adapter whose connections obey the deadline of the exchange they work for."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _WatchedPool, "https": _WatchedTlsPool}
