"""Who may do what: everything is closed but what is named here, and that is open for reading only."""

from __future__ import annotations

import hashlib
import hmac

from flask import Flask, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized, UnsupportedMediaType

from app.extensions import wiring

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SHOP = frozenset(
    {
        "listings.all_listings",
        "listings.one_listing",
        "listings.search",
        "listings.facets",
        "listings.stats",
        "listings.changes",
        "history.one_listing",
        "releases.of_listing",
        "export.listings_csv",
        "feeds.new_arrivals",
        "feeds.price_drops",
    }
)
DOCUMENTATION = frozenset({"openapi.document"})
CRAWLED = frozenset({"crawlers.robots", "crawlers.index", "crawlers.pages", "crawlers.listings"})
SHARED = SHOP | CRAWLED | DOCUMENTATION  # the same for everybody, also for pages of other hosts
PAGES = frozenset({"web.shop", "web.listing", "web.detail", "web.stats", "docs.page_of_routes", "assets.one"})
PUBLIC = SHARED | PAGES | {"health.health", "health.alive"}


def register(app: Flask) -> None:
    """Ask for the admin token wherever nothing else is said."""
    app.before_request(_refuse_strangers)
    app.before_request(_refuse_other_bodies)


def require_admin() -> None:
    """Raises Unauthorized for everybody but the admin."""
    if not is_admin():
        challenge = WWWAuthenticate("bearer", {"realm": "waxmirror"})
        raise Unauthorized("This needs the admin token: Authorization: Bearer …", www_authenticate=challenge)


def _refuse_strangers() -> None:
    if request.endpoint is None:
        return  # no such route, or not with this method: the router says so itself
    if request.endpoint not in PUBLIC or request.method not in SAFE_METHODS:
        require_admin()


def _refuse_other_bodies() -> None:
    if request.method not in SAFE_METHODS and request.content_length and not request.is_json:
        raise UnsupportedMediaType("The body must be JSON: Content-Type: application/json")


def is_admin() -> bool:
    """Whether the request carries the admin token."""
    token = wiring().settings.admin_token
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    if token is None or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(_digest(credential.strip()), _digest(token.reveal()))


def _digest(text: str) -> bytes:
    """Of equal length for every text, so that comparing tells nothing about the token's."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
