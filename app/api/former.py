"""Where another shop window had its JSON: programs that know these addresses are led on."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, redirect, request, url_for
from werkzeug import Response

from app.api.described import described
from app.api.header_docs import LOCATION

blueprint = Blueprint("former", __name__)


@blueprint.get("/api/detail/<listing_id>")
@described(status=308, headers=LOCATION)
def detail(listing_id: str) -> Response:
    """Leads to `/api/data/<listing_id>`; tracks and videos are at `/api/data/<listing_id>/release`."""
    return redirect(url_for("listings.one_listing", listing_id=listing_id), HTTPStatus.PERMANENT_REDIRECT)


@blueprint.get("/api/filter")
@described(status=308, headers=LOCATION)
def filtered() -> Response:
    """Leads to `/api/search`, with the same parameters."""
    asked = urlencode(list(request.args.items(multi=True)), errors="replace")
    address = url_for("listings.search")
    return redirect(f"{address}?{asked}" if asked else address, HTTPStatus.PERMANENT_REDIRECT)
