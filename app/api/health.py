"""Whether the process lives, and whether it can answer truthfully."""

from __future__ import annotations

from flask import Response
from flask_smorest import Blueprint

from app.api.json_answer import json_answer
from app.api.schemas import HealthSchema
from app.services.health_service import HealthService
from app.services.metrics_service import MetricsService

NOT_READY = (
    "The database cannot be read, has another schema, or refused the last write (a full disk) while the data is too old"
)
blueprint = Blueprint("health", __name__, description="For whoever watches over the service")


@blueprint.get("/health")
@blueprint.response(200, HealthSchema)
@blueprint.alt_response(503, schema=HealthSchema, description=NOT_READY)
def health() -> Response:
    """Readiness, with reasons and the age of the data. Old data is told, and served; it is a fault of this server's
    where it cannot write what is newer."""
    state = HealthService().health()
    return json_answer(state, status=200 if state["ready"] else 503)


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
