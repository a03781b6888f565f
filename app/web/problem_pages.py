"""Errors as pages, for those who read pages. What went wrong is said once, by the JSON face; here it is shown."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Flask, Response, make_response, request

from app.api.problems import MEDIA_TYPE
from app.web.frame import HTML, rendered

# Addresses that programs ask, whatever they say they accept.
FOR_PROGRAMS = ("/api/", "/health", "/metrics", "/openapi.json")


def register(app: Flask) -> None:
    """Turn problem documents into pages where the client prefers these."""
    app.after_request(_shown)


def _shown(response: Response) -> Response:
    if response.mimetype != MEDIA_TYPE or request.path.startswith(FOR_PROGRAMS):
        return response
    response.vary.add("Accept")
    if not _prefers_pages():
        return response
    problem: dict[str, Any] = orjson.loads(response.get_data())
    shown = make_response(rendered("web/problem.html", problem=problem), response.status_code)
    for name, value in response.headers.items():
        if not name.lower().startswith("content-"):
            shown.headers[name] = value
    return shown


def _prefers_pages() -> bool:
    accepted = request.accept_mimetypes
    return accepted[HTML] > max(accepted[MEDIA_TYPE], accepted["application/json"])
