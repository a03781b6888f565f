"""Downloads."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from flask import Response, request
from flask_smorest import Blueprint

from app.api.access import require_admin
from app.api.header_docs import CHALLENGE, DOWNLOAD
from app.api.schemas import parameter_docs
from app.api.streaming import streamed
from app.api.validators import answered
from app.core.query import parse_query
from app.extensions import wiring
from app.formats.csv_text import csv_text
from app.formats.shop_listing import CSV_FIELDS, PUBLIC_CSV_FIELDS
from app.services.inventory_service import FoundItems, InventoryService

blueprint = Blueprint("export", __name__, description="Downloads")
YES = frozenset({"1", "true", "yes", "on"})
SWITCHES = [
    {"in": "query", "name": "private", "schema": {"type": "string"}, "description": "1: all 39 columns; admin only"},
    {"in": "query", "name": "bom", "schema": {"type": "string"}, "description": "1: begin with a byte order mark"},
]


@blueprint.get("/export/listings.csv")
@blueprint.doc(parameters=[*parameter_docs(), *SWITCHES])
@blueprint.response(200, {"type": "string"}, content_type="text/csv", headers=DOWNLOAD)
@blueprint.alt_response(401, description="Private columns, and not the admin", headers=CHALLENGE)
def listings_csv() -> Response:
    """The listings that answer the search parameters, as CSV."""
    is_private = _is_on("private")
    if is_private:
        require_admin()
    query = parse_query(request.args.items(multi=True))
    service = InventoryService()
    has_bom = _is_on("bom")
    fields = CSV_FIELDS if is_private else PUBLIC_CSV_FIELDS

    def render(found: FoundItems) -> Iterator[bytes]:
        return csv_text(fields, found.batches(), bom=has_bom)

    def make() -> Response:
        response = streamed(service, query, render, mimetype="text/csv", is_private=is_private)
        response.headers["Content-Disposition"] = _attachment()
        return response

    return make() if is_private else answered(service.state().version, query, has_bom, make=make)


def _is_on(name: str) -> bool:
    return request.args.get(name, "").strip().lower() in YES


def _attachment() -> str:
    name = f"listings-{wiring().clock():%Y-%m-%d}.csv"
    return f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(name)}"
