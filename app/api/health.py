"""Whether the process lives, and whether it can answer truthfully."""

from __future__ import annotations

from flask import Response
from flask_smorest import Blueprint

from app.api.json_answer import json_answer
from app.api.schemas import HealthSchema
from app.services.health_service import HealthService
from app.services.metrics_service import MetricsService

NOT_FIT = "`ready` is false: the database cannot be read, or has another schema; or the data is `late`"
blueprint = Blueprint("health", __name__, description="For whoever watches over the service")


@blueprint.get("/health")
@blueprint.response(200, HealthSchema)
@blueprint.alt_response(503, schema=HealthSchema, description=NOT_FIT)
def health() -> Response:
    """Readiness, with reasons and the age of the data: 503 when somebody has to look. Late data is served all the same:
    whoever decides by this where to send visitors decides by `ready`, or asks /healthz."""
    state = HealthService().health()
    return json_answer(state, status=200 if state["ready"] and not state["late"] else 503)


@blueprint.get("/healthz")
@blueprint.response(200, {"type": "object"})
def alive() -> Response:
    """Liveness: the process answers. Asks nobody, not even the database."""
    return Response(b'{"status":"ok"}', mimetype="application/json")


@blueprint.get("/metrics")
@blueprint.response(200, {"type": "string"}, content_type="text/plain")
def metrics() -> Response:
    """The mirror in numbers, in the text format of Prometheus; the same from every worker."""
    return Response(MetricsService().exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")
