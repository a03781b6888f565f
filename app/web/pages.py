"""The routes of the pages: read the address, look through the shop window, answer with a page."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug import Response as WerkzeugResponse

from app.api.described import described
from app.api.header_docs import LOCATION
from app.api.schemas import parameter_docs
from app.core.query import BadQuery
from app.services.shop_window import shop_window
from app.web.asked import asked_of
from app.web.frame import page
from app.web.listing import listing_text
from app.web.shop import refused_text, shop_text, wanted
from app.web.stats import stats_text

blueprint = Blueprint("web", __name__, template_folder="templates")


@blueprint.get("/")
@described(parameters=parameter_docs())
def shop() -> Response:
    """The listings that answer the address, 48 a page; the parameters are those of /api/search."""
    asked = asked_of(url_for("web.shop"), request.args.items(multi=True))
    try:
        query = wanted(asked)
    except BadQuery as error:
        return Response(refused_text(asked, error.problems), status=HTTPStatus.BAD_REQUEST)
    with shop_window() as window:
        return page(window.notice, asked, make=lambda: shop_text(window, asked, query))


@blueprint.get("/listing/<listing_id>")
@described(answers={410: "It was for sale once: when and why it went, and what else there is"})
def listing(listing_id: str) -> Response:
    """One listing, by its Discogs listing id. Its day moves the price chart's end and lets in news of the catalogue."""
    with shop_window() as window:
        depends_on = window.today, window.state.enrichment_version
        return page(window.notice, *depends_on, make=lambda: listing_text(window, listing_id))


@blueprint.get("/detail/<listing_id>")
@described(status=308, headers=LOCATION)
def detail(listing_id: str) -> WerkzeugResponse:
    """Where another shop window had its records; links to it still lead to them."""
    return redirect(url_for("web.listing", listing_id=listing_id), HTTPStatus.PERMANENT_REDIRECT)


@blueprint.get("/stats")
def stats() -> Response:
    """The shop in charts; its days end today."""
    with shop_window() as window:
        return page(window.notice, window.today, make=lambda: stats_text(window))
