"""Who may do what: everything is closed but what is named here, and that is open for reading only."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Flask, current_app, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import RequestEntityTooLarge, Unauthorized, UnsupportedMediaType

from app.api.same_origin import require_same_origin
from app.extensions import KEY, wiring
from app.ops.shared_counts import SharedCounts
from app.services.admin_guesses import AdminGuesses
from app.services.bearer_guesses import BearerGuesses, is_strong
from app.services.guesses import KEY as GUESSES
from app.services.guesses import Guesser, Guesses, is_same
from app.services.web_sessions import WebSessions
from app.web.cookies import ADMIN, SESSION, current_account, held, is_logged_in_as_admin

logger = logging.getLogger(__name__)
JUDGED = "waxmirror.carries_admin_token"  # in the environment of a request
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
        "former.detail",
        "former.filtered",
        "feeds.new_arrivals",
        "feeds.price_drops",
        "badge.current",
    }
)
# Where a collection is public here; who may see which one is decided row by row.
SHELVES = frozenset(
    {
        "collection.albums",
        "collection.one_album",
        "collection.artists",
        "collection.folders",
        "collection.facets",
        "collection.stats",
        "export.collection_csv",
    }
)
DOCUMENTATION = frozenset({"openapi.document"})
CRAWLED = frozenset({"crawlers.robots", "crawlers.index", "crawlers.pages", "crawlers.listings"})
SHARED = SHOP | SHELVES | CRAWLED | DOCUMENTATION  # the same for everybody, also for pages of other hosts
PAGES = frozenset({"web.shop", "web.listing", "web.detail", "web.stats", "docs.page_of_routes", "assets.one"})
SHELF_PAGES = frozenset({"shelf.page", "shelf.numbers", "shelf.album"})  # as the shelves
LOGIN = frozenset({"login.log_in", "login.come_back", "setup.ask", "admin.door"})
# For the admin and for whoever is logged in; each view shows them their own.
OWN = frozenset(
    f"exports.{name}"
    for name in (
        "folders",
        "folder",
        "marketplace",
        "export_marketplace",
        "import_cache",
        "start_import",
        "progress",
        "progress_marketplace",
        "progress_import",
        "batch",
        "batch_progress",
        "status",
        "download",
        "cancel",
        "batches",
    )
)
# Sent by our own pages; each asks itself who may.
CONTROL_FORMS = frozenset({"control.start", "control.cancel", "control.confirm", "control.dismiss", "control.undo"}) | {
    *(f"enriching.{name}" for name in ("start", "cancel", "decide")),
    *(f"job_pages.{name}" for name in ("cancel", "retry")),
    "account_pages.erase",
    "account_pages.forget",
    "account_pages.show",
}
FORMS = frozenset({"login.log_out", "setup.store", "admin.enter", "admin.leave"}) | CONTROL_FORMS
BY_SESSION = frozenset({"login.account"})  # for whoever is logged in
FORM = "application/x-www-form-urlencoded"
PUBLIC = SHARED | PAGES | SHELF_PAGES | LOGIN | {"health.health", "health.alive", "health.metrics"}


def register(app: Flask, counts: SharedCounts) -> None:
    """Ask for the admin token wherever nothing else is said."""
    app.extensions[GUESSES] = Guesses(counts)
    token = app.extensions[KEY].settings.admin_token
    if token is not None and not is_strong(token.reveal()):
        logger.warning("ADMIN_TOKEN can be guessed: leave it empty to have one made, or set 16 characters or more")
    app.before_request(_refuse_strangers)
    app.before_request(_refuse_other_bodies)


def require_admin() -> None:
    """Raises Unauthorized for everybody but the admin."""
    if not is_admin():
        raise Unauthorized("This needs the admin token: Authorization: Bearer …", www_authenticate=challenge())


def challenge() -> WWWAuthenticate:
    """What whoever is refused may come back with."""
    return WWWAuthenticate("bearer", {"realm": "waxmirror"})


def _refuse_strangers() -> None:
    if request.endpoint is None:
        return  # no such route, or not with this method: the router says so itself
    if request.endpoint in FORMS and request.method == "POST":
        require_same_origin()
    elif request.endpoint in BY_SESSION and request.method in {"GET", "HEAD"}:
        return  # the page itself asks who is logged in
    elif request.endpoint not in PUBLIC or request.method not in SAFE_METHODS:
        if request.endpoint not in OWN or current_account() is None:
            require_admin()
        if request.method not in SAFE_METHODS and not carries_admin_token():
            require_same_origin()  # a browser sends the cookie along with whatever page asks


def _refuse_other_bodies() -> None:
    if request.method in SAFE_METHODS or not _has_body():
        return
    if request.endpoint in FORMS:
        if request.mimetype != FORM:
            raise UnsupportedMediaType(f"The body must be a form: Content-Type: {FORM}")
        return
    if not request.is_json and not (request.endpoint in OWN and request.mimetype == FORM):
        raise UnsupportedMediaType("The body must be JSON: Content-Type: application/json")


def _has_body() -> bool:
    """Raises RequestEntityTooLarge for one in chunks from which all was read that may be: there could be more."""
    if request.content_length is not None:
        return request.content_length > 0
    length = len(request.get_data())
    if length >= current_app.config["MAX_CONTENT_LENGTH"]:
        raise RequestEntityTooLarge
    return length > 0


def is_admin() -> bool:
    """Whether the request carries the admin token, or comes from a browser in which the admin logged in."""
    return carries_admin_token() or is_logged_in_as_admin()


def lasting_permission() -> Callable[[], bool]:
    """Whether who asks now is still logged in later on; it needs no request by then. The token itself does not end."""
    if carries_admin_token():
        return lambda: True
    sessions, token = WebSessions.here(), wiring().settings.admin_token
    as_admin, as_account = held(ADMIN), held(SESSION)
    if sessions.is_admin(as_admin, token):  # and what the admin may see, no account in the same browser may
        return lambda: sessions.is_admin(as_admin, token)
    return lambda: sessions.account_of(as_account) is not None


def carries_admin_token() -> bool:
    """Whether the request itself carries the admin token. Raises TooManyGuesses when wrong ones came too often."""
    if JUDGED not in request.environ:
        request.environ[JUDGED] = False  # also for who asks after it was refused
        request.environ[JUDGED] = _tells_in_header()
    return bool(request.environ[JUDGED])


def _tells_in_header() -> bool:
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    token = wiring().settings.admin_token
    if scheme.lower() != "bearer" or not credential.strip() or token is None:
        return False
    return BearerGuesses.here().judge(_guesser(), credential.strip(), token)


def is_admin_token(told: str) -> bool:
    """Whether this is the admin token."""
    token = wiring().settings.admin_token
    return token is not None and is_same(told, token)


def tells_admin_token(told: str) -> bool:
    """Whether somebody at a form told the admin token. Raises TooManyGuesses when nobody may try for a while."""
    return bool(told) and AdminGuesses.here().judge(_guesser(), lambda: is_admin_token(told))


def _guesser() -> Guesser:
    return Guesser.of(request.remote_addr, request.headers.get("X-Forwarded-For", ""))
