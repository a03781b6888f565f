"""A name for every request: the one the sender gave it, or a new one; in each log line of it and in its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, cast

from werkzeug.wsgi import ClosingIterator

from app.ops.logging import request_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER = "X-Request-ID"
_SANE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:-]{0,63}")


def sane(told: str) -> str | None:
    """The name a sender gave, when it can stand in a log line and a header as it is.

    >>> sane("f3a1-77"), sane("two words"), sane("x" * 65)
    ('f3a1-77', None, None)
    """
    return told if _SANE.fullmatch(told) else None


class RequestIds:
    """Around the whole application, so that what it streams is still named when it has returned."""

    def __init__(self, application: WSGIApplication, new_id: Callable[[], str]) -> None:
        self.application = application
        self._new_id = new_id

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        name = sane(environ.get("HTTP_X_REQUEST_ID", "")) or self._new_id()
        request_id.set(name)

        def start(status: str, headers: list[tuple[str, str]], problem: object = None) -> object:
            return start_response(status, [*headers, (HEADER, name)], *([problem] if problem else []))  # type: ignore[arg-type]

        try:
            answer = self.application(environ, start)  # type: ignore[arg-type]
        except BaseException:
            _forget()
            raise
        wrapper: Any = environ.get("wsgi.file_wrapper")
        if isinstance(wrapper, type) and isinstance(answer, wrapper):  # some servers' wrapper is a function
            return _forgetting(answer)
        return ClosingIterator(answer, _forget)


def _forgetting(file: Any) -> Iterable[bytes]:
    """The server knows its own files by their class, and has the kernel send them."""
    ending = ExitStack()
    ending.callback(_forget)
    if hasattr(file, "close"):
        ending.callback(file.close)
    file.close = ending.close
    return cast(Iterable[bytes], file)


def _forget() -> None:
    request_id.set(None)
