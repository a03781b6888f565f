"""The shop: all listings, one, those that answer a question, numbers, changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlencode

from flask import Response, request, send_file
from flask_smorest import Blueprint

from app.api.compression import accepted_coding
from app.api.header_docs import FOUND, MEANT
from app.api.json_answer import JSON, json_answer
from app.api.schemas import (
    ChangePageSchema,
    ChangesArguments,
    FacetsSchema,
    ListingSchema,
    StatsSchema,
    parameter_docs,
)
from app.api.streaming import best_of, did_you_mean, streamed
from app.api.validators import ASK_EVERY_TIME, answered
from app.core.notices import NOTICES
from app.core.query import PARAMETERS, SearchQuery, parse_query
from app.formats.json_listing import json_array
from app.services.inventory_service import FoundItems, InventoryService
from app.services.shop_snapshot import Snapshot
from app.web.here import addresses

IN_ONE_PIECE = 1000  # listings
PAGING = ("limit", "page")
FILTERS = tuple(name for name in PARAMETERS if name not in {*PAGING, "sort"})
blueprint = Blueprint("listings", __name__, description="The shop, readable by everybody")


@blueprint.get("/api/data")
@blueprint.doc(parameters=parameter_docs(PAGING))
@blueprint.response(200, ListingSchema(many=True), headers=FOUND)
def all_listings() -> Response:
    """Every listing for sale, newest first; complete when no limit is given."""
    query = parse_query((name, text) for name, text in _arguments() if name in PAGING)
    return _everything(query) if query == SearchQuery() else _found(query)


def _everything(query: SearchQuery) -> Response:
    service = InventoryService()
    state = service.state()

    def make() -> Response:
        # Nobody may have made the file, or whoever publishes a newer state takes it away at this very moment.
        if (whole := service.snapshot(state)) is not None:
            with suppress(OSError):
                return _file(whole, state.total)
        return streamed(service, query, _array, mimetype=JSON)

    return answered(state.key, query, make=make)


def _file(snapshot: Snapshot, total: int | None) -> Response:
    """The whole shop from its file, packed for those who accept it."""
    coding = accepted_coding()
    path = snapshot.plain if coding is None else snapshot.packed[coding]
    response = send_file(path.absolute(), mimetype=JSON, conditional=False, etag=False)
    for name in ("Content-Disposition", "Last-Modified"):
        del response.headers[name]  # of our own file; two servers need not agree on it
    if coding is not None:
        response.headers["Content-Encoding"] = coding
    response.vary.add("Accept-Encoding")
    response.headers["X-Total-Count"] = str(total)
    return response


@blueprint.get("/api/data/<listing_id>")
@blueprint.response(200, ListingSchema)
@blueprint.alt_response(410, description="It was for sale once: removed_at and reason say when and why it went")
def one_listing(listing_id: str) -> Response:
    """One listing, by its Discogs listing id."""
    service = InventoryService()
    return answered(service.state().key, make=lambda: json_answer(service.get_item_by_listing_id(listing_id)))


@blueprint.get("/api/search")
@blueprint.doc(parameters=parameter_docs())
@blueprint.response(200, ListingSchema(many=True), headers=FOUND)
def search() -> Response:
    """Listings for sale that answer all parameters. X-Total-Count says how many, Link leads through the pages."""
    return _found(parse_query(_arguments()))


@blueprint.get("/api/facets")
@blueprint.doc(parameters=parameter_docs(FILTERS))
@blueprint.response(200, FacetsSchema, headers=MEANT)
def facets() -> Response:
    """What the listings that answer the parameters are made of: the 200 most frequent values of each field, each
    with the number that its filter finds."""
    service = InventoryService()
    query = parse_query((name, text) for name, text in _arguments() if name in FILTERS)

    def make() -> Response:
        told, answering = service.facets_of_best(query)
        response = json_answer(told)
        if answering is not query:
            response.headers.update(did_you_mean(answering))
        return response

    return answered(service.state().key, query, make=make)


@blueprint.get("/api/stats")
@blueprint.response(200, StatsSchema)
def stats() -> Response:
    """How much there is, what it is worth per currency, and how old it is."""
    with InventoryService().numbers() as numbers:

        def make() -> Response:
            return json_answer({**numbers.told(), "attribution": NOTICES})

        return answered(numbers.key, make=make, cache_control=ASK_EVERY_TIME)


@blueprint.get("/api/changes")
@blueprint.arguments(ChangesArguments, location="query")
@blueprint.response(200, ChangePageSchema)
def changes(arguments: dict[str, int]) -> Response:
    """What happened in the shop after change number `since`; ask again with `next`."""
    service = InventoryService()
    since, limit = arguments["since"], arguments["limit"]
    return answered(service.state().key, since, limit, make=lambda: json_answer(service.changes(since, limit)))


def _arguments() -> list[tuple[str, str]]:
    return list(request.args.items(multi=True))


def _found(query: SearchQuery) -> Response:
    service = InventoryService()
    if query.limit is None or query.limit > IN_ONE_PIECE:
        return answered(service.state().key, query, make=lambda: _many(service, query))
    with service.found(query) as found:
        return answered(found.state.key, query, make=lambda: _page(found))


def _many(service: InventoryService, query: SearchQuery) -> Response:
    """All of it, or a page that is too long for the memory, sent while it is read."""
    response = streamed(service, query, _array, mimetype=JSON)
    if query.limit is not None:
        response.headers["Link"] = _links(query.page, query.limit, int(response.headers["X-Total-Count"]))
    return response


def _array(found: FoundItems) -> Iterator[bytes]:
    return json_array(found.documents())


def _page(asked: FoundItems) -> Response:
    """One page in one piece, and the way to the others."""
    found, headers = best_of(asked)
    links = _links(found.query.page, found.query.limit or 1, int(headers["X-Total-Count"]))
    return Response(b"".join(_array(found)), mimetype=JSON, headers={**headers, "Link": links})


def _links(page: int, limit: int, total: int) -> str:
    """Web links (RFC 8288) to the other pages of the same question."""
    last = max(-(-total // limit), 1)
    pages = {"first": 1, "prev": min(page - 1, last), "next": page + 1, "last": last}
    shown = {name: number for name, number in pages.items() if 1 <= number <= last}
    others = urlencode([(name, text) for name, text in _arguments() if name != "page"], errors="replace")
    address = f"{addresses().page(request.path)}?{others}{'&' if others else ''}page="
    return ", ".join(f'<{address}{number}>; rel="{name}"' for name, number in shown.items())
