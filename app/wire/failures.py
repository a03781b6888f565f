"""The one border where foreign exceptions become our errors, and answers become JSON or are refused."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator

import requests
import urllib3.exceptions

from app.core.outcomes import Reason
from app.errors import AnswerRefused, ConnectionFailed, OutsideError
from app.wire.answers import Answer
from app.wire.decoding import decode_json

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


def of_exception(error: BaseException, url_path: str) -> OutsideError:
    """Our error for what requests, urllib3 or the socket raised. Keeps no reference to it: it knows the request."""
    chain = list(_causes(error))
    kind = type(chain[-1]).__name__
    if any(isinstance(each, _CUT_SHORT) for each in chain):
        return AnswerRefused(Reason.BODY_TRUNCATED, url_path=url_path, detail="the connection ended too early")
    if any(_is_header_bomb(each) for each in chain):
        return AnswerRefused(Reason.BODY_TOO_LARGE, url_path=url_path, detail="too many or too long headers")
    for kinds, reason in _NETWORK:
        if any(isinstance(each, kinds) for each in chain):
            return ConnectionFailed(reason, url_path=url_path, detail=kind)
    return ConnectionFailed(Reason.NET_RESET, url_path=url_path, detail=kind)


def json_of(answer: Answer, url_path: str) -> object:
    """The JSON an answer holds. Raises AnswerRefused (body.*)."""
    if is_html(answer):
        raise _refused(Reason.BODY_HTML, answer, url_path, "a web page instead of data")
    if answer.body.strip() and not has_type(answer, ("json",)):
        raise _refused(Reason.BODY_NOT_JSON, answer, url_path, "the content type is not JSON")
    return decode_json(answer.body, url_path=url_path, status=answer.status)


def _refused(reason: Reason, answer: Answer, url_path: str, detail: str) -> AnswerRefused:
    return AnswerRefused(reason, status=answer.status, url_path=url_path, detail=detail)


def is_html(answer: Answer) -> bool:
    """Whether it is a web page, whatever was asked for."""
    return has_type(answer, ("html",)) or answer.body.lstrip()[:1] == b"<"


def has_type(answer: Answer, words: tuple[str, ...]) -> bool:
    """Whether one of the words stands in its content type."""
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
