"""Answering "not modified" before any listing is read."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from http import HTTPStatus

from flask import Response, request

from app.extensions import wiring
from config import VERSION

# A minute may pass unasked; who asks learns at once.
SHARED_FOR_A_MINUTE = "public, max-age=60"
ASK_EVERY_TIME = "no-cache"
PRIVATELY = "private, no-cache"  # of the visitor's own: for no other site, and in no shared memory


def answered(*asked: object, make: Callable[[], Response], cache_control: str = SHARED_FOR_A_MINUTE) -> Response:
    """304 when the visitor has this very answer, else what `make` makes.

    `asked` is all that the answer depends on: the key of the shop's state, and what was asked for. Its version alone
    will not do: it comes again when a backup is put back.
    """
    tag = _tag(*asked)
    known = request.if_none_match
    response = Response(status=304) if not known.star_tag and known.contains_weak(tag) else make()
    if known.star_tag and response.status_code == HTTPStatus.OK:  # `*` knows whatever is there, once it is
        response.close()
        response = Response(status=304)
    response.set_etag(tag, weak=True)  # weak: gzip or not, it is the same answer
    response.headers["Cache-Control"] = cache_control
    return response


def _tag(*asked: object) -> str:
    settings = wiring().settings
    about = (VERSION, settings.discogs_api_url, settings.discogs_web_url, request.path, *asked)
    return blake2b(repr(about).encode(errors="surrogatepass"), digest_size=12).hexdigest()
