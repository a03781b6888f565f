"""What every run did, for the owner: all of them, page by page, and each with all there is to know of it."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request, url_for

from app.api.described import described
from app.api.schemas import parameter_docs
from app.core.query import Parameter, read_arguments, whole_number
from app.services.run_history import OUTCOMES, RunHistory, known_sources, run_report
from app.web.asked import asked_of
from app.web.frame import rendered
from app.web.paging import pages_of
from app.web.run_chart import run_chart

blueprint = Blueprint("run_pages", __name__, url_prefix="/admin/runs")
PER_PAGE, HELD_PER_PAGE = 50, 100
LAST_PAGE, LARGEST_ID = 10**6, 2**63 - 1


def _outcome(text: str) -> str:
    if text in OUTCOMES:
        return text
    raise ValueError(f"must be one of {', '.join(OUTCOMES)}")


ASKED = {
    "page": Parameter(
        whole_number(1, LAST_PAGE), "page of runs", {"type": "integer", "minimum": 1, "maximum": LAST_PAGE}
    ),
    "source": Parameter(
        whole_number(1, LARGEST_ID),
        "the id of a source, as /api/sync/status tells it",
        {"type": "integer", "minimum": 1, "maximum": LARGEST_ID},
    ),
    "outcome": Parameter(_outcome, "how the runs ended", {"type": "string", "enum": list(OUTCOMES)}),
}
ASKED_OF_ONE = {"page": Parameter(ASKED["page"].read, "page of the rows that are held back", ASKED["page"].schema)}


@blueprint.get("")
@described(parameters=parameter_docs(of=ASKED), answers={400: "No such page, source or outcome", 401: "Not the admin"})
def history() -> Response:
    """All runs, the newest first, of a source and an outcome where one is asked for; the latest in a drawing."""
    wanted = read_arguments(request.args.items(multi=True), ASKED)
    number = wanted.get("page", 1)
    found = RunHistory(source_id=wanted.get("source"), outcome=wanted.get("outcome"))
    runs, total = found.page(number, PER_PAGE)
    text = rendered(
        "web/run_history.html",
        runs=runs,
        found={"total": total},
        pages=pages_of(number, PER_PAGE, total),
        asked_runs=asked_of(url_for("run_pages.history"), request.args.items(multi=True), known=ASKED),
        sources=known_sources(),
        chart=run_chart(found.latest_for_drawing()),
    )
    return make_response(text)


@blueprint.get("/<int(max=9223372036854775807):run_id>")
@described(
    parameters=parameter_docs(of=ASKED_OF_ONE),
    answers={400: "No such page", 401: "Not the admin", 404: "No such run"},
)
def one_run(run_id: int) -> Response:
    """One run: its counts and times, what it holds back, what it could not read, and the buttons that go with it."""
    number = read_arguments(request.args.items(multi=True), ASKED_OF_ONE).get("page", 1)
    run = run_report(run_id, number, HELD_PER_PAGE)
    text = rendered(
        "web/one_run.html",
        run=run,
        found={"total": run["held_removals"]},
        pages=pages_of(number, HELD_PER_PAGE, run["held_removals"]),
        asked_rows=asked_of(
            url_for("run_pages.one_run", run_id=run_id), request.args.items(multi=True), known=ASKED_OF_ONE
        ),
    )
    return make_response(text)


@blueprint.after_request
def _keep_to_ourselves(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
