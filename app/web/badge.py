"""A badge that other pages may show: how much there is, and whether it is current."""

from __future__ import annotations

from flask import Blueprint, Response

from app.api.described import described
from app.api.validators import ASK_EVERY_TIME, answered
from app.formats.badge import GOOD, MIMETYPE, OLD, UNKNOWN, badge
from app.services.shop_window import ShopWindow, shop_window

blueprint = Blueprint("badge", __name__)


@blueprint.get("/badge.svg")
@described(media_type=MIMETYPE)
def current() -> Response:
    """How many records are for sale, and whether that is current, as a small picture."""
    with shop_window() as window:
        words, colour = _words(window)
    return answered(words, make=lambda: _svg(words, colour), cache_control=ASK_EVERY_TIME)


def _words(window: ShopWindow) -> tuple[str, str]:
    if window.age.confirmed_at is None and not window.state.total:
        return "not read yet", UNKNOWN
    how_many = "" if window.state.total is None else f"{window.state.total:,}, "
    return (f"{how_many}out of date", OLD) if window.age.is_stale else (f"{how_many}up to date", GOOD)


def _svg(words: str, colour: str) -> Response:
    return Response(badge("records", words, colour), mimetype=MIMETYPE)
