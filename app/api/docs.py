"""The documentation of the interface: for programs, and the same document as a page for people."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from flask import Blueprint, Response, current_app, render_template

from app.api.described import described
from app.api.openapi import OpenApiDocument
from app.api.schema_words import words_of
from app.api.validators import answered
from app.formats.json_listing import json_bytes

POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
METHODS = ("get", "post", "put", "patch", "delete")
blueprint = Blueprint(
    "docs", __name__, template_folder="templates", static_folder="static", static_url_path="/docs/static"
)


@blueprint.get("/openapi.json")
@described(media_type="application/json", schema={"type": "object", "required": ["openapi", "paths"]})
def document() -> Response:
    """This documentation for programs: OpenAPI 3.1."""
    text = json_bytes(_document())
    return answered(_digest(text), make=lambda: Response(text, mimetype="application/json"))


@blueprint.get("/docs")
def page() -> Response:
    """This documentation for people."""
    told = _document()

    def make() -> Response:
        text = render_template("docs.html", document=told, operations=list(_by_tag(told)), words_of=words_of)
        return Response(text, headers={"Content-Security-Policy": POLICY})

    return answered(_digest(json_bytes(told)), make=make)


def _document() -> dict[str, Any]:
    return OpenApiDocument.of(current_app).as_dict()


def _digest(text: bytes) -> str:
    return blake2b(text, digest_size=12).hexdigest()


def _by_tag(told: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each tag with its operations; an operation knows its method, path and the parameters of its path."""
    operations = [
        {
            **item[method],
            "method": method.upper(),
            "path": path,
            "parameters": [*item.get("parameters", []), *item[method].get("parameters", [])],
        }
        for path, item in told["paths"].items()
        for method in METHODS
        if method in item
    ]
    for tag in told["tags"]:
        yield tag, [operation for operation in operations if tag["name"] in operation["tags"]]
