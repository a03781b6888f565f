"""Background jobs: begin one, follow it, stop it, fetch what it made. For the admin."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from app.api.bodies import BlueprintWithBodies
from app.api.event_stream import EVENT_SCHEMA, MEDIA_TYPE, Snapshot, event_stream
from app.api.file_answer import file_answer
from app.api.header_docs import LOCATION, RESULT
from app.api.job_schemas import JobAnswerSchema, JobsArguments, JobsSchema, SubmitArguments
from app.api.json_answer import json_answer
from app.core.job_states import ENDED
from app.services.jobs_service import JobsService

blueprint = BlueprintWithBodies("jobs", __name__, url_prefix="/api/jobs", description="Jobs, with the admin token")


@blueprint.get("")
@blueprint.arguments(JobsArguments, location="query")
@blueprint.response(200, JobsSchema)
def jobs(arguments: dict[str, Any]) -> Response:
    """The newest jobs, newest first."""
    return json_answer({"jobs": JobsService().newest(**arguments)})


@blueprint.post("")
@blueprint.arguments(SubmitArguments, location="json")
@blueprint.response(202, JobAnswerSchema, headers=LOCATION)
@blueprint.alt_response(409, description="A batch of enrichment is queued or at work already, or no provider is on")
def submit(arguments: dict[str, Any]) -> Response:
    """Begin a job in the background."""
    job = JobsService().submit(arguments["kind"], arguments["parameters"])
    return _job(job, status=202)


@blueprint.get("/<job_id>")
@blueprint.response(200, JobAnswerSchema, headers=LOCATION)
def one_job(job_id: str) -> Response:
    """One job: its state, how far it is, what it made."""
    return _job(JobsService().get(job_id), status=200)


@blueprint.post("/<job_id>/cancel")
@blueprint.response(202, JobAnswerSchema, headers=LOCATION)
@blueprint.alt_response(409, description="The job has ended: `state`")
def cancel(job_id: str) -> Response:
    """Stop a job; one at work ends before its next step."""
    return _job(JobsService().cancel(job_id), status=202)


@blueprint.post("/<job_id>/retry")
@blueprint.response(202, JobAnswerSchema, headers=LOCATION)
@blueprint.alt_response(
    409, description="The job did not fail and was not cancelled: `state`; or a batch is at work: `job`"
)
def retry(job_id: str) -> Response:
    """Begin a job anew that failed or was cancelled."""
    return _job(JobsService().retry(job_id), status=202)


@blueprint.get("/<job_id>/result")
@blueprint.response(
    200, {"type": "string", "format": "binary"}, content_type="application/octet-stream", headers=RESULT
)
@blueprint.alt_response(409, description="The job is not done, or makes no file: `state`")
@blueprint.alt_response(410, description="The file had its time and was cleared away")
def result(job_id: str) -> Response:
    """The file that a job made."""
    return file_answer(JobsService().result(job_id))


@blueprint.get("/<job_id>/events")
@blueprint.response(200, EVENT_SCHEMA, content_type=MEDIA_TYPE)
@blueprint.alt_response(204, description="`Last-Event-ID` was of the last event: there is nothing more to tell")
def events(job_id: str) -> Response:
    """A job while it goes on, as Server-Sent Events: `progress` whenever something changed, at last `end`."""
    service = JobsService()

    def read() -> Snapshot:
        job = service.get(job_id)
        return Snapshot({"job": job}, is_last=job["state"] in ENDED)

    return event_stream(read)


def _job(job: dict[str, Any], *, status: int) -> Response:
    response = json_answer({"job": job}, status=status)
    response.headers["Location"] = url_for("jobs.one_job", job_id=job["id"])
    return response
