"""Answers given a moment ago, given again before anything else is asked: the front of the shop for many visitors."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from cachetools import LRUCache
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.http import parse_etags

from app.api.allowance import WAIT
from app.errors import StorageError
from app.extensions import KEY
from app.formats.packing import restored, shrunk
from app.ops.shared_answers import SharedAnswers
from app.services.state_watch import StateWatch, Token
from config import VERSION

LARGEST_ANSWER = 256 * 1024
MOST_KEPT = 16 * 1024 * 1024  # by each process; what it forgets the others may remember
HEADERS_SIZE = 2048  # about
WORTH_SHRINKING = 2048
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
# Threads that read a file at once mostly wait for each other: Python's lock changes hands at each step of SQLite, which
# takes as long again as the work. So they take turns, but nobody waits long behind a slow question.
LONGEST_WAIT_S = 0.25
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
    kept: bytes | None  # None: somebody who knew it was told that it is unchanged
    is_shrunk: bool
    size: int

    @property
    def body(self) -> bytes:
        """The whole answer."""
        kept = self.kept or b""
        return restored(kept) if self.is_shrunk else kept


def register(app: Flask, watch: Callable[[], StateWatch], shared: SharedAnswers | None = None) -> None:
    """Put recent answers before the application; with `shared` also those that other processes of this making gave."""
    # Workers may be replaced by others of a newer release, or with other settings, and inherit the same memory.
    about = blake2b(repr((VERSION, app.extensions[KEY].settings)).encode(), digest_size=12).hexdigest()
    app.wsgi_app = RecentAnswers(app.wsgi_app, watch, shared, about)  # type: ignore[method-assign]


class RecentAnswers:
    """WSGI middleware. Keeps public answers with a validator for as long as the shop does not change.

    Only whole, small answers to GET that say themselves that everybody may share them; least recently used ones go.
    """

    def __init__(
        self,
        application: Application,
        watch: Callable[[], StateWatch],
        shared: SharedAnswers | None = None,
        about: str = "",
    ) -> None:
        self.application = application
        self._make_watch = watch
        self._shared = shared
        self._about = about
        self._watch: StateWatch | None = None
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._kept: LRUCache[Key, Answer] = LRUCache(MOST_KEPT, getsizeof=lambda answer: answer.size)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not _is_public_question(environ):
            return self.application(environ, start_response)
        key = tuple(environ.get(name, "") for name in ASKED)
        if sum(map(len, key)) > LONGEST_KEY or (token := self._token()) is None:
            return self.application(environ, start_response)
        if (answer := self._recent(key, token, environ)) is not None:
            return _say(answer, environ, start_response)
        with self._in_turn():
            if (answer := self._recent(key, token, environ)) is not None:  # another visitor's, meanwhile
                return _say(answer, environ, start_response)
            return self._ask(environ, start_response, key, token)

    def _recent(self, key: Key, token: Token, environ: dict[str, Any]) -> Answer | None:
        """What was said of this state, where it says enough: who does not know the answer needs its body."""
        with self._lock:
            answer = self._kept.get(key)
        if answer is None or answer.token != token:
            answer = self._of_others(key, token)
        if answer is None:
            return None
        return answer if answer.kept is not None or _is_known(answer, environ) else None

    def _of_others(self, key: Key, token: Token) -> Answer | None:
        """What another process said of this state."""
        told = None if self._shared is None else self._shared.get(_question(self._about, key, token))
        if told is None:
            return None
        answer = _read_out(told, key, token)
        with self._lock:
            self._kept[key] = answer
        return answer

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        is_taken = self._watch is not None and self._watch.is_of_a_file and self._turn.acquire(timeout=LONGEST_WAIT_S)
        try:
            yield
        finally:
            if is_taken:
                self._turn.release()

    def _token(self) -> Token | None:
        """None when the database cannot be asked: the application will say so in its own words."""
        try:
            if self._watch is None:
                self._watch = self._make_watch()
            return self._watch.token()
        except (sqlite3.Error, SQLAlchemyError, StorageError, TypeError):
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
        answer = _answer_of(token, told[0], told[1], whole, size=_size(key))
        with self._lock:
            self._kept[key] = answer
        if self._shared is not None and answer.kept is not None:
            self._shared.put(_question(self._about, key, token), _written_down(answer, answer.kept))
        return [whole]


def _is_public_question(environ: dict[str, Any]) -> bool:
    is_asked = environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"].startswith(OF_THE_SHOP)
    return is_asked and not any(name in environ for name in ("HTTP_AUTHORIZATION", "HTTP_COOKIE", WAIT))


def _may_be_kept(status: str, headers: Headers) -> bool:
    told = {name.lower(): value for name, value in headers}
    if "etag" not in told or "set-cookie" in told or not told.get("cache-control", "").startswith("public"):
        return False
    length = told.get("content-length", "")
    is_small = status.startswith("200 ") and length.isdigit() and int(length) <= LARGEST_ANSWER
    return is_small or status.startswith("304 ")


def _answer_of(token: Token, status: str, headers: Headers, whole: bytes, *, size: int) -> Answer:
    etag = dict(headers)["ETag"]
    if status.startswith("304 "):
        return Answer(token, etag, headers, None, is_shrunk=False, size=size)
    is_shrunk = len(whole) >= WORTH_SHRINKING and "Content-Encoding" not in dict(headers)
    kept = shrunk(whole) if is_shrunk else whole
    return Answer(token, etag, headers, kept, is_shrunk, size + len(kept))


def _size(key: Key) -> int:
    """About how much memory an answer takes beside its body."""
    return sum(map(len, key)) + HEADERS_SIZE


def _question(about: str, key: Key, token: Token) -> bytes:
    return repr((about, key, token)).encode(errors="surrogatepass")


def _written_down(answer: Answer, kept: bytes) -> bytes:
    """An answer as bytes: a line of JSON, and what is kept of the body."""
    return json.dumps([answer.etag, answer.headers, answer.is_shrunk]).encode() + b"\n" + kept


def _read_out(told: bytes, key: Key, token: Token) -> Answer:
    about, _, kept = told.partition(b"\n")
    etag, headers, is_shrunk = json.loads(about)
    return Answer(token, etag, [(name, value) for name, value in headers], kept, is_shrunk, _size(key) + len(kept))


def _is_known(answer: Answer, environ: dict[str, Any]) -> bool:
    known = environ.get("HTTP_IF_NONE_MATCH")
    return bool(known) and parse_etags(known).contains_raw(answer.etag)


def _say(answer: Answer, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if answer.kept is None or _is_known(answer, environ):
        return _say_unchanged(answer, start_response)
    start_response("200 OK", list(answer.headers))
    return [answer.body]


def _say_unchanged(answer: Answer, start_response: Callable[..., Any]) -> Iterable[bytes]:
    unchanged = [(name, value) for name, value in answer.headers if not name.lower().startswith("content-")]
    start_response("304 NOT MODIFIED", unchanged)
    return []
