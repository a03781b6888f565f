"""One request over the network, within limits: time, size, headers, encoding. No retries, no opinions on statuses."""

from __future__ import annotations

import contextlib
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3

from app.core.outcomes import Reason
from app.errors import AnswerRefused, ConnectionFailed, OutsideError
from app.wire.answers import Answer
from app.wire.deadline import Deadline, WatchedAdapter
from app.wire.failures import of_exception
from app.wire.unpacking import unpacker

MOST_BODY_BYTES = 16 * 2**20
MOST_ERROR_BYTES = 64 * 2**10
CHUNK_BYTES = 64 * 2**10


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
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._timeouts = timeouts
        self._clock = clock
        self._is_stopping = is_stopping
        self._session = session or forgetful_session()
        self._session.trust_env = False
        # A session is part of a circle: its connections would stay open until somebody searches for garbage.
        weakref.finalize(self, self._session.close)

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        most_bytes: int = MOST_BODY_BYTES,
        url_path: str = "",
    ) -> Answer:
        """The whole answer. Raises ConnectionFailed (net.*) or AnswerRefused (body.*)."""
        failure: OutsideError
        with Deadline(self._clock, self._timeouts.total, self._is_stopping) as deadline:
            try:
                return self._whole(self._begin(method, url, headers, params, body), deadline, most_bytes)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                failure = of_exception(error, url_path)
            except AnswerRefused as error:
                failure = AnswerRefused(error.reason, status=error.status, url_path=url_path, detail=error.detail)
            if deadline.is_over():
                failure = ConnectionFailed(Reason.NET_DEADLINE, url_path=url_path, detail="it took too long")
        # Raised outside of the handler, so that no traceback leads to the request and its credential.
        raise failure

    def _begin(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        body: bytes | None,
    ) -> requests.Response:
        return self._session.request(
            method,
            url,
            params=dict(params or {}),
            headers=dict(headers),
            data=body,
            timeout=(self._timeouts.connect, self._timeouts.read),
            allow_redirects=False,
            stream=True,
        )

    def _whole(self, response: requests.Response, deadline: Deadline, most_bytes: int) -> Answer:
        with contextlib.closing(response):
            if response.status_code < 300:
                body = b"".join(_unpacked(response, deadline, most_bytes))
            else:
                body = _as_much_as_there_is(response, deadline)
            return Answer(response.status_code, response.headers, body)


class _Session(requests.Session):
    """A session that does not even look at redirects; requests would read their bodies whole, however large."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def forgetful_session() -> requests.Session:
    """A session without cookies, whose connections obey the deadline of what they are used for."""
    session = _Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("https://", "http://"):
        session.mount(scheme, WatchedAdapter(pool_connections=2, pool_maxsize=8))
    return session


def _as_much_as_there_is(response: requests.Response, deadline: Deadline) -> bytes:
    """The body of an error, as far as it can be had: the status already says what matters."""
    body = bytearray()
    with contextlib.suppress(AnswerRefused, requests.RequestException, urllib3.exceptions.HTTPError, OSError):
        for part in _unpacked(response, deadline, MOST_ERROR_BYTES):
            body += part
    return bytes(body)


def _unpacked(response: requests.Response, deadline: Deadline, most_bytes: int) -> Iterator[bytes]:
    """The body in parts. Never holds more than one part beyond `most_bytes`, whatever it is packed from."""
    unpack = unpacker(response.headers.get("content-encoding", ""))
    total = 0
    while packed := response.raw.read1(CHUNK_BYTES, decode_content=False):
        if deadline.is_over():
            raise TimeoutError
        for part in unpack.feed(packed):
            total += len(part)
            if total > most_bytes:
                raise AnswerRefused(
                    Reason.BODY_TOO_LARGE, status=response.status_code, detail=f"more than {most_bytes} bytes"
                )
            yield part
    if deadline.is_over():
        raise TimeoutError
    if total and not unpack.is_complete():
        raise AnswerRefused(
            Reason.BODY_TRUNCATED, status=response.status_code, detail="the compressed body ends too early"
        )
