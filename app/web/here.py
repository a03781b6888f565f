"""Where this shop is, as visitors see it."""

from __future__ import annotations

from functools import lru_cache

from flask import request
from werkzeug.sansio.utils import get_current_url

from app.core.addresses import Addresses
from app.extensions import wiring


def addresses() -> Addresses:
    """Below PUBLIC_URL where it is set, otherwise below the address that was asked."""
    if public := wiring().settings.public_url:
        return Addresses(public.rstrip("/"))
    return Addresses(_root(request.scheme, request.host, request.root_path))


@lru_cache(256)
def _root(scheme: str, host: str, path: str) -> str:
    """What `request.url_root` says, which takes a tenth of the time of a search to say it."""
    return get_current_url(scheme, host, path).rstrip("/")
