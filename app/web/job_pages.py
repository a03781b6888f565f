"""Background jobs for the owner: how they stand, what they made, and the buttons to stop one or begin it anew."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, make_response, redirect, request, url_for
from werkzeug import Response as WerkzeugResponse

from app.api.access import require_admin
from app.api.described import described
from app.api.header_docs import LOCATION
from app.api.problems import problem
from app.api.schemas import parameter_docs
from app.core.job_states import JobState
from app.core.query import Parameter, read_arguments, whole_number
from app.errors import EnrichmentBusy, JobInOtherState
from app.services.jobs_service import JobsService
from app.web.asked import asked_of
from app.web.frame import rendered
from app.web.paging import pages_of

blueprint = Blueprint("job_pages", __name__, url_prefix="/admin/jobs")
PER_PAGE, LAST_PAGE = 50, 10**6
STATES = tuple(str(each) for each in JobState)
JOB = "/<job_id>"
FORM_ANSWERS = {
    401: "Not the admin",
    403: "Not sent by a page of this shop",
    404: "No such job",
    409: "Not now, and why",
}


def _state(text: str) -> str:
    if text in STATES:
        return text
    raise ValueError(f"must be one of {', '.join(STATES)}")


ASKED = {
    "page": Parameter(
        whole_number(1, LAST_PAGE), "page of jobs", {"type": "integer", "minimum": 1, "maximum": LAST_PAGE}
    ),
    "state": Parameter(_state, "jobs in this state alone", {"type": "string", "enum": list(STATES)}),
}


@blueprint.get("")
@described(parameters=parameter_docs(of=ASKED), answers={400: "No such page or state", 401: "Not the admin"})
def jobs() -> Response:
    """The jobs, the newest first, of one state or of all: how far each is, what went wrong, what it made."""
    wanted = read_arguments(request.args.items(multi=True), ASKED)
    state, number = wanted.get("state"), wanted.get("page", 1)
    found, total = JobsService().page(number, PER_PAGE, state=state)
    text = rendered(
        "web/jobs.html",
        jobs=found,
        state=state,
        states=STATES,
        is_busy=any(job["state"] in {"queued", "running", "cancelling"} for job in found),
        found={"total": total},
        pages=pages_of(number, PER_PAGE, total),
        asked_jobs=asked_of(url_for("job_pages.jobs"), request.args.items(multi=True), known=ASKED),
    )
    return make_response(text)


@blueprint.post(f"{JOB}/cancel", provide_automatic_options=False)
@described(status=303, headers=LOCATION, answers=FORM_ANSWERS)
def cancel(job_id: str) -> WerkzeugResponse:
    """Stop a job; one at work ends before its next step."""
    require_admin()
    JobsService().cancel(job_id)
    return _back()


@blueprint.post(f"{JOB}/retry", provide_automatic_options=False)
@described(status=303, headers=LOCATION, answers=FORM_ANSWERS)
def retry(job_id: str) -> WerkzeugResponse:
    """Begin a job anew that failed or was stopped."""
    require_admin()
    JobsService().retry(job_id)
    return _back()


def _back() -> WerkzeugResponse:
    return redirect(url_for("job_pages.jobs"), HTTPStatus.SEE_OTHER)


@blueprint.errorhandler(JobInOtherState)
def _in_other_state(error: JobInOtherState) -> Response:
    return _not_now(f"The job is in another state by now: {error.state}.")


@blueprint.errorhandler(EnrichmentBusy)
def _busy(_: EnrichmentBusy) -> Response:
    return _not_now("A batch of enrichment is queued or at work already. Wait for it, or stop it.")


def _not_now(detail: str) -> Response:
    again = url_for("job_pages.jobs")
    return problem(409, detail, heading="Not at this moment", again=again, again_words="Back to the jobs")


@blueprint.after_request
def _keep_to_ourselves(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
