"""The JSON face: reads the request, calls one service, presents what it says."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api

LARGEST_BODY = 1024 * 1024


def register_api(app: Flask) -> Api:
    """Add every route, and the rules that hold for all of them; returns what describes further routes."""
    from app.api import (
        access,
        allowance,
        back_door,
        collection,
        compression,
        document,
        enrichment,
        event_stream,
        export,
        former,
        front_door,
        health,
        history,
        jobs,
        listings,
        online,
        problems,
        recent_answers,
        releases,
        response_headers,
        services,
        sync,
    )
    from app.api.documented import UndescribedApi, register_undescribed
    from app.api.openapi import KEY, OpenApiDocument
    from app.ops.shared_answers import OF_THE_SERVER
    from app.ops.shared_counts import counts_of_guesses, counts_of_requests
    from app.ops.uptime import is_gunicorn
    from app.services.state_watch import watch_of

    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.strict_slashes = False
    api = UndescribedApi(app)
    modules = (listings, history, releases, collection, export, sync, services, enrichment, online, jobs, health)
    descriptions = [register_undescribed(api, module.blueprint) for module in modules]
    app.register_blueprint(document.blueprint)
    app.register_blueprint(former.blueprint)
    app.extensions[KEY] = OpenApiDocument(app, api.spec, api.flask_plugin, descriptions)
    event_stream.register(app)
    problems.register(app)
    compression.register(app)
    response_headers.register(app)
    allowance.register(app)
    access.register(app, counts_of_guesses(is_serving=is_gunicorn()))
    recent_answers.register(app, lambda: watch_of(app), OF_THE_SERVER if is_gunicorn() else None)
    back_door.register(app)
    front_door.register(app, counts_of_requests(is_serving=is_gunicorn()))
    return api
