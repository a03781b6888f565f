"""Reads requests from a connection."""

import io
from typing import BinaryIO
from urllib.parse import parse_qsl, urlsplit

from .messages import Request

_MAX_LINE = 65_536


class MalformedRequest(Exception):
    """Not HTTP, or not all of it."""


def read_request(stream: BinaryIO | io.BufferedReader, source: str) -> Request | None:
    """The next request of a connection, or None when the client is done."""
    start = stream.readline(_MAX_LINE)
    while start in {b"\r\n", b"\n"}:
        start = stream.readline(_MAX_LINE)
    if not start:
        return None
    try:
        method, target, _version = start.decode("latin-1").split()
    except ValueError as error:
        raise MalformedRequest from error
    headers = _read_headers(stream)
    length = int(headers.get("content-length", "0") or 0)
    parts = urlsplit(target)
    return Request(
        method=method,
        path=parts.path,
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers=headers,
        body=stream.read(length) if length else b"",
        source=source,
        raw_query=parts.query,
    )


def wants_keep_alive(request: Request) -> bool:
    return request.headers.get("connection", "").lower() != "close"


def _read_headers(stream: BinaryIO | io.BufferedReader) -> dict[str, str]:
    headers: dict[str, str] = {}
    while (line := stream.readline(_MAX_LINE)) not in {b"\r\n", b"\n"}:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise MalformedRequest
        headers[name.strip().lower()] = value.strip()
    return headers
