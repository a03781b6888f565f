"""The documentation of the interface, for programs."""

from __future__ import annotations

from hashlib import blake2b

from flask import Blueprint, Response, current_app, request

from app.api.described import described
from app.api.openapi import OpenApiDocument
from app.api.validators import answered
from app.formats.json_listing import json_bytes

blueprint = Blueprint("openapi", __name__)


@blueprint.get("/openapi.json")
@described(media_type="application/json", schema={"type": "object", "required": ["openapi", "paths"]})
def document() -> Response:
    """This documentation for programs: OpenAPI 3.1."""
    below = {"servers": [{"url": request.root_path}]} if request.root_path else {}
    text = json_bytes(OpenApiDocument.of(current_app).as_dict() | below)
    digest = blake2b(text, digest_size=12).hexdigest()
    return answered(digest, make=lambda: Response(text, mimetype="application/json"))
