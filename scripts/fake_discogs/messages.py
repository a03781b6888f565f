"""Requests and responses, before and after the wire."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from .vocabulary import Json

_RAW = re.compile(r'"\\u0001(.*?)\\u0001"')


@dataclass(frozen=True, slots=True)
class Request:
    """Header names are lower case; of repeated query parameters the last one counts, `raw_query` holds them all."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    source: str = "127.0.0.1"
    raw_query: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """`page` and `pages` tell the fault plan which part of a paged answer this is."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"
    page: int = 1
    pages: int = 1

    def with_headers(self, *pairs: tuple[str, str]) -> "Response":
        return replace(self, headers=(*self.headers, *pairs))

    def head(self, keep_alive: bool) -> bytes:
        """Status line and headers, up to and including the empty line."""
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}"]
        names = {name.lower() for name, _ in self.headers}
        if self.content_type:
            lines.append(f"Content-Type: {self.content_type}")
        if not names & {"content-length", "transfer-encoding"} and self.status not in {204, 304}:
            lines.append(f"Content-Length: {len(self.body)}")
        lines.append(f"Connection: {'keep-alive' if keep_alive else 'close'}")
        lines.extend(f"{name}: {value}" for name, value in self.headers)
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@dataclass(eq=False)
class HttpError(Exception):
    """An answer other than the one asked for; `body` replaces the usual JSON message."""

    status: int
    message: str = ""
    body: Json | None = None
    headers: tuple[tuple[str, str], ...] = field(default=())

    def response(self) -> Response:
        return json_response(self.body or {"message": self.message}, status=self.status).with_headers(*self.headers)


def raw(literal: str) -> str:
    """A string that `dump` writes as this very JSON text, for numbers that Python cannot hold."""
    return f"\x01{literal}\x01"


def dump(value: Any) -> bytes:
    """Compact JSON in UTF-8; what UTF-8 cannot hold (lone surrogates) stays escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if "\\u0001" in text:
        text = _RAW.sub(lambda match: match.group(1), text)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return _RAW.sub(lambda match: match.group(1), json.dumps(value, separators=(",", ":"))).encode("ascii")


def json_response(value: Any, *, status: int = 200, page: int = 1, pages: int = 1) -> Response:
    return Response(status=status, body=dump(value), page=page, pages=pages)


def html_response(status: int, title: str) -> Response:
    """What the edge in front of Discogs sends: a page, not JSON."""
    head, text = f"<head><title>{title}</title></head>", f"<h1>{title}</h1><p>cloudflare</p>"
    page = f"<!DOCTYPE html>\n<html>{head}<body>{text}</body></html>\n"
    return Response(status=status, body=page.encode(), content_type="text/html; charset=UTF-8")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
