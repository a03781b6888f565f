"""Control: what the sync does, and telling it what to do. For the admin."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from app.api.bodies import BlueprintWithBodies
from app.api.event_stream import EVENT_SCHEMA, MEDIA_TYPE, Snapshot, event_stream
from app.api.header_docs import LOCATION
from app.api.json_answer import json_answer
from app.api.problems import problem
from app.api.sync_schemas import (
    RunAnswerSchema,
    RunDetailSchema,
    RunsArguments,
    RunsSchema,
    StartArguments,
    SyncStatusSchema,
)
from app.services import sync_control
from app.services.status_service import StatusService

blueprint = BlueprintWithBodies("sync", __name__, url_prefix="/api/sync", description="Control, with the admin token")
RUN_ID = "<int(max=9223372036854775807):run_id>"


@blueprint.get("/status")
@blueprint.response(200, SyncStatusSchema)
def status() -> Response:
    """The run at work, the last one, what waits for a person, and the pace kept with Discogs."""
    return json_answer(StatusService().sync_status())


@blueprint.post("/start")
@blueprint.arguments(StartArguments, location="json", required=False)
@blueprint.response(202, RunAnswerSchema, headers=LOCATION)
@blueprint.alt_response(409, description="A sync is queued or at work already: `run`")
def start(arguments: dict[str, Any]) -> Response:
    """Sync now, in the background: all sources, or those of one kind."""
    run_ids = sync_control.request_sync(trigger="api", kind=arguments["source"], force_full=arguments["force_full"])
    return _run(run_ids[0], status=202, run_ids=run_ids)


@blueprint.post("/cancel")
@blueprint.response(202, RunAnswerSchema, headers=LOCATION)
@blueprint.alt_response(409, description="Nothing is running")
def cancel() -> Response:
    """Stop the run at work, before its next request to Discogs, and those that wait."""
    run_id = sync_control.request_cancel()
    if run_id is None:
        return problem(409, "No sync is running.")
    return _run(run_id, status=202)


@blueprint.get("/events")
@blueprint.response(200, EVENT_SCHEMA, content_type=MEDIA_TYPE)
@blueprint.alt_response(204, description="`Last-Event-ID` was of the last event: there is nothing more to tell")
def events() -> Response:
    """The run at work as Server-Sent Events: `progress` whenever something changed, `end` when nothing is at work."""
    service = StatusService()

    def read() -> Snapshot:
        active = service.active_run()
        latest = service.runs(1) if active is None else []
        return Snapshot({"run": active or (latest[0] if latest else None)}, is_last=active is None)

    return event_stream(read)


@blueprint.get("/runs")
@blueprint.arguments(RunsArguments, location="query")
@blueprint.response(200, RunsSchema)
def runs(arguments: dict[str, int]) -> Response:
    """The newest runs, newest first."""
    return json_answer({"runs": StatusService().runs(arguments["limit"])})


@blueprint.get(f"/runs/{RUN_ID}")
@blueprint.response(200, RunDetailSchema)
def run(run_id: int) -> Response:
    """One run, with the listings it holds back and the items it could not read."""
    return json_answer(StatusService().run(run_id))


@blueprint.post(f"/runs/{RUN_ID}/confirm")
@blueprint.response(200, RunAnswerSchema, headers=LOCATION)
@blueprint.alt_response(409, description="Not held, or the mirror changed since: `latest_run_id`")
def confirm(run_id: int) -> Response:
    """Let the removals of a held run happen, exactly those it planned."""
    return _run(sync_control.confirm_run(run_id), status=200)


@blueprint.post(f"/runs/{RUN_ID}/dismiss")
@blueprint.response(200, RunAnswerSchema, headers=LOCATION)
@blueprint.alt_response(409, description="It does not wait for anybody (any more), or a sync is at work: `run`")
def dismiss(run_id: int) -> Response:
    """Let the removals of a held run never happen: its rows stay, and the next sync judges from anew."""
    sync_control.dismiss_run(run_id)
    return _run(run_id, status=200)


@blueprint.post(f"/runs/{RUN_ID}/undo")
@blueprint.response(200, RunAnswerSchema)
@blueprint.alt_response(409, description="The run removed nothing, or a sync is queued or at work: `run`")
def undo(run_id: int) -> Response:
    """Take back the removals of a run; rows that came back since are left alone (`unchanged` counts them)."""
    return _run(sync_control.undo_run(run_id), status=200)


def _run(run_id: int, *, status: int, **more: Any) -> Response:
    response = json_answer({"run": StatusService().run(run_id), **more}, status=status)
    response.headers["Location"] = url_for("sync.run", run_id=run_id)
    return response
