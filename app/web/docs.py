"""The documentation of the interface, for people: the same document as /openapi.json, drawn as a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, current_app

from app.api.openapi import OpenApiDocument
from app.services.shop_window import shop_window
from app.web.frame import page, rendered
from app.web.schema_words import words_of

METHODS = ("get", "post", "put", "patch", "delete")
blueprint = Blueprint("docs", __name__)


@blueprint.get("/docs")
def page_of_routes() -> Response:
    """This documentation for people."""
    told = OpenApiDocument.of(current_app).as_dict()
    with shop_window() as window:
        return page(window.notice, make=lambda: _text(told))


def _text(told: dict[str, Any]) -> str:
    return rendered("web/docs.html", document=told, operations=list(_by_tag(told)), words_of=words_of)


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
