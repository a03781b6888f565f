"""Enrichment: begin a batch, follow it, stop it; edit, pin or hide what it brought. For the admin."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.api.bodies import BlueprintWithBodies
from app.api.enrichment_schemas import (
    ChoiceArguments,
    EnrichAnswerSchema,
    EnrichArguments,
    EnrichProgressSchema,
    FailuresArguments,
    FailuresSchema,
    OverviewSchema,
    SubjectSchema,
)
from app.api.event_stream import EVENT_SCHEMA, MEDIA_TYPE, Snapshot, event_stream
from app.api.json_answer import json_answer
from app.services.enrichment_choices import EnrichmentChoices
from app.services.enrichment_service import EnrichmentService

blueprint = BlueprintWithBodies(
    "enrichment", __name__, url_prefix="/api/v1", description="What others know of the records, with the admin token"
)
GOING_ON = ("queued", "running", "cancelling")
BATCHES = "/services/ai/enrich-all"
FIELD = "/enrichments/<kind>/<key>/<field>"


@blueprint.post(BATCHES)
@blueprint.arguments(EnrichArguments, location="query")
@blueprint.response(202, EnrichAnswerSchema)
@blueprint.alt_response(409, description="No provider is configured, or a batch is queued or at work already: `job`")
def start(arguments: dict[str, Any]) -> Response:
    """Enrich what is due in the background, what is new first. Nothing that Discogs told is changed."""
    job = EnrichmentService().start(limit=arguments["limit"], only=arguments["only"])
    return json_answer({"status": "started", "job": job}, status=202)


@blueprint.get(f"{BATCHES}/progress")
@blueprint.response(200, EnrichProgressSchema)
def progress() -> Response:
    """How far the newest batch is, and its report."""
    return json_answer(EnrichmentService().progress())


@blueprint.get(f"{BATCHES}/events")
@blueprint.response(200, EVENT_SCHEMA, content_type=MEDIA_TYPE)
@blueprint.alt_response(204, description="`Last-Event-ID` was of the last event: there is nothing more to tell")
def events() -> Response:
    """The batch at work as Server-Sent Events: `progress` whenever something changed, `end` when nothing is at work."""
    service = EnrichmentService()

    def read() -> Snapshot:
        told = service.progress()
        return Snapshot(told, is_last=told["status"] not in GOING_ON)

    return event_stream(read)


@blueprint.post(f"{BATCHES}/cancel")
@blueprint.response(200, EnrichProgressSchema)
def cancel() -> Response:
    """Stop the batch that is queued or at work; what it brought stays."""
    return json_answer(EnrichmentService().cancel())


@blueprint.get("/enrichments")
@blueprint.response(200, OverviewSchema)
def overview() -> Response:
    """Who is asked, who is not and why, and how the queue stands."""
    return json_answer(EnrichmentService().overview())


@blueprint.get("/enrichments/failures")
@blueprint.arguments(FailuresArguments, location="query")
@blueprint.response(200, FailuresSchema)
def failures(arguments: dict[str, int]) -> Response:
    """What could not be had, the latest first: why, and when it is asked for again."""
    return json_answer(EnrichmentService().failures(**arguments))


@blueprint.get("/enrichments/<kind>/<key>")
@blueprint.response(200, SubjectSchema)
def one_subject(kind: str, key: str) -> Response:
    """What others know of a release (`release/<id>`) or of an artist (`artist/<name>`)."""
    return json_answer(EnrichmentChoices().of(kind, key))


@blueprint.put(FIELD)
@blueprint.arguments(ChoiceArguments, location="json")
@blueprint.response(200, SubjectSchema)
def decide(arguments: dict[str, Any], kind: str, key: str, field: str) -> Response:
    """Edit, pin or hide a field."""
    return json_answer(EnrichmentChoices().decide(kind, key, field, arguments))


@blueprint.delete(FIELD)
@blueprint.response(200, SubjectSchema)
def forget(kind: str, key: str, field: str) -> Response:
    """Take back what was decided about a field."""
    return json_answer(EnrichmentChoices().forget(kind, key, field))


@blueprint.post(f"{FIELD}/again")
@blueprint.response(200, SubjectSchema)
def ask_again(kind: str, key: str, field: str) -> Response:
    """Have the next batch ask for a field anew."""
    return json_answer(EnrichmentChoices().ask_again(kind, key, field))
