"""Packed answers for those who accept them, piece by piece where answers are made while they are sent."""

from __future__ import annotations

from flask import Flask, Response, request

from app.formats.packing import CODINGS, packed, packer

SMALLEST = 1024
TYPES = frozenset(
    {
        "application/atom+xml",
        "application/json",
        "application/problem+json",
        "application/xml",
        "image/svg+xml",
        "text/csv",
        "text/css",
        "text/html",
        "text/javascript",
    }
)


def register(app: Flask) -> None:
    """Compress what is worth it."""
    app.after_request(_compress)


def accepted_coding() -> str | None:
    """The coding that the client likes best; None when it wants the answer as it is."""
    if not request.accept_encodings:
        return None
    coding = request.accept_encodings.best_match([*CODINGS, "identity"])
    return None if coding == "identity" else coding


def _compress(response: Response) -> Response:
    if response.mimetype not in TYPES or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    is_short = not response.is_streamed and (response.content_length or 0) < SMALLEST
    if is_short or (coding := accepted_coding()) is None:
        return response
    response.headers["Content-Encoding"] = coding
    if response.is_streamed:
        response.response = packed(response.iter_encoded(), packer(coding))
    else:
        response.set_data(b"".join(packed([response.get_data()], packer(coding))))
    return response
