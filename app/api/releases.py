"""What the catalogue says of a listing's release."""

from __future__ import annotations

from flask import Response
from flask_smorest import Blueprint

from app.api.json_answer import json_answer
from app.api.release_schemas import ReleaseSchema
from app.api.validators import ASK_EVERY_TIME, answered
from app.services.listing_release import release_of_listing

blueprint = Blueprint("releases", __name__, description="The shop, readable by everybody")


@blueprint.get("/api/data/<listing_id>/release")
@blueprint.response(200, ReleaseSchema)
@blueprint.alt_response(404, description="No such listing, or a release that was not read yet")
@blueprint.alt_response(410, description="It was for sale once: removed_at and reason say when and why it went")
def of_listing(listing_id: str) -> Response:
    """Tracks, credits, videos and pictures of a listing's release, from what was read of the catalogue.

    Prices are told for six hours, with their age.
    """
    with release_of_listing(listing_id) as kept:
        return answered(kept.key, make=lambda: json_answer(kept.item()), cache_control=ASK_EVERY_TIME)
