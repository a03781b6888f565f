"""Gzip for those who accept it, piece by piece for answers that are made while they are sent."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from flask import Flask, Response, request

SMALLEST = 1024
LEVEL = 5
GZIP_WINDOW = 31  # 15 bits of window, and 16 for the gzip frame
TYPES = frozenset(
    {
        "application/atom+xml",
        "application/json",
        "application/problem+json",
        "application/xml",
        "text/csv",
        "text/html",
    }
)


def register(app: Flask) -> None:
    """Compress what is worth it."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype not in TYPES or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    is_short = not response.is_streamed and (response.content_length or 0) < SMALLEST
    if is_short or request.method == "HEAD" or not request.accept_encodings.quality("gzip"):
        return response
    response.headers["Content-Encoding"] = "gzip"
    if response.is_streamed:
        response.response = gzipped(response.iter_encoded())
    else:
        response.set_data(b"".join(gzipped([response.get_data()])))
    return response


def gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces as one gzip stream."""
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_WINDOW)
    for piece in pieces:
        if packed := compressor.compress(piece):
            yield packed
    yield compressor.flush()
