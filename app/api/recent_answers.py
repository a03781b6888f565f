"""Answers given a moment ago, given again before anything else is asked: the front of the shop for many visitors."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.http import parse_etags

from app.errors import StorageError
from app.services.state_watch import StateWatch, Token

LARGEST_ANSWER = 256 * 1024
MOST_KEPT = 16 * 1024 * 1024
# An answer may depend on these; the host is part of the links in it.
ASKED = (
    "wsgi.url_scheme",
    "HTTP_HOST",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_ACCEPT",
)
LONGEST_KEY = 4096
# What is told of the shop. Everything else must not wait for a database that is away, liveness above all.
OF_THE_SHOP = ("/api/", "/export/", "/sitemap")

Headers = list[tuple[str, str]]
Key = tuple[str, ...]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said, and of which state of the shop."""

    token: Token
    etag: str
    headers: Headers
    body: bytes


def register(app: Flask, watch: Callable[[], StateWatch]) -> None:
    """Put recent answers before the application."""
    app.wsgi_app = RecentAnswers(app.wsgi_app, watch)  # type: ignore[method-assign]


class RecentAnswers:
    """WSGI middleware. Keeps public answers with a validator for as long as the shop does not change.

    Only whole, small answers to GET that say themselves that everybody may share them; least recently used ones go.
    """

    def __init__(self, application: Application, watch: Callable[[], StateWatch]) -> None:
        self.application = application
        self._make_watch = watch
        self._watch: StateWatch | None = None
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Answer] = OrderedDict()
        self._size = 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not _is_public_question(environ):
            return self.application(environ, start_response)
        key = tuple(environ.get(name, "") for name in ASKED)
        if sum(map(len, key)) > LONGEST_KEY or (token := self._token()) is None:
            return self.application(environ, start_response)
        answer = self._kept.get(key)
        if answer is None or answer.token != token:
            return self._ask(environ, start_response, key, token)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
        return _give(answer, environ, start_response)

    def _token(self) -> Token | None:
        """None when the database cannot be asked: the application will say so in its own words."""
        try:
            if self._watch is None:
                self._watch = self._make_watch()
            return self._watch.token()
        except (sqlite3.Error, StorageError, TypeError):
            return None

    def _ask(
        self, environ: dict[str, Any], start_response: Callable[..., Any], key: Key, token: Token
    ) -> Iterable[bytes]:
        told: list[Any] = []

        def note(status: str, headers: Headers, *error: Any) -> Any:
            told[:] = [status, headers]
            return start_response(status, headers, *error)

        body = self.application(environ, note)
        if not told or not _may_be_kept(*told):
            return body
        try:
            whole = b"".join(body)
        finally:
            if (close := getattr(body, "close", None)) is not None:
                close()
        self._keep(key, Answer(token, dict(told[1])["ETag"], told[1], whole))
        return [whole]

    def _keep(self, key: Key, answer: Answer) -> None:
        with self._lock:
            if (former := self._kept.pop(key, None)) is not None:
                self._size -= len(former.body)
            self._kept[key] = answer
            self._size += len(answer.body)
            while self._size > MOST_KEPT:
                _, oldest = self._kept.popitem(last=False)
                self._size -= len(oldest.body)


def _is_public_question(environ: dict[str, Any]) -> bool:
    is_asked = environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"].startswith(OF_THE_SHOP)
    return is_asked and "HTTP_AUTHORIZATION" not in environ and "HTTP_COOKIE" not in environ


def _may_be_kept(status: str, headers: Headers) -> bool:
    told = {name.lower(): value for name, value in headers}
    return (
        status.startswith("200 ")
        and "etag" in told
        and "set-cookie" not in told
        and told.get("cache-control", "").startswith("public")
        and told.get("content-length", "").isdigit()
        and int(told["content-length"]) <= LARGEST_ANSWER
    )


def _give(answer: Answer, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known and parse_etags(known).contains_raw(answer.etag):
        unchanged = [(name, value) for name, value in answer.headers if not name.lower().startswith("content-")]
        start_response("304 NOT MODIFIED", unchanged)
        return []
    start_response("200 OK", list(answer.headers))
    return [answer.body]
