"""What the server says where nobody can read a request: a line that is too long, a header that is none.

No application hears of these. Gunicorn's own page repeats what was sent and has no headers, and no setting changes it.
"""

from __future__ import annotations

import json
import socket
from http import HTTPStatus

from gunicorn import util

from app.ops.answer_headers import completed


def refusal(status: int, *, is_https: bool) -> bytes:
    """A whole answer that repeats nothing of what was sent."""
    phrase = HTTPStatus(status).phrase
    detail = (
        "The request cannot be read." if status < HTTPStatus.INTERNAL_SERVER_ERROR else "The server failed to answer."
    )
    body = json.dumps({"type": "about:blank", "title": phrase, "status": status, "detail": detail}).encode()
    own = [
        ("Connection", "close"),
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
    ]
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in completed(own, is_https=is_https))]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer_in_our_words(*, is_https: bool) -> None:
    """Let the worker this is called in say so."""

    def write_error(line: socket.socket, status: int, _reason: str, _message: str) -> None:
        util.write_nonblock(line, refusal(status, is_https=is_https))

    util.write_error = write_error
