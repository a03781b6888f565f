"""What happened to one listing."""

from __future__ import annotations

from flask import Response
from flask_smorest import Blueprint

from app.api.json_answer import json_answer
from app.api.schemas import HistorySchema
from app.api.validators import answered
from app.services.inventory_service import InventoryService
from app.services.listing_history import ListingHistory

blueprint = Blueprint("history", __name__, description="The shop, readable by everybody")


@blueprint.get("/api/data/<listing_id>/history")
@blueprint.response(200, HistorySchema)
@blueprint.alt_response(404, description="No such listing, or none that was ever for sale")
def one_listing(listing_id: str) -> Response:
    """What visitors saw happen to one listing, and its prices, the oldest first; also of one that is gone."""

    def make() -> Response:
        return json_answer(ListingHistory().of(listing_id))

    return answered(InventoryService().state().key, make=make)
