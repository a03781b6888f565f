"""Collections: albums, artists, folders, numbers. Public where Discogs shows them to strangers, or settings say so."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from app.api.collection_schemas import (
    AlbumArtistSchema,
    AlbumPageSchema,
    CollectionStatsSchema,
    FolderSchema,
    ShelfFacetsSchema,
    WholeAlbumSchema,
)
from app.api.header_docs import CHALLENGE
from app.api.json_answer import json_answer
from app.api.schemas import parameter_docs
from app.api.viewer import answered_to, viewer
from app.core.shelf_query import SHELF_PARAMETERS, ShelfQuery, parse_shelf_query
from app.services.collection_service import CollectionService

PAGING = ("sort", "page", "page_size")
FILTERS = {name: parameter for name, parameter in SHELF_PARAMETERS.items() if name not in PAGING}
blueprint = Blueprint("collection", __name__, url_prefix="/api/v1/collection", description="What people own")
for_owners = blueprint.alt_response(401, description="Private, and you are not known as its owner", headers=CHALLENGE)


@blueprint.get("/albums")
@blueprint.doc(parameters=parameter_docs(of=SHELF_PARAMETERS))
@blueprint.response(200, AlbumPageSchema)
@for_owners
def albums() -> Response:
    """The albums that answer all parameters, page by page; several copies of a release are several albums."""
    who = viewer()
    with CollectionService(who).found(_query()) as found:
        return answered_to(who, found.key, make=lambda: json_answer(found.envelope()))


@blueprint.get("/albums/<album_id>")
@blueprint.response(200, WholeAlbumSchema)
@blueprint.alt_response(410, description="It has left the collection: removed_at says when")
@for_owners
def one_album(album_id: str) -> Response:
    """One album, by its Discogs instance id, with its release."""
    who = viewer()
    album = CollectionService(who).album(album_id)
    return answered_to(who, album.key, make=lambda: json_answer(album.item))


@blueprint.get("/artists")
@blueprint.doc(parameters=parameter_docs(of=FILTERS))
@blueprint.response(200, AlbumArtistSchema(many=True))
@for_owners
def artists() -> Response:
    """Who made the albums that answer the parameters, by name."""
    who = viewer()
    return _whole(who, CollectionService(who).artists(_query()))


@blueprint.get("/folders")
@blueprint.response(200, FolderSchema(many=True))
@for_owners
def folders() -> Response:
    """The folders, counted. Which there are besides folder 0 is for their owner alone."""
    who = viewer()
    return _whole(who, CollectionService(who).folders())


@blueprint.get("/facets")
@blueprint.doc(parameters=parameter_docs(of=FILTERS))
@blueprint.response(200, ShelfFacetsSchema)
@for_owners
def facets() -> Response:
    """What the albums that answer the parameters are made of: the 200 most frequent values of each field, counted."""
    who = viewer()
    return _whole(who, CollectionService(who).facets(_query()))


@blueprint.get("/stats")
@blueprint.response(200, CollectionStatsSchema)
@for_owners
def stats() -> Response:
    """How much there is, of what kind, and when it came."""
    who = viewer()
    statistics = CollectionService(who).stats()
    minute = None if statistics["age_seconds"] is None else statistics["age_seconds"] // 60
    return answered_to(who, {**statistics, "age_seconds": minute}, make=lambda: json_answer(statistics))


def _query() -> ShelfQuery:
    return parse_shelf_query(request.args.items(multi=True))


def _whole(who: Any, answer: Any) -> Response:
    """An answer that is its own key."""
    return answered_to(who, answer, make=lambda: json_answer(answer))
