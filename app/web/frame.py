"""What every page has: the layout's facts, its security headers, and "not modified"."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Flask, Response, g, make_response, render_template

from app.api.validators import ASK_EVERY_TIME, answered
from app.core.notices import NOT_AFFILIATED, PROVIDED_BY
from app.errors import StorageError
from app.extensions import wiring
from app.services.picture_origins import may_be_loaded, page_origins
from app.services.shop_window import Notice, shop_window
from app.web.assets import asset, digest_of_all
from app.web.here import addresses
from app.web.icons import ICONS

HTML = "text/html"
NOBODY_SELLS = "Record shop"


def register(app: Flask) -> None:
    """Give templates the layout's facts and pages their headers."""
    app.jinja_env.globals.update(
        notice=notice,
        shop_name=shop_name,
        asset=asset,
        ICONS=ICONS,
        PROVIDED_BY=PROVIDED_BY,
        NOT_AFFILIATED=NOT_AFFILIATED,
    )
    app.add_template_filter(loadable)
    app.after_request(_protect)


def page(notice_shown: Notice, *asked: object, make: Callable[[], str | tuple[str, int]]) -> Response:
    """The page that `make` renders, or 304 when the visitor has it. `asked` is what it depends on but the data."""
    g.notice = notice_shown
    depends_on = (notice_shown, addresses(), digest_of_all(), *asked)
    response = answered(*depends_on, make=lambda: make_response(make()), cache_control=ASK_EVERY_TIME)
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        del response.headers["ETag"]  # only what is there can be the same as before
    return response


def notice() -> Notice | None:
    """What to say of the data; None when the database cannot be asked, which must not keep a page from saying so."""
    if "notice" not in g:
        try:
            with shop_window() as window:
                g.notice = window.notice
        except StorageError:
            g.notice = None
    found: Notice | None = g.notice
    return found


def shop_name() -> str:
    """Whose shop it is."""
    told = notice()
    return " & ".join(told.sellers) if told and told.sellers else NOBODY_SELLS


def rendered(template: str, **context: object) -> str:
    """The template's text. The one door to Jinja, where everything is escaped."""
    return render_template(template, **context)


def loadable(address: object) -> str | None:
    """The address of a picture that a page may load; None for any other."""
    return str(address) if may_be_loaded(address, wiring().settings) else None


def _protect(response: Response) -> Response:
    if response.mimetype == HTML:
        response.headers.setdefault("Content-Security-Policy", content_policy())
        response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    return response


def content_policy() -> str:
    """What a page may load: our own files, and pictures from where covers may come."""
    parts = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": " ".join(["'self'", "data:", *page_origins(wiring().settings)]),
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in parts.items())
