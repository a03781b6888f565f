"""Downloads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

from flask import Response, request
from flask_smorest import Blueprint

from app.api.access import is_admin, require_admin
from app.api.header_docs import CHALLENGE, DOWNLOAD
from app.api.schemas import parameter_docs
from app.api.streaming import sent, streamed
from app.api.validators import answered
from app.api.viewer import answered_to, viewer
from app.core.downloads import (
    Download,
    Encoding,
    Profile,
    ShelfDownload,
    ShelfProfile,
    UploadKind,
    parse_download,
    parse_shelf_download,
)
from app.core.query import parse_query
from app.core.shelf_query import SHELF_PARAMETERS, parse_shelf_query
from app.extensions import wiring
from app.services.collection_file import file_text as collection_text
from app.services.collection_file import whole_question
from app.services.collection_service import CollectionService, FoundAlbums
from app.services.inventory_service import FoundItems, InventoryService
from app.services.wanted_files import file_text, is_whole, refuse_mixed_sellers

blueprint = Blueprint("export", __name__, description="Downloads")
PROFILES = [profile.value for profile in Profile if profile]


def _parameter(name: str, meaning: str, *choices: str) -> dict[str, Any]:
    schema = {"type": "string", "enum": list(choices)} if choices else {"type": "string"}
    return {"in": "query", "name": name, "schema": schema, "description": meaning}


SWITCHES = [
    _parameter(
        "profile",
        "`listings`: the columns of the shop CSV, for the admin all 39; `discogs-upload`: a file for Discogs' own "
        "importer, admin only. Without it the public columns",
        *PROFILES,
    ),
    _parameter("kind", "of an upload: what Discogs is to do with the listings; `change` when not given", *UploadKind),
    _parameter("encoding", "`utf-8-sig` begins with a byte order mark, as spreadsheets like it", *Encoding),
    _parameter("private", "1: all 39 columns; admin only"),
    _parameter("bom", "1: the same as `encoding=utf-8-sig`"),
]


@blueprint.get("/export/listings.csv")
@blueprint.doc(parameters=[*parameter_docs(), *SWITCHES])
@blueprint.response(200, {"type": "string"}, content_type="text/csv", headers=DOWNLOAD)
@blueprint.alt_response(401, description="Private columns or an upload, and not the admin", headers=CHALLENGE)
def listings_csv() -> Response:
    """The listings that answer the search parameters, as CSV."""
    wanted = parse_download(dict(request.args.items(multi=True)))
    if wanted.is_private:
        require_admin()
    query = parse_query(request.args.items(multi=True))
    service = InventoryService()
    whole = is_whole(wanted, for_admin=is_admin())
    refuse_mixed_sellers(service, wanted, query)

    def render(found: FoundItems) -> Iterator[bytes]:
        return file_text(wanted, found.items(), whole=whole)

    def make() -> Response:
        response = streamed(service, query, render, mimetype="text/csv", is_private=whole, is_literal=True)
        response.headers["Content-Disposition"] = _attachment(wanted)
        return response

    response = make() if whole else answered(service.state().key, query, wanted, make=make)
    if wanted.profile is Profile.LISTINGS:
        response.vary.update(["Authorization", "Cookie"])  # the admin gets more of it
    return response


SHELF_FILTERS = [name for name in SHELF_PARAMETERS if name not in {"page", "page_size"}]
SHELF_SWITCHES = [
    _parameter(
        "profile",
        "`website`: the columns of Discogs' own website and one for each of the owner's fields; for the owner alone. "
        "Without it the documented columns, for the owner with folder and notes",
        *(profile for profile in ShelfProfile if profile),
    ),
    *SWITCHES[2:3],
    *SWITCHES[4:],
]


@blueprint.get("/export/collection.csv")
@blueprint.doc(parameters=[*parameter_docs(SHELF_FILTERS, of=SHELF_PARAMETERS), *SHELF_SWITCHES])
@blueprint.response(200, {"type": "string"}, content_type="text/csv", headers=DOWNLOAD)
@blueprint.alt_response(401, description="Private, and you are not known as its owner", headers=CHALLENGE)
def collection_csv() -> Response:
    """The albums that answer the parameters and are there now, as CSV."""
    wanted = parse_shelf_download(dict(request.args.items(multi=True)))
    who = viewer()
    service = CollectionService(who)
    query = whole_question(service, wanted, parse_shelf_query(request.args.items(multi=True)))
    with service.found(query) as found:
        key = found.key

    def make() -> Response:
        render = partial(collection_text, wanted)
        response = sent(service.found(query), _counted, render, mimetype="text/csv")
        response.headers["Content-Disposition"] = _attachment(wanted)
        return response

    return answered_to(who, key, wanted, make=make)


def _counted(found: FoundAlbums) -> tuple[FoundAlbums, dict[str, str]]:
    return found, {"X-Total-Count": str(found.listed())}


def _attachment(wanted: Download | ShelfDownload) -> str:
    name = wanted.file_name(wiring().clock())
    return f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(name)}"
