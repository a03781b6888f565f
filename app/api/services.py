"""The sync as another system had it: begin a sync that only adds, and see how far it is. For the admin."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.api.bodies import BlueprintWithBodies
from app.api.json_answer import json_answer
from app.api.service_schemas import ImportAnswerSchema, ImportArguments, ImportProgressSchema, SourceArguments
from app.services import sync_control
from app.services.import_progress import import_progress
from app.services.status_service import StatusService

blueprint = BlueprintWithBodies(
    "services", __name__, url_prefix="/api/v1/services/discogs", description="Imports, with the admin token"
)


@blueprint.post("/sync")
@blueprint.arguments(ImportArguments, location="query")
@blueprint.response(202, ImportAnswerSchema)
@blueprint.alt_response(409, description="Nothing to sync is configured, or a sync is queued or at work already: `run`")
def start(arguments: dict[str, Any]) -> Response:
    """Add what is new, in the background. Nothing that is known is changed or removed, whatever the policies say."""
    kind = arguments["source"]
    run_ids = sync_control.request_sync(trigger="api", kind=kind, limit=arguments["limit"], adds_only=True)
    told = {"status": "started", "source": kind, "run": StatusService().run(run_ids[0]), "run_ids": run_ids}
    return json_answer(told, status=202)


@blueprint.get("/sync/progress")
@blueprint.arguments(SourceArguments, location="query")
@blueprint.response(200, ImportProgressSchema)
def progress(arguments: dict[str, str]) -> Response:
    """How far the newest sync is, whoever began it."""
    return json_answer(import_progress(arguments["source"]))
