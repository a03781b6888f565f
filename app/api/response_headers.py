"""Headers that depend on the route alone. Those that every answer has are in `front_door`."""

from __future__ import annotations

from flask import Flask, Response, request

from app.api.access import PUBLIC, SAFE_METHODS, SHARED
from app.api.validators import PRIVATELY


def register(app: Flask) -> None:
    """Give every answer its headers."""
    app.after_request(_complete)


def _complete(response: Response) -> Response:
    headers = response.headers
    is_own = headers.get("Cache-Control") == PRIVATELY
    headers.setdefault("Cache-Control", "no-store")
    if request.endpoint not in PUBLIC:
        headers["X-Robots-Tag"] = "noindex"
    is_shared = request.endpoint in SHARED and request.method in SAFE_METHODS
    if is_shared and not is_own and "private" not in request.args:
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        headers["Access-Control-Expose-Headers"] = (
            "ETag, Link, X-Total-Count, X-Did-You-Mean, X-Request-ID, Content-Disposition"
        )
        if request.method == "OPTIONS":
            headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
            headers["Access-Control-Allow-Headers"] = "If-None-Match"
            headers["Access-Control-Max-Age"] = "86400"
    return response
