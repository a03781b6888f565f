"""The one border where foreign exceptions and HTTP statuses become our errors."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator

import requests
import urllib3.exceptions

from app.core.outcomes import Reason
from app.core.quoting import quoted
from app.discogs.answers import Answer
from app.discogs.decoding import decode_json
from app.errors import (
    DiscogsAPIError,
    DiscogsAuthenticationError,
    DiscogsConnectionError,
    DiscogsNotFound,
    DiscogsRateLimitError,
    DiscogsResponseError,
)

_TLS = (requests.exceptions.SSLError, urllib3.exceptions.SSLError, ssl.SSLError)
_DNS = (urllib3.exceptions.NameResolutionError, socket.gaierror)
_CONNECT = (
    requests.exceptions.ConnectTimeout,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.NewConnectionError,
    ConnectionRefusedError,
)
_TIMEOUT = (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
_CUT_SHORT = (http.client.IncompleteRead, urllib3.exceptions.IncompleteRead, urllib3.exceptions.InvalidChunkLength)

_NETWORK = (
    (_TLS, Reason.NET_TLS),
    (_DNS, Reason.NET_DNS),
    (_CONNECT, Reason.NET_CONNECT),
    (_TIMEOUT, Reason.NET_TIMEOUT),
)
_JSON = ("json",)
_FILES = ("csv", "zip", "octet-stream", "download")


def of_exception(error: BaseException, url_path: str) -> DiscogsAPIError:
    """Our error for what requests, urllib3 or the socket raised. Keeps no reference to it: it knows the request."""
    chain = list(_causes(error))
    kind = type(chain[-1]).__name__
    if any(isinstance(each, _CUT_SHORT) for each in chain):
        return DiscogsResponseError(Reason.BODY_TRUNCATED, url_path=url_path, detail="the connection ended too early")
    if any(_is_header_bomb(each) for each in chain):
        return DiscogsResponseError(Reason.BODY_TOO_LARGE, url_path=url_path, detail="too many or too long headers")
    for kinds, reason in _NETWORK:
        if any(isinstance(each, kinds) for each in chain):
            return DiscogsConnectionError(reason, url_path=url_path, detail=kind)
    return DiscogsConnectionError(Reason.NET_RESET, url_path=url_path, detail=kind)


def of_status(answer: Answer, url_path: str, *, had_token: bool, retry_after: float | None) -> DiscogsAPIError | None:
    """Our error for the status of an answer; None for 2xx with a body to look at."""
    status, detail = answer.status, message_of(answer)
    if status == 401:
        reason = Reason.AUTH_REVOKED if had_token else Reason.AUTH_MISSING
        return DiscogsAuthenticationError(reason, status=status, url_path=url_path, detail=detail)
    if status == 404:
        return DiscogsNotFound(url_path=url_path, detail=detail)
    if status == 429:
        return DiscogsRateLimitError(retry_after=retry_after, url_path=url_path, detail=detail)
    if status == 403:
        return _forbidden(answer, url_path, detail)
    if (other := _reason_of_status(status)) is not None:
        return DiscogsResponseError(other, status=status, url_path=url_path, detail=detail)
    return None


def json_of(answer: Answer, url_path: str) -> object:
    """The JSON an answer holds. Raises DiscogsResponseError (body.*)."""
    if _is_html(answer):
        raise _refused(Reason.BODY_HTML, answer, url_path, "a web page instead of data")
    if answer.body.strip() and not _has_type(answer, _JSON):
        raise _refused(Reason.BODY_NOT_JSON, answer, url_path, "the content type is not JSON")
    return decode_json(answer.body, url_path=url_path, status=answer.status)


def file_of(answer: Answer, url_path: str) -> bytes:
    """The file an answer holds. Raises DiscogsResponseError (body.*)."""
    if _is_html(answer):
        raise _refused(Reason.BODY_HTML, answer, url_path, "a web page instead of a file")
    if not answer.body.strip() or not _has_type(answer, _FILES):
        raise _refused(Reason.BODY_BAD_ENCODING, answer, url_path, "neither CSV nor ZIP")
    return answer.body


def message_of(answer: Answer) -> str:
    """What an error answer says in its `message`, if it does; fit to be quoted."""
    if _is_html(answer):
        return ""
    try:
        told = decode_json(answer.body)
    except DiscogsResponseError:
        return ""
    message = told.get("message") if isinstance(told, dict) else None
    return quoted(message) if isinstance(message, str) else ""


def _reason_of_status(status: int) -> Reason | None:
    if status >= 500:
        return Reason.HTTP_5XX
    if status >= 400:
        return Reason.HTTP_4XX
    if status in (204, 205, 304):
        return Reason.BODY_NOT_JSON
    return Reason.HTTP_REDIRECT if status >= 300 else None


def _forbidden(answer: Answer, url_path: str, detail: str) -> DiscogsAPIError:
    if "pagination above 100" in detail.casefold():
        return DiscogsResponseError(Reason.PAGE_CAP, status=403, url_path=url_path, detail=detail)
    if _is_html(answer):
        return _refused(Reason.BODY_HTML, answer, url_path, "a web page instead of data")
    return DiscogsAuthenticationError(Reason.AUTH_FORBIDDEN, status=403, url_path=url_path, detail=detail)


def _refused(reason: Reason, answer: Answer, url_path: str, detail: str) -> DiscogsResponseError:
    return DiscogsResponseError(reason, status=answer.status, url_path=url_path, detail=detail)


def _is_html(answer: Answer) -> bool:
    return _has_type(answer, ("html",)) or answer.body.lstrip()[:1] == b"<"


def _has_type(answer: Answer, words: tuple[str, ...]) -> bool:
    content_type = answer.headers.get("content-type", "").partition(";")[0].casefold()
    return any(word in content_type for word in words)


def _is_header_bomb(error: BaseException) -> bool:
    return isinstance(error, http.client.LineTooLong) or (
        type(error) is http.client.HTTPException and "headers" in str(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all it wraps, outermost first, wherever these libraries keep it."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        wrapped = (each.__cause__, each.__context__, getattr(each, "reason", None), *each.args)
        waiting += [inner for inner in wrapped if isinstance(inner, BaseException)]
