"""The routes of the collection's pages. Who may see which copy is decided below; here it is only asked who looks."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, g, make_response, request, url_for

from app.api.described import described
from app.api.schemas import parameter_docs
from app.api.viewer import answered_to, viewer
from app.core.query import BadQuery
from app.core.shelf_query import SHELF_PARAMETERS
from app.services.collection_window import CollectionWindow, collection_window
from app.web.asked import asked_of
from app.web.assets import digest_of_all
from app.web.collection import VIEWS, album_text, collection_text, numbers_text, refused_text, wanted
from app.web.here import addresses

blueprint = Blueprint("shelf", __name__, url_prefix="/collection")
KNOWN = (*SHELF_PARAMETERS, "view")
FOR_OWNERS = {401: "Private, and you are not known as its owner"}
VIEW = {"in": "query", "name": "view", "schema": {"type": "string"}, "description": " or ".join(VIEWS)}


@blueprint.get("")
@described(parameters=[*parameter_docs(of=SHELF_PARAMETERS), VIEW], answers=FOR_OWNERS)
def page() -> Response:
    """The copies that answer the address, 48 a page; the parameters are those of /api/v1/collection/albums."""
    asked = asked_of(url_for("shelf.page"), request.args.items(multi=True), KNOWN)
    try:
        query = wanted(asked)
    except BadQuery as error:
        return Response(refused_text(asked, error.problems), status=HTTPStatus.BAD_REQUEST)
    with collection_window(viewer()) as window:
        return _page(window, asked, make=lambda: collection_text(window, asked, query))


@blueprint.get("/stats")
@described(answers=FOR_OWNERS)
def numbers() -> Response:
    """The collection in charts."""
    with collection_window(viewer()) as window:
        return _page(window, window.now.date(), make=lambda: numbers_text(window))


@blueprint.get("/<album_id>")
@described(answers=FOR_OWNERS | {410: "It has left the collection"})
def album(album_id: str) -> Response:
    """One copy, by its Discogs instance id, with its tracks and videos where the catalogue was read."""
    with collection_window(viewer()) as window:
        return _page(window, window.now.date(), make=lambda: album_text(window, album_id))


def _page(window: CollectionWindow, *asked: object, make: Callable[[], str]) -> Response:
    g.notice = window.notice
    depends_on = (window.notice, addresses(), digest_of_all(), *asked)
    return answered_to(window.viewer, *depends_on, make=lambda: make_response(make()))
