"""Who may do what: everything is closed but what is named here, and that is open for reading only."""

from __future__ import annotations

import hashlib
import hmac

from flask import Flask, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized, UnsupportedMediaType

from app.api.same_origin import require_same_origin
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
LOGIN = frozenset({"login.log_in", "login.come_back", "setup.ask"})
FORMS = frozenset({"login.log_out", "setup.store"})  # sent by our own pages; each asks itself who may
BY_SESSION = frozenset({"login.account"})  # for whoever is logged in
FORM = "application/x-www-form-urlencoded"
PUBLIC = SHARED | PAGES | LOGIN | {"health.health", "health.alive"}


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
    if request.endpoint in FORMS and request.method == "POST":
        require_same_origin()
    elif request.endpoint in BY_SESSION and request.method in {"GET", "HEAD"}:
        return  # the page itself asks who is logged in
    elif request.endpoint not in PUBLIC or request.method not in SAFE_METHODS:
        require_admin()


def _refuse_other_bodies() -> None:
    if request.method in SAFE_METHODS or not request.content_length:
        return
    if request.endpoint in FORMS:
        if request.mimetype != FORM:
            raise UnsupportedMediaType(f"The body must be a form: Content-Type: {FORM}")
        return
    if not request.is_json:
        raise UnsupportedMediaType("The body must be JSON: Content-Type: application/json")


def is_admin() -> bool:
    """Whether the request carries the admin token."""
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and is_admin_token(credential.strip())


def is_admin_token(told: str) -> bool:
    """Whether this is the admin token."""
    token = wiring().settings.admin_token
    return token is not None and hmac.compare_digest(_digest(told), _digest(token.reveal()))


def _digest(text: str) -> bytes:
    """Of equal length for every text, so that comparing tells nothing about the token's."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
