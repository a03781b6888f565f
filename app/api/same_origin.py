"""Forms may change things only when a page of ours sent them. Browsers say where a request comes from."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import Forbidden

from app.extensions import wiring


def require_same_origin() -> None:
    """Raises Forbidden unless the browser says that the request comes from this very origin.

    Sec-Fetch-Site decides where it is sent (https and loopback); otherwise Origin must be there and be ours.
    """
    site = request.headers.get("Sec-Fetch-Site")
    is_ours = site == "same-origin" if site is not None else request.headers.get("Origin") in _own_origins()
    if not is_ours:
        raise Forbidden("This form was not sent by a page of this shop.")


def _own_origins() -> set[str]:
    public = wiring().settings.public_url
    return {_origin(address) for address in (public, request.host_url) if address}


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
