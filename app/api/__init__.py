"""The JSON face: reads the request, calls one service, presents what it says."""

from __future__ import annotations

from flask import Flask

LARGEST_BODY = 1024 * 1024


def register_api(app: Flask) -> None:
    """Add every route, and the rules that hold for all of them."""
    from app.api import (
        access,
        compression,
        document,
        event_stream,
        export,
        health,
        history,
        jobs,
        listings,
        problems,
        recent_answers,
        releases,
        response_headers,
        sync,
    )
    from app.api.openapi import KEY, OpenApiDocument
    from app.extensions import api
    from app.services.state_watch import watch_of

    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.strict_slashes = False
    api.ERROR_SCHEMA = problems.ProblemSchema
    api.init_app(app)
    for module in (listings, history, releases, export, sync, jobs, health):
        api.register_blueprint(module.blueprint)
    app.register_blueprint(document.blueprint)
    app.extensions[KEY] = OpenApiDocument(app, api.spec, api.flask_plugin)
    event_stream.register(app)
    problems.register(app)
    compression.register(app)
    response_headers.register(app)
    access.register(app)
    recent_answers.register(app, lambda: watch_of(app))
